"""Reporters that raise, hang or fill a disk: the others are told all the same, and the run goes on."""

from __future__ import annotations

import errno
import io
import threading
from pathlib import Path
from typing import Any

import pytest

from greenroom.config.schema import Config
from greenroom.events import Event, RunFinished, TestFinished
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import BaseReporter
from greenroom.reporters.guard import BATCH, Background, Faults, Foreground, Late, Member, in_time
from greenroom.testing import sample_run

RUN = sample_run(workers=0)


class Keeper(BaseReporter):
    """Keeps what it is told, and in which thread."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.threads: set[int] = set()
        self.closed = 0
        self.flushed = 0

    def handle(self, event: Event) -> None:
        self.events.append(event)
        self.threads.add(threading.get_ident())

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed += 1


class Raising(Keeper):
    """Raises at a test that failed."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def handle(self, event: Event) -> None:
        super().handle(event)
        if isinstance(event, TestFinished) and event.problems:
            raise self.error


class Hanging(Keeper):
    """Waits for ever, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def handle(self, event: Event) -> None:
        super().handle(event)
        self.go.wait()


class Told:
    """What was said of faults."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.faults = Faults(self.lines.append)


def tell(background: Any) -> None:
    """Tell of the whole run."""
    for event in RUN:
        background.handle(event)
        background.flush()
    background.close()


def test_all_are_told_all() -> None:
    """In order, in a thread that is gone when a batch is through: a test may fork."""
    told, one, other = Told(), Keeper(), Keeper()
    other.wants = frozenset({RunFinished})
    background = Background([Member("one", one), Member("other", other)], told.faults)
    before = threading.active_count()
    for event in RUN:
        background.handle(event)
        background.flush()
        assert threading.active_count() == before
    background.close()
    assert one.events == list(RUN)
    assert [type(event) for event in other.events] == [RunFinished]
    assert (one.closed, other.closed) == (1, 1)
    assert threading.get_ident() not in one.threads
    assert not told.lines


def test_one_that_raises_is_named_and_dropped() -> None:
    """In one line, with the place; what comes later it is spared, and the others get it."""
    told, bad, good = Told(), Raising(ValueError("no\nway")), Keeper()
    tell(Background([Member("bad", bad), Member("good", good)], told.faults))
    [line] = told.lines
    assert line.startswith("the report bad is incomplete: its reporter raised ValueError: no way (test_guard.py:")
    assert told.faults.names == ["bad"]
    assert len(bad.events) < len(RUN)
    assert not bad.closed
    assert good.events == list(RUN)


def test_a_full_disk_is_one_line() -> None:
    """It names the file."""
    told = Told()
    error = OSError(errno.ENOSPC, "No space left on device", "out.xml")
    tell(Background([Member("junit", Raising(error))], told.faults))
    assert told.lines == ["the report junit is incomplete: No space left on device (out.xml)"]


def test_one_that_hangs_is_left_behind() -> None:
    """After its time it is dropped; the others are told what it kept them from, and the run goes on."""
    told, stuck, before, behind = Told(), Hanging(), Keeper(), Keeper()
    members = [Member("before", before), Member("stuck", stuck), Member("behind", behind)]
    try:
        tell(Background(members, told.faults, patience=0.05))
        assert told.lines == ["the report stuck is left out: its reporter hangs"]
        assert before.events == behind.events == list(RUN)
        assert (before.closed, behind.closed) == (1, 1)
        assert len(stuck.events) == 1
    finally:
        stuck.go.set()


def test_one_that_comes_back_late_tells_nobody_else() -> None:
    """The thread that was given up ends; what it had before it was done by another one."""
    told, stuck, behind = Told(), Hanging(), Keeper()
    background = Background([Member("stuck", stuck), Member("behind", behind)], told.faults, patience=0.05)
    for event in RUN:
        background.handle(event)
    background.flush()
    stuck.go.set()
    for thread in threading.enumerate():
        if thread.name == "greenroom-reporters":
            thread.join()
    background.close()
    assert behind.events == list(RUN)


def test_one_that_hangs_at_its_end() -> None:
    """Closing has a deadline too."""
    told, good, go = Told(), Keeper(), threading.Event()

    class Stuck(Keeper):
        def close(self) -> None:
            go.wait()

    try:
        tell(Background([Member("stuck", Stuck()), Member("good", good)], told.faults, patience=0.05))
        assert told.lines == ["the report stuck is left out: its reporter hangs"]
        assert good.closed == 1
    finally:
        go.set()


