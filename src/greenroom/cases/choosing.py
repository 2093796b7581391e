"""Which of the loaded tests run."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.collect.kinds import Kinds
from greenroom.config.schema import Config
from greenroom.running.place import place

_UNLOADED: Any = unittest.loader._FailedTest  # type: ignore[attr-defined]


def chosen(tests: list[Any], config: Config) -> list[Any]:
    """The tests that the configuration lets run; the same list where these are all.

    What stands for a module that could not be loaded always runs: nobody knows which tests are in it.
    """
    if config.kind:
        kinds = Kinds()
        tests = [test for test in tests if isinstance(test, _UNLOADED) or kinds.of(test) in config.kind]
    if config.filter:
        tests = _meant(tests, config)
    return tests


def _meant(tests: list[Any], config: Config) -> list[Any]:
    """Those that one of the filter expressions means."""
    # Imported here: most runs have none.
    from greenroom.collect.subjects import Subjects, unknown_seconds
    from greenroom.filters import compiled, needs_seconds, parse
    from greenroom.history.durations import remembered_seconds

    wanted = [parse(text) for text in config.filter]
    root = place().root
    remember = any(map(needs_seconds, wanted))
    of = Subjects(root, remembered_seconds(root / config.directory) if remember else unknown_seconds).of
    mean = [compiled(expression) for expression in wanted]

    def is_meant(test: Any) -> bool:
        subject = of(test)
        return any(means(subject) for means in mean)

    return [test for test in tests if isinstance(test, _UNLOADED) or is_meant(test)]
