"""Whatever is wrong with the file: it costs the history, is told in one line, and nothing is deleted."""

from __future__ import annotations

import multiprocessing
import random
import resource
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from greenroom.history import History, database, open_history, schema
from greenroom.history.store import NAME

V2 = (*schema.MIGRATIONS, ("ALTER TABLE tests ADD COLUMN worst REAL NOT NULL DEFAULT 0", "CREATE TABLE more (x)"))
"""A next version."""


def sql(folder: Path, *statements: str) -> None:
    """Do something to the file behind greenroom's back."""
    folder.mkdir(exist_ok=True)
    connection = sqlite3.connect(folder / NAME)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def fill(folder: Path) -> None:
    """A history of some 400 kB."""
    unexpected: list[str] = []
    tests = [(f"app.tests.Case{n}.test_with_a_rather_long_name_{n}", 1.0, "passed") for n in range(4000)]
    open_history(folder, unexpected.append).record(tests, [("g", 1, 1.0, 0.0)], {"checks": 1.0})
    assert unexpected == []


def assert_begun_anew(history: History, folder: Path, warnings: list[str], number: int = 1) -> None:
    """The broken file is aside, one warning was given, and what is recorded now is there for the next run."""
    aside = f"{NAME}.broken-{number}"
    assert history.times() == ({}, {})
    assert len(warnings) == 1
    assert "\n" not in warnings[0]
    assert warnings[0].startswith(f"{folder / NAME} is broken (")
    assert f"it is now {aside}, and a new one is begun" in warnings[0]
    assert (folder / aside).exists()
    history.record([("a", 1.0, "passed")], [], {})
    assert open_history(folder, warnings.append).times() == ({"a": 1.0}, {})
    assert len(warnings) == 1


