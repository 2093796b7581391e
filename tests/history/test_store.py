"""What is remembered from run to run."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from greenroom.history import History, open_history
from greenroom.history.store import NAME

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def column(folder: Path, query: str) -> list[object]:
    """The first column of a query."""
    connection = sqlite3.connect(folder / NAME)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def test_nothing_is_known_and_nothing_made_at_first(history: History, folder: Path, warnings: list[str]) -> None:
    """To ask costs no file."""
    assert history.times() == ({}, {})
    assert history.fact("checks") is None
    history.record([], [], {})
    assert not folder.exists()
    assert warnings == []


def test_what_was_recorded_is_known_to_the_next_run(history: History, folder: Path, warnings: list[str]) -> None:
    """Tests, groups and facts."""
    history.record([("a.test", 1.5, "passed")], [("a", 3, 2.0, 0.25)], {"checks": 0.5})
    history.close()
    for each in (history, open_history(folder, warnings.append)):
        assert each.times() == ({"a.test": 1.5}, {"a": (3, 2.0, 0.25)})
        assert each.fact("checks") == 0.5
        assert each.fact("other") is None
    assert warnings == []


def test_durations_move_half_of_the_way(history: History, folder: Path) -> None:
    """One slow run does not turn the schedule around."""
    history.record([("a.test", 1.0, "passed")], [("a", 1, 2.0, 1.0)], {"checks": 1.0})
    history.record([("a.test", 2.0, "failed")], [("a", 1, 3.0, 2.0)], {"checks": 2.0})
    assert history.times() == ({"a.test": 1.5}, {"a": (1, 2.5, 1.5)})
    assert history.fact("checks") == 1.5
    assert column(folder, "SELECT runs FROM tests") == [2]
    assert column(folder, "SELECT outcome FROM tests") == ["failed"]


def test_a_group_of_another_size_starts_anew(history: History) -> None:
    """The mean of three tests and of ten would be of none."""
    history.record([], [("a", 3, 3.0, 0.0)], {})
    history.record([], [("a", 10, 10.0, 1.0)], {})
    assert history.times()[1] == {"a": (10, 10.0, 1.0)}


def test_quick_tests_are_left_to_their_group(history: History) -> None:
    """Of those that were never slow no row is kept; once kept, they are followed."""
    tests = [("quick", 0.0005, "passed"), ("failed", 0.0005, "failed"), ("slow", 0.001, "passed")]
    history.record(tests, [], {})
    assert history.times()[0] == {"failed": 0.0005, "slow": 0.001}
    history.record([("slow", 0.0, "passed")], [], {})
    assert history.times()[0]["slow"] == 0.0005


def test_a_skipped_test_says_nothing_about_its_duration(history: History, folder: Path) -> None:
    """Its outcome is kept where there is a row; its time is not."""
    history.record([("a.test", 4.0, "passed"), ("b.test", 0.1, "skipped")], [], {})
    history.record([("a.test", 0.0, "skipped")], [], {})
    assert history.times()[0] == {"a.test": 4.0}
    assert column(folder, "SELECT outcome FROM tests") == ["skipped"]


def test_what_sqlite_cannot_hold_is_left_out(history: History, warnings: list[str]) -> None:
    """A lone surrogate in a name, a duration that is none: the others are recorded."""
    tests = [("a\ud800", 1.0, "passed"), ("nan", math.nan, "passed"), ("ünï", 1.0, "passed")]
    history.record(tests, [("g", 1, math.inf, 0.0)], {"bad": math.nan})
    assert history.times() == ({"ünï": 1.0}, {})
    assert warnings == []


def test_the_folder_hides_itself_from_git(history: History, folder: Path) -> None:
    """When greenroom makes it."""
    history.record([], [], {"checks": 1.0})
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_folder_that_was_there_is_left_as_it_is(history: History, folder: Path) -> None:
    """It is the user's."""
    folder.mkdir()
    history.record([], [], {"checks": 1.0})
    assert not (folder / ".gitignore").exists()


def test_folders_above_are_made_too(tmp_path: Path, warnings: list[str]) -> None:
    """`directory = "var/cache/greenroom"` is enough."""
    history = open_history(tmp_path / "var" / "cache", warnings.append)
    history.record([], [], {"checks": 1.0})
    assert (history.fact("checks"), warnings) == (1.0, [])


def test_readers_do_not_wait_for_a_writer(history: History, folder: Path, warnings: list[str]) -> None:
    """The file is in WAL mode."""
    history.record([], [], {"checks": 1.0})
    writer = sqlite3.connect(folder / NAME, isolation_level=None)
    try:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE facts SET value = 9")
        assert open_history(folder, warnings.append).fact("checks") == 1.0
    finally:
        writer.close()


def test_nothing_stays_open_between_calls(history: History, folder: Path) -> None:
    """Workers are forked in between, and would share a connection with their parent."""
    history.record([], [], {"checks": 1.0})
    history.times()
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", NAME]


def test_a_project_without_history_does_not_import_sqlite(folder: Path) -> None:
    """Start-up time counts."""
    code = (
        "import sys, pathlib; from greenroom.history import open_history;"
        "open_history(pathlib.Path(sys.argv[1]), print).times();"
        "print([name for name in ('sqlite3', 'django', 'pytest') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@given(
    st.lists(
        st.tuples(
            st.text(max_size=5),
            st.floats(),
            st.sampled_from(["passed", "failed", "error", "skipped", "expected_failure", "unexpected_success"]),
        )
    )
)
def test_any_names_and_numbers_are_survived(
    tmp_path_factory: pytest.TempPathFactory, tests: list[tuple[str, float, str]]
) -> None:
    """No name and no number costs the history."""
    warnings: list[str] = []
    history = open_history(tmp_path_factory.mktemp("any"), warnings.append)
    history.record(tests, [(name, 1, seconds, seconds) for name, seconds, _ in tests], {})
    assert set(history.times()[0]) <= {name for name, _, _ in tests}
    assert all(math.isfinite(seconds) for seconds in history.times()[0].values())
    assert warnings == []
