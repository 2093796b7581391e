"""Snapshots and resets through `manage.py test`, on every kind of database."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from greenroom.events import DatabaseStep, TestStarted
from greenroom.testing import Project, Ran

KINDS = ("memory", pytest.param("file", marks=pytest.mark.one_pair), "postgresql", "mariadb")

FILL = """\
    from django.db import migrations


    def fill(apps, schema_editor):
        apps.get_model("shop", "Item").objects.create(name="from a migration")


    class Migration(migrations.Migration):
        dependencies = [("shop", "0001_initial")]
        operations = [migrations.RunPython(fill)]
    """

PRICE = """\
    from django.db import migrations, models


    class Migration(migrations.Migration):
        dependencies = [("shop", "0002_fill")]
        operations = [migrations.AddField("item", "price", models.IntegerField(default=7))]
    """

TESTS = """\
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.test import TestCase, TransactionTestCase

    from shop.models import Item


    class RowTests(TestCase):
        def test_the_row_of_the_migration_is_there(self):
            self.assertEqual([item.name for item in Item.objects.all()], ["from a migration"])

        def test_permissions_are_there(self):
            self.assertEqual(Permission.objects.filter(content_type__app_label="shop").count(), 4)


    class CommitTests(TransactionTestCase):
        def test_a(self):
            Item.objects.create(name="a")

        def test_b(self):
            self.assertEqual(Item.objects.count(), 0)
            self.assertEqual(ContentType.objects.filter(app_label="shop").count(), 1)
            Item.objects.create(name="b")
            ContentType.objects.all().delete()

        def test_c(self):
            self.assertEqual(Item.objects.count(), 0)
            self.assertEqual(Permission.objects.filter(content_type__app_label="shop").count(), 4)
    """


@dataclass
class Kind:
    """A project on one kind of database."""

    name: str
    project: Project

    def run(self, *args: str, **how: Any) -> Ran:
        """`manage.py test`."""
        return self.project.manage_test(*args, **how)

    def good(self, *args: str, **how: Any) -> list[DatabaseStep]:
        """The same, all of whose tests must pass; what was done to databases is given back."""
        ran = self.run(*args, **how)
        assert ran.returncode == 0, ran
        return steps(ran)


def steps(ran: Ran) -> list[DatabaseStep]:
    """What a run did to databases."""
    return [event for event in ran.events if isinstance(event, DatabaseStep)]


def deeds(done: list[DatabaseStep]) -> set[str]:
    """The words for it, without what is done each time."""
    return {step.deed for step in done} - {"fingerprint", "dropped"}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, make_project: Callable[..., Project]) -> Kind:
    """A project with a data migration, on each kind of database."""
    return make_kind(request, make_project, request.param)


def make_kind(request: pytest.FixtureRequest, make_project: Callable[..., Project], name: str) -> Kind:
    """A project with a data migration, on this kind of database."""
    settings = ""
    if name in {"postgresql", "mariadb"}:
        server = {**request.getfixturevalue(f"{name}_server"), "NAME": "shop"}
        settings = f"DATABASES = {{'default': {server!r}}}"
    project = make_project(
        databases=name if name in {"memory", "file"} else "memory",
        apps=["django.contrib.contenttypes", "django.contrib.auth"],
        settings=settings,
        files={"shop/migrations/0002_fill.py": FILL, "shop/tests.py": TESTS},
    )
    return Kind(name, project)


@pytest.mark.parametrize("more", [(), ("--parallel", "2")], ids=["serial", "parallel"])
def test_later_runs_restore(kind: Kind, more: tuple[str, ...]) -> None:
    """The first run migrates and saves; from then on nothing migrates, and the tests see the same."""
    first = deeds(kind.good(*more))
    assert {"migrated", "saved"} <= first
    for _ in range(2):
        later = kind.good(*more)
        assert "restored" in deeds(later)
        assert not {"migrated", "saved"} & deeds(later)
        assert sum(step.count for step in later if step.deed == "reset") == 3


def test_spawned_workers(kind: Kind) -> None:
    """Workers that inherit nothing find their databases, and reset them."""
    for _ in range(2):
        done = kind.good("--parallel", "2", start_method="spawn")
    assert "restored" in deeds(done)
    assert sum(step.count for step in done if step.deed == "reset") == 3


def test_new_migrations_go_on_top(kind: Kind) -> None:
    """The older ones are not repeated, and the result is kept for itself: going back finds the old one."""
    kind.good()
    path = kind.project.write("shop/migrations/0003_price.py", PRICE)
    model = kind.project.root / "shop/models.py"
    before = model.read_text()
    model.write_text(before.replace("max_length=50)", "max_length=50)\n    price = models.IntegerField(default=7)"))
    on_top = [step for step in kind.good() if step.deed == "migrated"]
    assert [("on top" in step.detail) for step in on_top] == [True]
    assert not {"migrated"} & deeds(kind.good())
    path.unlink()
    model.write_text(before)
    assert not {"migrated"} & deeds(kind.good())


def test_what_is_changed_is_made_anew(kind: Kind) -> None:
    """A migration that was edited: the run says so, and its tests see what it makes now."""
    kind.good()
    kind.project.write("shop/migrations/0002_fill.py", FILL.replace("from a migration", "edited"))
    ran = kind.run("shop.tests.RowTests")
    assert ran.returncode == 1
    done = steps(ran)
    assert "migrated" in deeds(done)
    assert any("shop.0002_fill" in step.detail for step in done if step.deed == "made anew")


@pytest.mark.one_pair
def test_what_does_not_matter_restores(kind: Kind) -> None:
    """A view, a template, a test."""
    kind.good()
    kind.project.write("shop/views.py", "WORD = 'new'\n")
    kind.project.write("shop/templates/a.html", "new")
    kind.project.write("shop/tests.py", TESTS.replace("test_a", "test_a_renamed"))
    assert "migrated" not in deeds(kind.good())


@pytest.mark.one_pair
def test_fresh_db_and_snapshots_off(kind: Kind) -> None:
    """`--fresh-db` makes all anew and keeps it; without snapshots Django does it all."""
    kind.good()
    assert "migrated" in deeds(kind.good("--fresh-db"))
    assert "migrated" not in deeds(kind.good())
    off = kind.good(env={"GREENROOM_SNAPSHOTS": "false"})
    assert deeds(off) == {"reset"}


def test_keepdb_is_never_stale(kind: Kind) -> None:
    """Rows that a kept database was left with are gone in the next run."""
    kind.good("--keepdb")
    kind.good("--keepdb", "shop.tests.CommitTests.test_a")
    kind.good("--keepdb")
    kind.good()


def test_baseline_keeps_the_rows_of_migrations(kind: Kind) -> None:
    """With `--reset baseline` a test that commits finds them, and leaves nothing."""
    kind.project.write(
        "shop/tests.py",
        """\
        from django.test import TransactionTestCase

        from shop.models import Item


        class CommitTests(TransactionTestCase):
            def check(self):
                self.assertEqual([item.name for item in Item.objects.all()], ["from a migration"])
                Item.objects.create(name="more")
                Item.objects.filter(name="from a migration").update(name="changed")

            test_a = test_b = test_c = check
        """,
    )
    kind.good("--reset", "baseline")
    kind.good("--reset", "baseline", "--parallel", "2")
    assert kind.run("--reset", "compat").returncode == 1


def test_changed_tables_mean_a_new_lease(kind: Kind) -> None:
    """A table that a test made is gone for the next one."""
    kind.project.write(
        "shop/tests.py",
        """\
        from django.db import connection
        from django.test import TransactionTestCase


        class SchemaTests(TransactionTestCase):
            def check(self):
                with connection.cursor() as cursor:
                    self.assertNotIn("extra", connection.introspection.table_names(cursor))
                    cursor.execute("CREATE TABLE extra (id integer)")

            test_a = test_b = test_c = check
        """,
    )
    done = kind.good()
    assert {"renewed"} <= {step.detail for step in done if step.deed == "reset"}


@pytest.mark.one_pair
def test_two_runs_at_once(kind: Kind) -> None:
    """Each has a database of its own, and the one that comes second waits for the snapshot of the first."""
    kind.project.write(
        "shop/tests.py",
        """\
        import time

        from django.test import TransactionTestCase

        from shop.models import Item


        class SlowTests(TransactionTestCase):
            def check(self):
                Item.objects.create(name="mine")
                time.sleep(0.5)
                self.assertEqual(Item.objects.filter(name="mine").count(), 1)

            test_a = test_b = check
        """,
    )
    runs = [kind.project.start_manage_test() for _ in range(2)]
    ended = [run.finish() for run in runs]
    assert [ran.returncode for ran in ended] == [0, 0], ended
    assert sum("migrated" in deeds(steps(ran)) for ran in ended) == 1


@pytest.mark.one_pair
def test_timing_tells(kind: Kind) -> None:
    """`--timing` has a line for what was done."""
    kind.good()
    out = kind.run("--timing").stdout
    assert "Database 'default': restored (snapshot " in out
    assert "Database 'default': reset (" in out


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
    import sqlite3

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
