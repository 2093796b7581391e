"""The history as a run sees it: it answers, or it says once why not and answers nothing. It never raises."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from greenroom import clock
from greenroom.history.recent import entry, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from greenroom.history.careful import CarefulFile
    from greenroom.history.database import Durations
    from greenroom.history.recent import RunRow
    from greenroom.model import PastRun

NAME = "history.sqlite3"

QUICK_SECONDS = 0.001
"""A test that passes in less is not remembered by itself: its class is, and that is close enough."""


def open_history(directory: Path, warn: Callable[[str], None]) -> History:
    """The history in a folder. Nothing is read or made before it is needed.

    Args:
        directory: greenroom's folder in the project; made when there is something to write.
        warn: is given one line when the history cannot be used; the run goes on without.
    """
    return History(directory, warn)


class History:
    """Durations of earlier runs, shared with runs that go on at the same time. Times are in seconds."""

    def __init__(self, directory: Path, warn: Callable[[str], None]) -> None:
        self._file = directory / NAME
        self._warn = warn
        self._access: CarefulFile | None = None
        self._loaded: Durations | None = None

    def times(self) -> tuple[dict[str, float], dict[str, tuple[int, float, float]]]:
        """Seconds by test id; and by group its number of tests, total seconds and seconds of class fixtures."""
        loaded = self._load()
        return (loaded.tests, loaded.groups) if loaded else ({}, {})

    def fact(self, name: str) -> float | None:
        """A number that an earlier run wrote down under this name, e.g. `checks`: seconds of the system checks."""
        loaded = self._load()
        return loaded.facts.get(name) if loaded else None

    def past(self, tests: Sequence[str] | None = None) -> Mapping[str, Sequence[PastRun]]:
        """How tests ended in their last runs, oldest first.

        Of tests that always passed, and quickly, nothing is known.

        Args:
            tests: their ids; None: all of which anything is known.
        """
        return self._open().past(tests) if self._exists() and tests != [] else {}

    def runs(self, most: int = 20) -> Sequence[RunRow]:
        """The last runs, newest first."""
        return self._open().runs(most) if self._exists() else []

    def record(
        self,
        tests: Iterable[tuple[str, float, str]],
        groups: Iterable[tuple[str, int, float, float]],
        facts: Mapping[str, float],
        run: RunRow | None = None,
        passed: Iterable[tuple[str, float]] = (),
    ) -> None:
        """Remember what a run took, all of it or nothing.

        Args:
            tests: id, seconds and outcome of each test.
            groups: key, number of tests, total seconds and seconds of class fixtures of each group.
            facts: names and numbers.
            run: the run itself; None: what it took is remembered, and that it was is not.
            passed: id and seconds of further tests, all of which passed.
        """
        now = clock.now()
        begin = stamp(now if run is None else run.at)
        known, known_groups = self.times()
        new_tests = [
            (name, seconds, outcome, now, entry(begin, outcome, seconds))
            for name, seconds, outcome in [*tests, *_kept_of(passed, known)]
            if (name in known or _worth_keeping(seconds, outcome)) and _storable(name, seconds)
        ]
        new_groups = [
            (key, count, seconds, fixtures, now)
            for key, count, seconds, fixtures in groups
            if _storable(key, seconds, fixtures) and _is_news(known_groups.get(key), count, seconds, fixtures)
        ]
        new_facts = {name: value for name, value in facts.items() if _storable(name, value)}
        if new_tests or new_groups or new_facts or run is not None:
            self._open().write(new_tests, new_groups, new_facts, run)
            self._loaded = None

    def close(self) -> None:
        """Forget what was loaded. No file stays open between calls, so nothing else is to be done."""
        self._loaded = None

    def _load(self) -> Durations | None:
        if self._loaded is None and self._exists():
            self._loaded = self._open().read()
        return self._loaded

    def _open(self) -> CarefulFile:
        if self._access is None:
            from greenroom.history.careful import CarefulFile

            self._access = CarefulFile(self._file, self._warn)
        return self._access

    def _exists(self) -> bool:
        try:
            return self._file.stat().st_size > 0
        except OSError:
            return False  # Whatever is wrong will show, and be told, when there is something to write.


def _kept_of(
    passed: Iterable[tuple[str, float]], known: Mapping[str, float]
) -> list[tuple[str, float, str]]:  # fmt: skip
    """Of tests that passed, those that were slow or have been before: of a large run it is nearly none."""
    return [(name, seconds, "passed") for name, seconds in passed if seconds >= QUICK_SECONDS or name in known]


def _is_news(known: tuple[int, float, float] | None, count: int, seconds: float, fixtures: float) -> bool:
    """Whether the times of a group are other than those that are known; small suites mostly write nothing."""
    if known is None or known[0] != count:
        return True
    return any(abs(new - old) > max(0.002, 0.2 * old) for old, new in zip(known[1:], (seconds, fixtures), strict=True))


def _worth_keeping(seconds: float, outcome: str) -> bool:
    return outcome != "skipped" and (seconds >= QUICK_SECONDS or outcome != "passed")


def _storable(name: str, *numbers: float) -> bool:
    """Whether SQLite can hold it: text without lone surrogates, numbers that are numbers."""
    if not all(math.isfinite(number) for number in numbers):
        return False
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
