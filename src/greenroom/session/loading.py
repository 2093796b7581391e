"""From the labels of a run to its tests."""

from __future__ import annotations

import re
import unittest
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from greenroom.collect.files import FileLabels
from greenroom.collect.labels import is_missing
from greenroom.collect.suites import iter_test_cases
from greenroom.config.schema import Config
from greenroom.errors import NoTestsError
from greenroom.select import module_name_for, nearest_labels, nearest_test, parse_label, tests_at_line

Load = Callable[[str, dict[str, Any]], Any]
_DOCTEST = re.compile(r".*\.(?:__doc__|txt|rst)(?::\d+){0,2}")


def with_doctests(labels: Sequence[str] | None, runner: Any) -> tuple[Sequence[str] | None, Any]:
    """The labels of a run, and who gathers its doctests; None where no one wants any.

    Args:
        labels: as they were given.
        runner: the `TestRunner`, whose configuration, `-t` and `-k` count.

    Raises:
        ConfigError: an option of doctests is wrong.
    """
    config: Config = runner.greenroom_config
    named = any(_DOCTEST.fullmatch(label) or Path(label).is_file() for label in labels or () if ".py" not in label)
    if not (config.doctest or config.doctest_glob or named):
        return labels, None
    from greenroom.doctests.labels import Doctests

    doctests = Doctests(config, runner.greenroom_root, runner.top_level, runner.test_name_patterns, module_name_for)
    return [*(labels or ["."]), doctests.label], doctests


class LabelLoader:
    """Loads the tests of a label: Django's own kinds of labels, and files.

    Args:
        load: Django's `DiscoverRunner.load_tests_for_label`.
        top_level: the top level of the project where it was named, else None.
        doctests: gathers them, and is told of those that a project has itself; None where none are wanted.
    """

    def __init__(self, load: Load, top_level: str | None, doctests: Any = None) -> None:
        self._load = load
        self._top_level = top_level
        self._doctests = doctests

    def load(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        """A suite of the tests that a label names.

        Raises:
            NoTestsError: there is none.
        """
        tests = self._load_label(label, discover_kwargs)
        if self._doctests is not None:
            self._doctests.saw(iter_test_cases(tests))
        return tests

    def _load_label(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        parsed = parse_label(label)
        if parsed.kind != "file" or Path(label).is_dir():
            return self._load_known(label, label, discover_kwargs)
        files = FileLabels(module_name_for, tests_at_line, nearest_test)
        dotted = files.dotted(parsed.path, parsed.line, parsed.names, self._top_level)
        return unittest.TestSuite([self._load_known(name, label, discover_kwargs) for name in dotted])

    def _load_known(self, label: str, written: str, discover_kwargs: dict[str, Any]) -> Any:
        tests = self._load(label, discover_kwargs)
        if not Path(label).exists() and is_missing(label, tests):
            raise NoTestsError(f"no test matches the label {written!r}", self._suggestion(label, discover_kwargs))
        return tests

    def _suggestion(self, label: str, discover_kwargs: dict[str, Any]) -> str:
        known: list[str] = []
        with suppress(Exception):
            suite = self._load(".", discover_kwargs)
            known = [test.id() for test in iter_test_cases(suite) if "_FailedTest" not in test.id()]
        near = nearest_labels(label, known)
        if near:
            return f"Did you mean {' or '.join(near)}?"
        return "Labels are dotted names (app.tests.Case.test_x), folders, and files (path/test_x.py:12)."