class TestBroken:
    @pytest.mark.parametrize("content", [b"not a database", b"x" * 5000, b"SQLite format 3\0" + b"\xff" * 4096])
    def test_what_is_no_database(self, folder: Path, history: History, warnings: list[str], content: bytes) -> None:
        """It is set aside as it is."""
        folder.mkdir()
        (folder / NAME).write_bytes(content)
        assert_begun_anew(history, folder, warnings)
        assert (folder / f"{NAME}.broken-1").read_bytes() == content

    @pytest.mark.parametrize("kept", [0.05, 0.5, 0.9])
    def test_a_truncated_file(self, folder: Path, history: History, warnings: list[str], kept: float) -> None:
        """As a full disk or an unfinished copy leaves it."""
        fill(folder)
        data = (folder / NAME).read_bytes()
        (folder / NAME).write_bytes(data[: int(len(data) * kept)])
        assert_begun_anew(history, folder, warnings)

    def test_a_malformed_page(self, folder: Path, history: History, warnings: list[str]) -> None:
        """In the middle of a table."""
        fill(folder)
        data = bytearray((folder / NAME).read_bytes())
        for page in range(20, 60):
            data[page * 4096 : page * 4096 + 64] = b"\xee" * 64
        (folder / NAME).write_bytes(data)
        assert_begun_anew(history, folder, warnings)

    @pytest.mark.parametrize("seed", [*range(15), 33, 71, 281])
    def test_random_damage(self, folder: Path, warnings: list[str], seed: int) -> None:
        """Whatever bytes are wrong, the worst is one lost history with one line for each time it is set aside."""
        fill(folder)
        chance = random.Random(seed)
        data = bytearray((folder / NAME).read_bytes())
        for _ in range(200):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (folder / NAME).write_bytes(data)
        for number in range(3):
            history = open_history(folder, warnings.append)
            history.times()
            history.fact("checks")
            history.record([(f"new{number}", 1.0, "passed")], [], {})
        assert all("\n" not in line for line in warnings)
        assert len(warnings) <= 2
        assert "new2" in open_history(folder, warnings.append).times()[0]

    def test_other_tables_than_its_version_says(self, folder: Path, history: History, warnings: list[str]) -> None:
        """A database of something else."""
        sql(folder, "CREATE TABLE tests (x)", "PRAGMA user_version = 1")
        assert_begun_anew(history, folder, warnings)

    def test_tables_without_a_version(self, folder: Path, history: History, warnings: list[str]) -> None:
        """The same, found when the tables are to be made."""
        sql(folder, "CREATE TABLE tests (x)")
        assert_begun_anew(history, folder, warnings)

    @pytest.mark.parametrize("value", ["'much'", "x'ff'", "CAST(x'ff' AS TEXT)"])
    def test_values_of_another_type(self, folder: Path, history: History, warnings: list[str], value: str) -> None:
        """SQLite does not mind, so greenroom must."""
        fill(folder)
        sql(folder, f"UPDATE facts SET value = {value}")
        assert_begun_anew(history, folder, warnings)

    def test_a_name_that_is_no_text(self, folder: Path, history: History, warnings: list[str]) -> None:
        """Bytes that are not UTF-8."""
        fill(folder)
        sql(folder, "UPDATE facts SET name = CAST(x'ff' AS TEXT)")
        assert_begun_anew(history, folder, warnings)

    def test_broken_files_are_all_kept(self, folder: Path, history: History, warnings: list[str]) -> None:
        """The next number that is free."""
        folder.mkdir()
        (folder / f"{NAME}.broken-1").write_text("first")
        (folder / NAME).write_text("second")
        assert_begun_anew(history, folder, warnings, number=2)
        assert (folder / f"{NAME}.broken-1").read_text() == "first"

    def test_a_journal_goes_with_its_file(self, folder: Path, history: History, warnings: list[str]) -> None:
        """It would be played into the new file."""
        folder.mkdir()
        (folder / NAME).write_text("broken")
        (folder / f"{NAME}-wal").write_text("journal")
        assert_begun_anew(history, folder, warnings)
        assert not (folder / f"{NAME}-wal").exists()

    def test_a_file_that_another_run_has_replaced_is_not_touched(
        self, folder: Path, history: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two runs find it broken; the slower one must not set the new file of the quicker one aside."""
        folder.mkdir()
        (folder / NAME).write_text("broken")
        read = database.read

        def slow_read(file: Path) -> database.Durations:
            try:
                return read(file)
            finally:
                file.rename(file.with_name("aside"))
                fill(folder)

        monkeypatch.setattr(database, "read", slow_read)
        assert history.times() == ({}, {})
        assert warnings == []
        assert not list(folder.glob("*.broken-*"))

    def test_an_empty_file_is_a_new_one(self, folder: Path, history: History, warnings: list[str]) -> None:
        """As a run that was killed at once leaves it."""
        folder.mkdir()
        (folder / NAME).touch()
        assert history.times() == ({}, {})
        history.record([], [], {"checks": 1.0})
        assert (history.fact("checks"), warnings) == (1.0, [])


class TestVersions:
    def test_a_newer_file_is_left_alone(self, folder: Path, history: History, warnings: list[str]) -> None:
        """Whoever goes back to an older greenroom loses nothing."""
        fill(folder)
        sql(folder, "PRAGMA user_version = 99")
        before = (folder / NAME).read_bytes()
        assert history.times() == ({}, {})
        history.record([("a", 1.0, "passed")], [], {"checks": 2.0})
        assert history.fact("checks") is None
        assert (folder / NAME).read_bytes() == before
        assert len(warnings) == 1
        assert f"newer greenroom (it has version 99, this greenroom knows {len(schema.MIGRATIONS)})" in warnings[0]

    def test_an_older_file_is_migrated(
        self, folder: Path, history: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And keeps what it knows."""
        fill(folder)
        monkeypatch.setattr(schema, "MIGRATIONS", V2)
        assert history.fact("checks") == 1.0
        sql(folder, "UPDATE tests SET worst = 1", "INSERT INTO more VALUES (1)")
        history.record([], [], {"checks": 2.0})
        assert (history.fact("checks"), warnings) == (1.5, [])

    def test_a_migration_is_done_wholly_or_not_at_all(
        self, folder: Path, history: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was half done could be done by no later run."""
        fill(folder)
        monkeypatch.setattr(schema, "MIGRATIONS", (*V2, ("ALTER TABLE nothing ADD COLUMN x",)))
        assert history.fact("checks") is None
        monkeypatch.undo()
        (folder / f"{NAME}.broken-1").rename(folder / NAME)
        assert open_history(folder, warnings.append).fact("checks") == 1.0


class TestDisk:
    @pytest.mark.parametrize("below", [".", "deeper"])
    def test_a_folder_that_cannot_be_made(self, tmp_path: Path, warnings: list[str], below: str) -> None:
        """Here a file is in its place; without permission it is the same."""
        (tmp_path / "file").touch()
        history = open_history(tmp_path / "file" / below, warnings.append)
        assert history.times() == ({}, {})
        history.record([("a", 1.0, "passed")], [], {})
        history.record([("a", 1.0, "passed")], [], {})
        assert len(warnings) == 1
        assert "this run goes without" in warnings[0]

    def test_a_folder_in_place_of_the_file(self, folder: Path, history: History, warnings: list[str]) -> None:
        """It is not ours to rename."""
        (folder / NAME).mkdir(parents=True)
        history.record([("a", 1.0, "passed")], [], {})
        assert history.times() == ({}, {})
        assert len(warnings) == 1
        assert (folder / NAME).is_dir()

    def test_a_file_that_cannot_be_renamed(
        self, folder: Path, history: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Broken, and to stay so."""
        folder.mkdir()
        (folder / NAME).write_text("broken")

        def refuse(*_: object) -> Path:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "rename", refuse)
        assert history.times() == ({}, {})
        history.record([("a", 1.0, "passed")], [], {})
        assert len(warnings) == 1
        assert "cannot be renamed (Permission denied)" in warnings[0]

    def test_a_full_disk(self, folder: Path, history: History, warnings: list[str]) -> None:
        """What was there stays; the limit on the size of files stands for the disk's."""
        history.record([("a", 1.0, "passed")], [], {})
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
        try:
            history.record([(f"a{n}" * 20, 1.0, "passed") for n in range(5000)], [], {})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert len(warnings) == 1
        assert "cannot be used" in warnings[0]
        assert open_history(folder, warnings.append).times()[0] == {"a": 1.0}
        assert len(warnings) == 1

    def test_no_room_for_another_page(
        self, folder: Path, history: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As SQLite itself says it of a disk that is full."""
        connect = sqlite3.connect

        def small(*args: object, **options: object) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*args, **options)  # type: ignore[call-overload]
            connection.execute("PRAGMA max_page_count = 10")
            return connection

        monkeypatch.setattr(sqlite3, "connect", small)
        history.record([(f"a{n}" * 20, 1.0, "passed") for n in range(5000)], [], {})
        assert len(warnings) == 1
        assert "full" in warnings[0]
        assert not list(folder.glob("*.broken-*"))

    def test_a_run_that_does_not_let_go(
        self, folder: Path, history: History, warnings: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is waited for, but not for ever."""
        history.record([("a", 1.0, "passed")], [], {})
        monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
        holder = sqlite3.connect(folder / NAME, isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            history.record([("a", 3.0, "passed")], [], {})
        finally:
            holder.close()
        assert len(warnings) == 1
        assert "locked" in warnings[0]
        assert open_history(folder, warnings.append).times()[0] == {"a": 1.0}


def _record_often(folder: Path, name: str, barrier: Any) -> None:
    """A process that runs and runs."""
    barrier.wait()
    complaints: list[str] = []
    for turn in range(25):
        history = open_history(folder, complaints.append)
        history.times()
        history.record([("shared", 1.0, "passed"), (f"{name}{turn}", 1.0, "passed")], [("g", 1, 1.0, 0.5)], {"f": 1.0})
    if complaints:
        raise SystemExit("; ".join(complaints))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_runs_may_share_it(folder: Path, warnings: list[str], method: str) -> None:
    """Four at once, from its making on: nothing is lost, nobody complains."""
    context: Any = multiprocessing.get_context(method)
    barrier = context.Barrier(4)
    processes = [context.Process(target=_record_often, args=(folder, name, barrier)) for name in "abcd"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    tests, groups = open_history(folder, warnings.append).times()
    assert set(tests) == {"shared", *(f"{name}{turn}" for name in "abcd" for turn in range(25))}
    assert groups == {"g": (1, 1.0, 0.5)}
    assert warnings == []
    connection = sqlite3.connect(folder / NAME)
    assert connection.execute("SELECT runs FROM tests WHERE id = 'shared'").fetchone() == (100,)
    connection.close()
