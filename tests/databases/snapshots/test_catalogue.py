"""What is kept is found again; what is damaged, half written or of another format is not there."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from greenroom.databases.fingerprint.inputs import Inputs
from greenroom.databases.snapshots.archive import ArchiveError, export, import_
from greenroom.databases.snapshots.catalogue import FORMAT, Catalogue, Snapshot, key_of
from greenroom.databases.snapshots.files import DamagedSnapshotError, checked, copy, describe


def inputs(migrations: dict[str, str], django: str = "1", ready: str = "r") -> Inputs:
    """What a database is made from, in short."""
    return Inputs(migrations, {"Django": django}, {"names": ready})


def snapshot(key: str, **about: Any) -> Snapshot:
    """A snapshot of which only some things matter."""
    usual: dict[str, Any] = {
        "format": FORMAT,
        "vendor": "sqlite",
        "place": "",
        "project": "/project",
        "alias": "default",
        "made": 1000.0,
        "seconds": 2.0,
        "inputs": inputs({"shop.0001": "a"}),
        "states": ("ready", "bare"),
    }
    return Snapshot(key=key, **{**usual, **about})


def keep(
    catalogue: Catalogue, key: str, contents: bytes = b"rows", used: float | None = None, **about: Any
) -> Snapshot:
    """Keep a snapshot with one file."""
    draft = catalogue.draft()
    (draft / "ready.sqlite3").write_bytes(contents)
    made = snapshot(key, files={"ready.sqlite3": describe(draft / "ready.sqlite3")}, size=len(contents), **about)
    catalogue.keep(made, draft)
    if used is not None:
        os.utime(catalogue.path(key) / "snapshot.json", (used, used))
    return made


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """An empty one."""
    return Catalogue(tmp_path / "snapshots")


def test_what_is_kept_is_found(catalogue: Catalogue) -> None:
    """With all that was said of it, by its key alone."""
    made = keep(catalogue, "k1")
    assert catalogue.find("k1") == made
    assert catalogue.find("k2") is None
    assert catalogue.all() == [made]
    assert not [path for path in catalogue.folder.iterdir() if path.name.startswith(".")]


def test_the_same_key_gives_way(catalogue: Catalogue) -> None:
    """The later one counts."""
    keep(catalogue, "k1", b"old")
    later = keep(catalogue, "k1", b"newer")
    assert catalogue.find("k1") == later
    assert (catalogue.path("k1") / "ready.sqlite3").read_bytes() == b"newer"


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:40]),
        lambda path: path.write_text("{}"),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(msgspec.json.encode(snapshot("k1", format=FORMAT + 1))),
        lambda path: path.write_bytes(msgspec.json.encode(snapshot("another"))),
    ],
    ids=["empty", "truncated", "fields missing", "gone", "of another format", "of another key"],
)
def test_damaged_descriptions_are_no_snapshots(catalogue: Catalogue, damage: Any) -> None:
    """They are named as faults, and something new of the same key takes their place."""
    keep(catalogue, "k1")
    damage(catalogue.path("k1") / "snapshot.json")
    assert catalogue.find("k1") is None
    assert catalogue.faults() == [catalogue.path("k1")]
    made = keep(catalogue, "k1")
    assert catalogue.find("k1") == made
    assert catalogue.faults() == []


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: data + b"x", lambda data: b"X" + data[1:], lambda data: b""],
    ids=["truncated", "longer", "changed", "empty"],
)
def test_damaged_files_are_noticed(tmp_path: Path, damage: Any) -> None:
    """By size or digest, before anything of them is used."""
    path = tmp_path / "ready.sqlite3"
    path.write_bytes(b"all the rows")
    stored = describe(path)
    assert checked(path, stored) == b"all the rows"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedSnapshotError, match=r"ready\.sqlite3"):
        checked(path, stored)
    path.unlink()
    with pytest.raises(DamagedSnapshotError, match=r"ready\.sqlite3"):
        checked(path, stored)


def test_bases_lack_migrations_and_nothing_else(catalogue: Catalogue) -> None:
    """The nearest first; never one that was made from something else, or elsewhere."""
    wanted = {"shop.0001": "a", "shop.0002": "b", "shop.0003": "c"}
    one, two = {"shop.0001": "a"}, {"shop.0001": "a", "shop.0002": "b"}
    keep(catalogue, "one", inputs=inputs(one))
    keep(catalogue, "two", inputs=inputs(two, ready="other"))
    keep(catalogue, "changed", inputs=inputs({**two, "shop.0001": "other"}))
    keep(catalogue, "more", inputs=inputs({**wanted, "shop.0004": "d"}))
    keep(catalogue, "parts", inputs=inputs(one, django="2"))
    keep(catalogue, "elsewhere", inputs=inputs(one), place="localhost")
    keep(catalogue, "ready only", inputs=inputs(one), states=("ready",))
    found = catalogue.bases(inputs(wanted), "sqlite", "")
    assert [base.key for base in found] == ["two", "one"]
    keep(catalogue, "all of them", inputs=inputs(wanted, ready="other"))
    assert catalogue.bases(inputs(wanted), "sqlite", "")[0].key == "all of them"


def test_the_least_recently_used_go_first(catalogue: Catalogue) -> None:
    """Until the rest is within the bytes and the number that are allowed."""
    now = time.time()
    for number in range(5):
        keep(catalogue, f"k{number}", b"x" * 100, used=now - 100 + number)
    assert catalogue.over(500, 10) == []
    assert [each.key for each in catalogue.over(350, 10)] == ["k0", "k1"]
    assert [each.key for each in catalogue.over(500, 4)] == ["k0"]
    catalogue.touch("k0")
    assert [each.key for each in catalogue.over(350, 10)] == ["k1", "k2"]


def test_left_drafts_go_and_young_ones_stay(catalogue: Catalogue) -> None:
    """Somebody may be writing a young one."""
    old, young = catalogue.draft(), catalogue.draft()
    os.utime(old, (1.0, 1.0))
    catalogue.sweep()
    assert not old.exists()
    assert young.exists()


def test_the_key_depends_on_everything() -> None:
    """Inputs, vendor and place each make another snapshot."""
    keys = {
        key_of("d", "sqlite", ""),
        key_of("e", "sqlite", ""),
        key_of("d", "postgresql", ""),
        key_of("d", "sqlite", "h"),
    }
    assert len(keys) == 4
    assert key_of("d", "sqlite", "") in keys


def test_copies_are_whole_and_replace_nothing(tmp_path: Path) -> None:
    """A file that is there is not written over."""
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(os.urandom(300_000))
    copy(source, target)
    assert target.read_bytes() == source.read_bytes()
    with pytest.raises(FileExistsError):
        copy(source, target)


def test_an_archive_gives_back_what_went_in(catalogue: Catalogue, tmp_path: Path) -> None:
    """On another machine: descriptions and files are the same."""
    made = [keep(catalogue, "k1", b"one"), keep(catalogue, "k2", b"two")]
    export(catalogue, made, tmp_path / "all.zip")
    other = Catalogue(tmp_path / "other")
    assert import_(other, tmp_path / "all.zip") == made
    assert sorted(each.key for each in other.all()) == ["k1", "k2"]
    assert checked(other.path("k2") / "ready.sqlite3", made[1].files["ready.sqlite3"]) == b"two"


def test_archives_that_are_none_are_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    """No zip, a cut one, and one whose files lead elsewhere: nothing of them is taken up."""
    export(catalogue, [keep(catalogue, "k1", os.urandom(5000))], tmp_path / "good.zip")
    other = Catalogue(tmp_path / "other")
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no archive")
    with pytest.raises(ArchiveError, match=r"bad\.zip"):
        import_(other, bad)
    bad.write_bytes((tmp_path / "good.zip").read_bytes()[:2000])
    with pytest.raises(ArchiveError, match=r"bad\.zip"):
        import_(other, bad)
    outside = snapshot("k9", files={"../evil": describe(tmp_path / "good.zip")})
    import zipfile

    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("k9/snapshot.json", msgspec.json.encode(outside))
        archive.write(tmp_path / "good.zip", "k9/../evil")
    with pytest.raises(ArchiveError, match="evil"):
        import_(other, bad)
    assert other.all() == []
    assert not (tmp_path / "other" / "evil").exists()
