"""Which of the loaded tests run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greenroom.config.schema import Config


def chosen(suite: Any, tests: Sequence[Any], config: Config) -> Any:
    """The tests that the configuration lets run; the suite itself where these are all."""
    return suite
