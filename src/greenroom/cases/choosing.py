"""Which of the loaded tests run."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.collect.kinds import Kinds
from greenroom.config.schema import Config

_UNLOADED: Any = unittest.loader._FailedTest  # type: ignore[attr-defined]


def chosen(tests: list[Any], config: Config) -> list[Any]:
    """The tests that the configuration lets run; the same list where these are all.

    What stands for a module that could not be loaded always runs: nobody knows which kinds of tests are in it.
    """
    if not config.kind:
        return tests
    kinds = Kinds()
    return [test for test in tests if isinstance(test, _UNLOADED) or kinds.of(test) in config.kind]
