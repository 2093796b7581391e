"""Which of the loaded tests run."""

from __future__ import annotations

import unittest
from collections.abc import Sequence
from typing import Any

from greenroom.collect.kinds import Kinds
from greenroom.config.schema import Config

_UNLOADED: Any = unittest.loader._FailedTest  # type: ignore[attr-defined]


def chosen(suite: Any, tests: Sequence[Any], config: Config) -> Any:
    """The tests that the configuration lets run; the suite itself where these are all.

    What stands for a module that could not be loaded always runs: nobody knows which kinds of tests are in it.
    """
    if not config.kind:
        return suite
    kinds = Kinds()
    kept = [test for test in tests if isinstance(test, _UNLOADED) or kinds.of(test) in config.kind]
    return suite if len(kept) == len(tests) else unittest.TestSuite(kept)
