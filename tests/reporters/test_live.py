"""The live view: what is on the screen while a run goes on, and after it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from greenroom.events import ChecksFinished, FixtureFinished, Note, Problem, TestsNotRun, TestStarted, WorkerStarted
from greenroom.reporters.ansi import painted, plain
from greenroom.reporters.area import Area
from greenroom.reporters.dots import Dots
from greenroom.reporters.frame import Look
from greenroom.reporters.live import Live
from tests.reporters.screen import Screen
from tests.reporters.streams import (
    BEGAN,
    ERROR,
    FAILURE,
    execution_started,
    finished,
    run_finished,
    run_started,
    started,
)

if TYPE_CHECKING:
    from greenroom.events import Event


class Show:
    """A live view on a screen, with a clock that stands still until it is moved."""

    def __init__(self, columns: int = 80, rows: int = 24, *, area: bool = True, colours: bool = False) -> None:
        self.screen = Screen(columns, rows)
        self.now = BEGAN
        self.notes = io.StringIO()
        self.live = Live(
            self.screen,
            self.notes,
            notes=True,
            area=Area(self.screen, self.screen.size) if area else None,
            look=Look(painted if colours else plain),
            clock=lambda: self.now,
        )

    def tell(self, *events: Event, wait: float = 1.0) -> None:
        """Hand on events that it wants, as the dispatcher does, and let time pass before the flush."""
        for event in events:
            if self.live.wants is None or type(event) in self.live.wants:
                self.live.handle(event)
        self.now += wait
        self.live.flush()

    @property
    def lines(self) -> list[str]:
        """What is on the screen, without the empty lines."""
        return [line for line in self.screen.lines if line]


BLOCK = [
    "=" * 70,
    "FAIL: test_b (app.tests.Case.test_b)",
    "-" * 70,
    "Traceback (most recent call last):",
    "AssertionError: 1 != 2",
]
END = ["-" * 70, "Ran 3 tests in 2.000s"]


def test_parallel() -> None:
    """A failure comes at once and in full; the bar and the workers stand below; the end names it again, and no more."""
    show = Show(80, 16)
    show.tell(
        run_started(),
        execution_started(3, 2),
        WorkerStarted(at=BEGAN, worker=1, pid=1),
        started("test_a", 0, worker=1),
        started("test_b", 1, worker=2),
    )
    bar = f" {'─' * 40}"
    assert show.lines == [" 1    1 s  test_a  app.tests.Case", " 2    1 s  test_b  app.tests.Case", f"{bar}  0/3  0:01"]
    show.tell(finished("test_b", 1, FAILURE, worker=2), started("test_c", 2, worker=2, at=BEGAN + 1.8))
    assert show.lines == [
        *BLOCK,
        " 1    2 s  test_a  app.tests.Case",
        " 2",
        f" {'━' * 13}{'─' * 27}  1/3  1 failed  0:02, 0:04 left",
    ]
    show.tell(finished("test_a", 0, worker=1), finished("test_c", 2, Problem("skip", "no"), worker=2))
    show.tell(run_finished(3, failures=1, skipped=1, workers=2))
    show.live.close()
    assert show.lines == [
        *BLOCK,
        "=" * 70,
        "FAIL: test_b (app.tests.Case.test_b)",
        *END,
        "FAILED (failures=1, skipped=1)",
        "greenroom: 3 tests, 1 failure, 0 errors, 1 skipped in 2.00 s (2 workers)",
    ]
    assert show.screen.region_is_whole


def test_serial() -> None:
    """Without workers the running test is named as it begins, however soon after the last frame."""
    show = Show()
    show.tell(run_started(), execution_started(3), started("test_a", 0), wait=0)
    assert show.lines[0] == " test_a  app.tests.Case"
    show.tell(finished("test_a", 0), started("test_b", 1), wait=0.01)
    assert show.lines[0] == " test_b  app.tests.Case"
    assert show.lines[1].split()[1] == "0/3"
    show.tell(finished("test_b", 1), started("test_c", 2), wait=0.1)
    assert show.lines[1].split()[1] == "2/3"
    show.tell(finished("test_c", 2), run_finished(3), wait=0)
    assert show.lines == [*END, "OK", "greenroom: 3 tests, 0 failures, 0 errors, 0 skipped in 2.00 s"]


def test_what_no_worker_can_find() -> None:
    """A test that runs here after those in workers is named at once, in the last line."""
    show = Show()
    show.tell(run_started(), execution_started(2, 2))
    show.tell(started("test_local", 1), wait=0)
    assert show.lines[1].split() == ["test_local", "app.tests.Case"]


def test_at_most_ten_frames_a_second() -> None:
    """However many events come."""
    show = Show()
    show.tell(run_started(), execution_started(1000, 2), wait=0)
    for number in range(1000):
        show.tell(finished(f"test_{number}", number, worker=1), wait=0.001)
    assert 9 <= show.screen.frames <= 11


def test_forty_columns_and_wide_characters() -> None:
    """Nothing wraps into the next line, and nothing is cut in half."""
    show = Show(40, 12)
    show.tell(
        run_started(),
        execution_started(3, 2, estimate=9),
        started("test_名前の長いテストはここで切れるはず", 0, worker=1),
    )
    assert show.lines == [
        " 1    1 s  test_名前の長いテストはここ…",
        " 2",
        f" {'─' * 16}  0/3  0:01, 0:08 left",
    ]  # fmt: skip


def test_after_a_line_that_is_not_complete() -> None:
    """Where a test printed half a line, a failure, and the end, begin on lines of their own."""
    show = Show()
    show.tell(run_started(), execution_started(3, 2))
    show.screen.write("half a line")
    show.tell(finished("test_b", 1, FAILURE))
    show.screen.write("x" * 80)
    show.tell(run_finished(3, failures=1))
    assert show.lines[:7] == ["half a line", *BLOCK, "x" * 80]
    assert show.lines[7] == "=" * 70


def test_lines_from_verbosity_two() -> None:
    """Each test has the line that it has in the classic report, and failures follow theirs."""
    show = Show()
    show.tell(run_started(verbosity=2), execution_started(3), started("test_a", 0))
    assert show.lines[0] == "test_a (app.tests.Case.test_a) ..."
    assert show.lines[1] == " test_a  app.tests.Case"
    show.tell(finished("test_a", 0), started("test_b", 1), finished("test_b", 1, FAILURE))
    assert show.lines[:-1] == [
        "test_a (app.tests.Case.test_a) ... ok",
        "test_b (app.tests.Case.test_b) ... FAIL",
        *BLOCK,
    ]
    show.tell(
        FixtureFinished(at=BEGAN, fixture="setUpClass (app.X)", outcome="skipped", problems=(Problem("skip", "no"),))
    )
    assert "setUpClass (app.X) ... skipped 'no'" in show.lines


def test_nothing_but_the_end_at_verbosity_zero() -> None:
    """No area, and failures in full at the end, as in the classic report."""
    show = Show()
    events: list[Event] = [
        run_started(verbosity=0),
        execution_started(2),
        started("test_b", 1),
        finished("test_b", 1, FAILURE),
        Note(at=BEGAN, text="not told"),
    ]
    show.tell(*events)
    assert not show.screen.text
    show.tell(run_finished(3, failures=1))
    classic = io.StringIO()
    dots = Dots(classic, show.notes, notes=True)
    for event in [*events, run_finished(3, failures=1)]:
        dots.handle(event)
    assert show.screen.whole == _wrapped(classic.getvalue(), 80)
    assert not show.notes.getvalue()


def _wrapped(text: str, columns: int) -> str:
    screen = Screen(columns, 24)
    screen.write(text)
    return screen.whole


@pytest.mark.parametrize("ok", [True, False])
def test_checks_beside_the_tests(ok: bool) -> None:
    """Failures wait for the system checks; when those fail, nothing is claimed at all."""
    show = Show()
    show.tell(run_started(), execution_started(3, checks_pending=True), finished("test_b", 1, FAILURE))
    assert "1/3  system checks still run" in show.lines[-1]
    assert not any("FAIL" in line for line in show.lines)
    show.tell(ChecksFinished(at=BEGAN, ok=ok, seconds=1.0, beside=True, text="what they said\n"))
    assert show.lines[:5] == (BLOCK if ok else [])
    assert show.notes.getvalue() == "what they said\n"
    show.tell(run_finished(3, failures=1))
    show.live.close()
    assert ("Ran 3 tests in 2.000s" in show.lines) is ok
    assert ok or not show.screen.text
    assert show.screen.region_is_whole


def test_closed_without_an_end() -> None:
    """A run that breaks off leaves a clean screen, and what was known."""
    show = Show()
    show.tell(run_started(), execution_started(3, 2, checks_pending=True), started("test_a", 0, worker=1))
    show.live.handle(finished("test_b", 1, FAILURE, worker=1))
    show.live.close()
    show.live.close()
    assert show.lines == BLOCK
    assert show.screen.region_is_whole


def test_the_end_lists_names_and_durations() -> None:
    """Errors, failures and unexpected successes by their first lines; then the slowest tests and what did not run."""
    show = Show(120, 60)
    unexpected = Problem("unexpected_success")
    show.tell(run_started(durations=1), execution_started(4))
    show.tell(finished("test_u", 0, unexpected, seconds=0.25), finished("test_f", 1, FAILURE, doc="About it."))
    show.tell(finished("test_e", 2, Problem("error", ERROR.text, "(n=1)")), finished("test_i", 3, interrupted=True))
    show.tell(TestsNotRun(at=BEGAN, tests=("app.tests.Case.test_z",), reason="interrupted"))
    show.tell(run_finished(3, failures=1, errors=1, unexpected_successes=1, not_run=1, interrupted=True))
    text = show.screen.text
    assert "FAIL: test_f (app.tests.Case.test_f)\nAbout it.\n-----" in text
    assert text[text.rindex("=" * 70) :].split("\n") == [
        "=" * 70,
        "ERROR: test_e (app.tests.Case.test_e) (n=1)",
        "FAIL: test_f (app.tests.Case.test_f)",
        "UNEXPECTED SUCCESS: test_u (app.tests.Case.test_u)",
        "Slowest test durations",
        "-" * 70,
        "0.500s     test_f (app.tests.Case.test_f)",
        "",
        "-" * 70,
        "Ran 3 tests in 2.000s",
        "",
        "INTERRUPTED (failures=1, errors=1, unexpected successes=1)",
        "was running: app.tests.Case.test_i",
        "not run (interrupted): 1 test",
        "  app.tests.Case.test_z",
        "greenroom: 3 tests, 1 failure, 1 error, 0 skipped, 1 unexpectedly passed, 1 not run in 2.00 s",
    ]


@pytest.mark.parametrize("colours", [True, False])
def test_colours(colours: bool) -> None:
    """Headings of failures are red where colours are wanted; without, no code for a colour is written."""
    show = Show(colours=colours)
    show.tell(run_started(), execution_started(3, 2), finished("test_b", 1, FAILURE), run_finished(3, failures=1))
    assert ("1;31" in show.screen.colours) is colours
    assert colours or not show.screen.colours


def test_without_a_terminal() -> None:
    """Without an area nothing but text is written, failures still come at once, and starts are of no interest."""
    show = Show(80, area=False)
    show.tell(run_started(), execution_started(3, 2), finished("test_b", 1, FAILURE, worker=1))
    assert show.lines == BLOCK
    assert show.screen.frames == 0
    assert TestStarted not in (show.live.wants or ())
