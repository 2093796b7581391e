"""`greenroom db`: what it shows, removes, writes and takes up."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from greenroom.events import DatabaseStep
from greenroom.testing import Project, Ran

TESTS = """\
    from django.test import TestCase

    from shop.models import Item


    class ItemTests(TestCase):
        def test_none_is_there(self):
            self.assertFalse(Item.objects.exists())
    """


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """A project whose database was made once."""
    project = make_project(files={"shop/tests.py": TESTS})
    assert project.manage_test().returncode == 0
    return project


def db(project: Project, *args: str, cache: Path | None = None) -> Ran:
    """`greenroom db`, on the snapshots of the project or of another machine."""
    return project.greenroom("db", *args, env={"GREENROOM_CACHE": str(cache)} if cache else {})


def migrated(ran: Ran) -> bool:
    """Whether a run migrated."""
    assert ran.returncode == 0, ran
    return any(isinstance(event, DatabaseStep) and event.deed == "migrated" for event in ran.events)


def key(project: Project) -> str:
    """The key of the one snapshot that there is."""
    lines = db(project, "list").stdout.splitlines()
    assert len(lines) == 2
    return lines[1].split()[0]


def test_list_and_path(project: Project) -> None:
    """The list names database, migrations, size and project; the path is where they are."""
    ran = db(project, "list")
    assert ran.returncode == 0
    header, row = ran.stdout.splitlines()
    assert header.split() == ["KEY", "DATABASE", "MIGRATIONS", "SIZE", "MADE", "USED", "PROJECT"]
    assert "sqlite:default" in row
    assert str(project.root) in row
    folder = Path(db(project, "path").stdout.strip())
    assert [path.name[:8] for path in folder.iterdir() if path.is_dir()] == [key(project)]


def test_clean(project: Project) -> None:
    """By key, by age, or all; the next run makes anew what is gone."""
    assert db(project, "clean", "--unused", "1").returncode == 0
    assert not migrated(project.manage_test())
    removed = db(project, "clean", key(project)[:6])
    assert removed.returncode == 0
    assert removed.stdout.startswith("removed ")
    assert migrated(project.manage_test())
    assert db(project, "clean").returncode == 0
    assert len(db(project, "list").stdout.splitlines()) == 1


def test_a_key_that_is_none(project: Project) -> None:
    """One line says so and names the known ones."""
    ran = db(project, "clean", "nonsense")
    assert ran.returncode == 2
    assert "no snapshots have a key that begins with 'nonsense'" in ran.stderr
    assert key(project) in ran.stderr
    assert "Traceback" not in ran.stderr


def test_export_and_import(project: Project, tmp_path: Path) -> None:
    """What one machine wrote, another takes up: its first run migrates nothing."""
    file, cache = tmp_path / "snapshots.zip", tmp_path / "elsewhere"
    assert db(project, "export", str(file)).returncode == 0
    assert db(project, "import", str(file), cache=cache).stdout.startswith("1 snapshots from")
    assert not migrated(project.manage_test(env={"GREENROOM_CACHE": str(cache)}))
    assert migrated(project.manage_test(env={"GREENROOM_CACHE": str(tmp_path / "empty")}))


def test_import_of_something_else(project: Project) -> None:
    """A file that is no export is refused in one line."""
    project.write("notes.txt", "no zip")
    ran = db(project, "import", "notes.txt")
    assert ran.returncode == 3
    assert "notes.txt can't be imported" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_damaged_ones_are_shown_and_cleaned(project: Project) -> None:
    """A folder that holds no sound snapshot is named."""
    folder = Path(db(project, "path").stdout.strip())
    [snapshot] = [path for path in folder.iterdir() if path.is_dir()]
    (snapshot / "snapshot.json").write_text("{")
    assert "damaged:" in db(project, "list").stdout
    assert "which was damaged" in db(project, "clean").stdout
    assert "damaged" not in db(project, "list").stdout


def test_a_cache_that_cannot_be_written(project: Project, tmp_path: Path) -> None:
    """Where nothing can be kept, the tests run all the same, and a line says why there is no snapshot."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    ran = project.manage_test(env={"GREENROOM_CACHE": str(blocked)})
    assert ran.returncode == 0, ran
    assert f"{blocked} can't be used" in ran.stderr


def test_a_disk_that_is_full(project: Project) -> None:
    """A snapshot that can't be written down to its end is not kept, and the tests run all the same."""
    assert db(project, "clean").returncode == 0
    limited = f"ulimit -f 8; exec {shlex.quote(sys.executable)} manage.py test"
    ran = project.start("bash", "-c", limited, env={"GREENROOM_HISTORY": "false"}).finish()
    assert ran.returncode == 0, ran
    assert "no snapshot for 'default': it can't be saved" in ran.stderr
    assert migrated(project.manage_test())
    assert not migrated(project.manage_test())
