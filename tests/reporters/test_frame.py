"""The lines of the live view."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from greenroom.events import Event, Problem
from greenroom.reporters.ansi import cells, painted
from greenroom.reporters.frame import Look, frame
from greenroom.reporters.progress import Progress
from tests.reporters.streams import BEGAN, ERROR, FAILURE, execution_started, finished, started


def after(*events: Event) -> Progress:
    """The progress after these events."""
    progress = Progress()
    for event in events:
        progress.handle(event)
    return progress


MIDDLE = (
    execution_started(8, 3, estimate=60.0),
    started("test_a", 0, worker=1),
    finished("test_a", 0, FAILURE, worker=1),
    started("test_of_one_thing_that_takes_long", 1, worker=1, at=BEGAN + 2),
    started("test_b", 2, worker=2, at=BEGAN + 12.8),
    finished("test_c", 3, Problem("skip", "no"), worker=3),
    started("test_d", 4, worker=3, at=BEGAN - 100),
)


def test_eighty_columns() -> None:
    """A line for each worker, whose test is named once it runs for half a second, and the line of the bar."""
    assert frame(after(*MIDDLE), BEGAN + 13, 79, 8, Look()) == [
        " 1   11 s  test_of_one_thing_that_takes_long  app.tests.Case",
        " 2",
        " 3   1:53  test_d  app.tests.Case",
        " ━━━━━━━━───────────────────────────  2/8  1 failed, 1 skipped  0:13, 0:45 left",
    ]


def test_forty_columns() -> None:
    """In less room the counts are letters, the class and then the name are cut."""
    assert frame(after(*MIDDLE), BEGAN + 13, 39, 8, Look()) == [
        " 1   11 s  test_of_one_thing_that_take…",
        " 2",
        " 3   1:53  test_d  app.tests.Case",
        " ━━───────  2/8  1F 1s  0:13, 0:45 left",
    ]


def test_a_low_screen_shows_the_longest() -> None:
    """Where there are more workers than lines, those are shown whose tests run longest."""
    lines = frame(after(*MIDDLE), BEGAN + 13, 79, 3, Look())
    assert [line[:2] for line in lines] == [" 1", " 3", " ━"]
    assert len(frame(after(*MIDDLE), BEGAN + 13, 79, 1, Look())) == 1


def test_without_workers() -> None:
    """In this process there is one test, named at once and without seconds."""
    progress = after(execution_started(8), started("test_a", 0))
    assert frame(progress, BEGAN, 60, 8, Look()) == [
        " test_a  app.tests.Case",
        " ────────────────────────────────────────  0/8  0:00",
    ]


def test_pending_checks_hide_the_counts() -> None:
    """Until the system checks are done, nothing is said of failures."""
    progress = after(execution_started(8, checks_pending=True), finished("test_a", 0, ERROR))
    assert frame(progress, BEGAN, 79, 8, Look(painted))[-1].count("31m") == 0
    assert "1/8  \x1b" not in frame(progress, BEGAN, 79, 8, Look())[-1]
    assert "system checks still run" in frame(progress, BEGAN, 79, 8, Look())[-1]
    assert "checks…" in frame(progress, BEGAN, 39, 8, Look())[-1]


def test_ascii() -> None:
    """A terminal without Unicode gets none."""
    events = (execution_started(2), started("test_名" + "x" * 80, 0), finished("test_b", 1))
    lines = frame(after(*events), BEGAN + 5, 40, 8, Look(encoding="ascii"))
    assert "".join(lines).isascii()
    assert lines[0].startswith(" test_?xxx")
    assert lines[0].endswith("~")
    assert "####----" in lines[1]


names = st.text(alphabet=st.sampled_from("ab_日本é̈́"), min_size=1, max_size=60)


@given(
    width=st.integers(1, 130), room=st.integers(1, 12), workers=st.integers(0, 20), names=st.lists(names, max_size=20),
    seconds=st.floats(0, 1e6), total=st.integers(0, 10**6),
)  # fmt: skip
def test_no_line_is_too_wide(
    width: int, room: int, workers: int, names: list[str], seconds: float, total: int
) -> None:  # fmt: skip
    """Whatever runs, lines fit, and their number goes by workers and room alone."""
    progress = after(execution_started(total, workers))
    empty = frame(progress, BEGAN, width, room, Look())
    for index, name in enumerate(names):
        progress.handle(started(name, index, worker=index % (workers + 1)))
        if index % 3 == 0:
            progress.handle(finished(name, index, FAILURE, worker=index % (workers + 1)))
    lines = frame(progress, BEGAN + seconds, width, room, Look())
    assert len(lines) == len(empty) == min(room, max(1, workers) + 1)
    assert max(map(cells, lines)) <= width
