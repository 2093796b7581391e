"""Snapshots and resets through `manage.py test`, on every kind of database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from greenroom.testing import Project
from tests.databases.leases.kinds import FILL, PRICE, TESTS, Kind, deeds, make_kind, steps

KINDS = ("memory", pytest.param("file", marks=pytest.mark.one_pair), "postgresql", "mariadb")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, make_project: Callable[..., Project]) -> Kind:
    """A project with a data migration, on each kind of database."""
    return make_kind(request, make_project, request.param)


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
