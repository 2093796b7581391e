"""Databases and snapshots that somebody damaged, dropped, made or left behind."""

from __future__ import annotations

import contextlib
import re
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from greenroom.events import TestStarted
from greenroom.testing import Project
from tests.databases.leases.kinds import deeds, make_kind, steps


@pytest.mark.one_pair
@pytest.mark.parametrize("name", ["memory", "file"])
def test_damaged_snapshots_are_made_anew(
    name: str, request: pytest.FixtureRequest, make_project: Callable[..., Project]
) -> None:
    """A snapshot that was changed, cut off or emptied is named and replaced; the tests see no difference."""
    kind = make_kind(request, make_project, name)
    kind.good()
    cache = kind.project.root.parent / "cache" / "snapshots"
    damages: list[Callable[[Path], object]] = [
        lambda folder: (folder / "ready.sqlite3").write_bytes(b""),
        lambda folder: (folder / "ready.sqlite3").write_bytes((folder / "ready.sqlite3").read_bytes()[:5000]),
        lambda folder: (folder / "ready.sqlite3").unlink(),
        lambda folder: (folder / "snapshot.json").write_text('{"format": 1'),
    ]
    for damage in damages:
        [folder] = [path for path in cache.iterdir() if path.is_dir()]
        damage(folder)
        ran = kind.run()
        assert ran.returncode == 0, ran
        assert "is damaged" in ran.stderr
        assert "migrated" in deeds(steps(ran))
        assert "is damaged" not in kind.run().stderr


@pytest.mark.one_pair
@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_lost_snapshot_is_made_anew(
    name: str, request: pytest.FixtureRequest, make_project: Callable[..., Project]
) -> None:
    """Its database was dropped by somebody: the run says so and migrates."""
    kind = make_kind(request, make_project, name)
    kind.good()
    assert kind.project.greenroom("db", "clean").returncode == 0
    assert "migrated" in deeds(kind.good())
    listed = kind.project.greenroom("db", "list").stdout
    assert listed.count(name) == 1


def test_a_foreign_file_is_left_alone(make_project: Callable[..., Project]) -> None:
    """A database that greenroom did not make is not written to, with `--noinput` too."""
    project = make_project(databases="file", files={"shop/tests.py": ONE_TEST})
    path = project.root / "test_real.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE customers (name text)")
    before = path.read_bytes()
    ran = project.manage_test("--noinput")
    assert ran.returncode == 3, ran
    assert "test_real.sqlite3' exists and was not made by greenroom" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_foreign_database_is_left_alone(
    name: str, request: pytest.FixtureRequest, make_project: Callable[..., Project]
) -> None:
    """The same on a server, where the project names the database of its tests."""
    kind = make_kind(request, make_project, name)
    kind.project.write("make.py", MAKE)
    made = kind.project.start(sys.executable, "make.py", "make").finish()
    assert made.returncode == 0, made
    settings = kind.project.root / "settings.py"
    settings.write_text(settings.read_text() + "\nDATABASES['default']['TEST'] = {'NAME': 'production_like'}\n")
    ran = kind.run("--noinput")
    assert ran.returncode == 3, ran
    assert "'production_like' exists and was not made by greenroom" in ran.stderr
    kept = kind.project.start(sys.executable, "make.py", "drop").finish()
    assert kept.returncode == 0, kept


ONE_TEST = """\
    from django.test import TestCase


    class OneTests(TestCase):
        def test_a(self):
            pass
    """

MAKE = """\
    import os
    import sys

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    import django

    django.setup()
    from django.db import connection

    with connection.creation._nodb_cursor() as cursor:
        if sys.argv[1] == "make":
            cursor.execute("CREATE DATABASE production_like")
        else:
            cursor.execute("DROP DATABASE production_like")
    """

LOOK = """\
    import os
    import sys

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    import django

    django.setup()
    from django.db import connection

    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_swept%'")
        print(sorted(row[0] for row in cursor.fetchall()))
    """

SLEEPS = """\
    import time

    from django.test import TestCase


    class SleepTests(TestCase):
        def test_a(self):
            time.sleep(30)


    class MoreTests(SleepTests):
        pass


    class QuickTests(TestCase):
        def test_a(self):
            pass
    """


@pytest.mark.one_pair
@pytest.mark.parametrize("name", ["file", "postgresql"])
def test_what_a_killed_run_left_is_swept(
    name: str, request: pytest.FixtureRequest, make_project: Callable[..., Project]
) -> None:
    """The databases of its workers go with the next run, also when that has no workers."""
    kind = make_kind(request, make_project, name)
    kind.project.write("shop/tests.py", SLEEPS)
    kind.project.write("look.py", LOOK)
    if name == "postgresql":
        settings = kind.project.root / "settings.py"
        settings.write_text(settings.read_text() + "\nDATABASES['default']['NAME'] = 'swept'\n")

    def left() -> set[str]:
        if name == "file":
            return {path.name for path in kind.project.root.glob("test_real*.sqlite3")}
        return set(re.findall(r"'(\w+)'", kind.project.start(sys.executable, "look.py").finish().stdout))

    run = kind.project.start_manage_test("shop.tests.SleepTests", "shop.tests.MoreTests", "--parallel", "2")
    run.wait_for_event(lambda event: isinstance(event, TestStarted), "a test has begun")
    run.process.send(signal.SIGKILL)
    run.finish()
    assert len(left()) == 3
    kind.good("shop.tests.QuickTests")
    assert left() == set()