def test_one_that_has_much_to_write_is_waited_for() -> None:
    """As long as it says that it may take."""
    told, go = Told(), threading.Event()

    class Slow(Keeper):
        patience = 60.0

        def close(self) -> None:
            assert go.wait(30)
            super().close()

    slow = Slow()
    timer = threading.Timer(0.3, go.set)
    timer.start()
    tell(Background([Member("slow", slow)], told.faults, patience=0.05))
    timer.join()
    assert told.lines == []
    assert slow.closed == 1


def test_the_memory_is_bounded() -> None:
    """Events are handed over when they are many, whether or not anybody says that a batch is complete."""
    told, keeper = Told(), Keeper()
    background = Background([Member("one", keeper)], told.faults)
    passed = TestFinished(1.0, "a.B.test", 0, 0.1, "passed")
    for _ in range(BATCH * 3):
        background.handle(passed)
        assert len(background._events) < BATCH
    assert len(keeper.events) == BATCH * 3
    heavy = TestFinished(1.0, "a.B.test", 0, 0.1, "passed", output="x" * 1000)
    for _ in range(BATCH):
        background.handle(heavy)
        assert len(background._events) < BATCH // 16


def test_needs_and_wants_are_those_of_all() -> None:
    """None wants all, as soon as one does."""
    one, other = Keeper(), Keeper()
    one.wants, one.needs = frozenset({RunFinished}), frozenset({"logs"})
    other.wants, other.needs = frozenset({TestFinished}), frozenset({"output"})
    background = Background([Member("one", one), Member("other", other)], Told().faults)
    assert background.wants == frozenset[type]({RunFinished, TestFinished})
    assert background.needs == {"logs", "output"}
    other.wants = None
    assert background.wants is None


def test_trouble_and_failure_are_read_at_the_end() -> None:
    """Trouble is a reporter that failed; a failure is the run's."""
    told, one, other = Told(), Keeper(), Keeper()
    one.trouble, other.failure = "the page is cut", "too many queries"
    tell(Background([Member("one", one), Member("other", other)], told.faults))
    assert told.lines == ["the page is cut", "too many queries"]
    assert told.faults.names == ["one"]
    assert told.faults.failures == ["too many queries"]


def context(tmp_path: Path) -> ReporterContext:
    """With streams that can be looked at."""
    return ReporterContext(
        path=None, out=io.StringIO(), err=io.StringIO(), root=tmp_path, config=Config(), environ={}, replay=True
    )


def test_a_terminal_reporter_that_raises_is_relieved(tmp_path: Path) -> None:
    """The classic report goes on in its place and ends with every failure in full, also with those from before."""
    told, where = Told(), context(tmp_path)
    failures = [event for event in RUN if isinstance(event, TestFinished) and event.problems]

    class Late3(Raising):
        def handle(self, event: Event) -> None:
            if event is failures[2]:
                raise RuntimeError("gone")

    reporter = Foreground("mine", Late3(RuntimeError()), where, told.faults)
    tell(reporter)
    assert "the report mine is incomplete: its reporter raised RuntimeError: gone" in told.lines[0]
    report = where.err.getvalue()  # type: ignore[attr-defined]
    for name in ("test_fails", "test_breaks", "test_hopeless"):
        assert f"({'shop.tests.Prices.' + name})\n" in report
    assert "FAILED (failures=4, errors=3" in report


def test_a_terminal_reporter_that_works_is_alone(tmp_path: Path) -> None:
    """Nothing of the classic report is seen."""
    told, where, keeper = Told(), context(tmp_path), Keeper()
    tell(Foreground("mine", keeper, where, told.faults))
    assert keeper.events == list(RUN)
    assert keeper.threads == {threading.get_ident()}
    assert not where.err.getvalue()  # type: ignore[attr-defined]
    assert keeper.closed == 1


def test_in_time() -> None:
    """What is raised is raised here; what hangs is `Late`."""
    assert in_time(lambda: 3, 5) == 3
    with pytest.raises(KeyError):
        in_time(lambda: dict[str, int]()["x"], 5)
    go = threading.Event()
    try:
        with pytest.raises(Late):
            in_time(go.wait, 0.05)
    finally:
        go.set()
