"""What the live view knows of a run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.events import ChecksFinished, FixtureFinished, Problem, WorkerLost
from greenroom.reporters.progress import Progress, clock, time_left
from tests.reporters.streams import BEGAN, ERROR, FAILURE, execution_started, finished, started


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "estimate", "left"),
    [
        pytest.param(0, 10, 5.0, None, None, id="nothing is known before the first test ended"),
        pytest.param(1, 10, 0.5, None, None, id="nor from a moment"),
        pytest.param(5, 10, 20.0, None, 20.0, id="at the pace so far"),
        pytest.param(0, 10, 0.0, 60.0, 60.0, id="what history says"),
        pytest.param(0, 10, 20.0, 60.0, 40.0, id="by the clock, as the longest run first"),
        pytest.param(9, 10, 20.0, 60.0, 6.0, id="ahead of the estimate"),
        pytest.param(5, 10, 80.0, 60.0, 40.0, id="the estimate has run out"),
        pytest.param(10, 10, 80.0, 60.0, 0.0, id="done"),
        pytest.param(0, 0, 0.0, None, 0.0, id="nothing to do"),
    ],
)
def test_time_left(done: int, total: int, elapsed: float, estimate: float | None, left: float | None) -> None:
    """Each rule of the estimation."""
    assert time_left(done, total, elapsed, estimate) == pytest.approx(left)


@given(
    st.integers(0, 100), st.integers(0, 100), st.floats(0, 1e5), st.none() | st.floats(0, 1e5)
)  # fmt: skip
def test_time_left_is_never_negative(done: int, more: int, elapsed: float, estimate: float | None) -> None:
    """Nor more than either source of it says."""
    left = time_left(done, done + more, elapsed, estimate)
    assert left is None or left >= 0
    if estimate and left is not None:
        assert left <= max(estimate, elapsed)


@given(st.integers(1, 50), st.floats(2, 1e4), st.floats(1, 1e4))
def test_more_done_is_less_left(done: int, elapsed: float, estimate: float) -> None:
    """At the same second, a run that is further has less before it."""
    for known in (None, estimate):
        near, far = time_left(done + 1, 60, elapsed, known), time_left(done, 60, elapsed, known)
        assert near is not None
        assert far is not None
        assert near <= far


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (7, "0:07"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_clock(seconds: float, text: str) -> None:
    """Minutes and seconds, with hours where there are any."""
    assert clock(seconds) == text


def test_counts() -> None:
    """Tests and fixtures are counted as the summary counts them; what runs is known by worker."""
    progress = Progress()
    for event in (
        execution_started(9, 2, estimate=30.0, checks_pending=True),
        started("test_a", 0, worker=1),
        started("test_b", 1, worker=2, at=BEGAN + 1),
        finished("test_a", 0, FAILURE, ERROR, worker=1),
        started("test_c", 2, worker=1),
        finished("test_c", 2, Problem("skip", "why"), worker=1),
        FixtureFinished(at=BEGAN, fixture="setUpClass (app.tests.Case)", outcome="error", problems=(ERROR,)),
    ):
        progress.handle(event)
    assert (progress.done, progress.total, progress.workers) == (2, 9, 2)
    assert (progress.tally.failures, progress.tally.errors, progress.tally.skipped) == (1, 2, 1)
    assert {worker: test.test for worker, test in progress.running.items()} == {2: "app.tests.Case.test_b"}
    assert progress.checks_pending
    assert progress.left(BEGAN + 10) == 20.0


def test_what_ends_oddly() -> None:
    """A lost worker runs nothing; a finished test that was not the running one leaves that alone."""
    progress = Progress()
    for event in (
        execution_started(3, 2, checks_pending=True),
        started("test_a", 0, worker=1),
        started("test_b", 1, worker=2),
        finished("test_c", 2, ERROR, worker=2),
        WorkerLost(at=BEGAN, worker=1, pid=7, reason="killed"),
        ChecksFinished(at=BEGAN, ok=True, seconds=1.0),
    ):
        progress.handle(event)
    assert list(progress.running) == [2]
    assert not progress.checks_pending
