"""Debugging a failure where it happened, or once more in the parent of the worker where it happened."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable
from typing import Any

import django.test.runner

from greenroom.events import Event, TestFinished
from greenroom.execute.api import Roster
from greenroom.model import FAILED_OUTCOMES


def open_debugger(error: BaseException) -> None:
    """Open the debugger (ipdb where it is installed) at the place of an exception, as `PDBDebugResult` does."""
    pdb: Any = vars(django.test.runner)["pdb"]
    print(f"\nOpening PDB: {error!r}")
    if sys.version_info >= (3, 13):
        pdb.post_mortem(error)
    else:
        pdb.post_mortem(error.__traceback__)


class DebugAgain:
    """Runs a test that failed in a worker once more in this process, under the debugger; a `Reporter`.

    The second run is for looking only: the outcome stays that of the worker.

    Args:
        roster: the tests.
        suite_class: what a suite is made of.
        say: prints a line.
    """

    wants: frozenset[type] | None = frozenset({TestFinished})

    def __init__(self, roster: Roster, suite_class: Callable[[list[Any]], Any], say: Callable[[str], None]) -> None:
        self._roster = roster
        self._suite_class = suite_class
        self._say = say

    def handle(self, event: Event) -> None:
        if not isinstance(event, TestFinished) or event.outcome not in FAILED_OUTCOMES or event.interrupted:
            return
        test = self._roster.tests[event.index]
        if test is None:
            return
        sys.stderr.flush()
        self._say(f"\nRunning {event.test} once more, here, for the debugger:")
        result = _DebugResult()
        self._suite_class([test])(result)
        if not result.debugged:
            self._say(f"{event.test} did not fail this time: it depends on what ran before it in the worker.")

    def flush(self) -> None:
        """Nothing is collected."""

    def close(self) -> None:
        """Nothing is kept."""


class _DebugResult(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.debugged = False

    def _debug(self, err: Any) -> None:
        self.debugged = True
        open_debugger(err[1])

    def addError(self, test: Any, err: Any) -> None:
        self._debug(err)

    def addFailure(self, test: Any, err: Any) -> None:
        self._debug(err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self._debug(err)
