"""Several databases, and all that `TransactionTestCase` promises, with outcomes as under stock in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.databases_project import TESTS
from tests.e2e.support import FORK, MODES, PARALLEL, SERIAL, SPAWN, Mode, Runs, Trials, in_every_mode, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project


MODULES = ("test_two", "test_transactions", "test_fixtures")
SHUFFLED = ("--shuffle", "11")


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project], make_runs: Callable[[Project], Runs]) -> Runs:
    """Runs of tests on two databases, with rows from a migration and with fixtures."""
    apps = ["django.contrib.contenttypes", "django.contrib.auth"]
    runs = make_runs(make_shared_project(databases="two", apps=apps, files=TESTS))
    runs.plan_each([[]], MODES)
    runs.plan_each([(f"shop.tests.{name}", *SHUFFLED) for name in MODULES], [FORK, SPAWN])
    return runs


@in_every_mode
def test_outcomes_are_those_of_stock(runs: Runs, mode: Mode) -> None:
    """Databases of a class, fixtures, sequences and available apps work as under stock."""
    ran, stock = runs(mode=mode), runs.stock()
    check_stream(ran.events)
    assert ran.outcomes == stock.outcomes, ran
    assert {test: found[0].outcome for test, found in ran.events.fixtures.items()} == {
        "setUpClass (shop.tests.test_fixtures.Missing)": "error"
    }
    failed = {test.rpartition(".")[2] for test, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {"test_other_is_forbidden", "test_default_is_forbidden"}


@pytest.mark.parametrize("mode", [FORK, SPAWN], ids=str)
@pytest.mark.parametrize("name", MODULES)
def test_each_module_alone_and_shuffled(runs: Runs, mode: Mode, name: str) -> None:
    """Each module alone, shuffled, comes to stock's outcomes: nothing leans on what ran before it in the worker."""
    args = (f"shop.tests.{name}", *SHUFFLED)
    assert runs(*args, mode=mode).outcomes == runs.stock(*args).outcomes


@in_every_mode
def test_only_the_databases_that_are_used_are_made(runs: Runs, mode: Mode) -> None:
    """An alias that no chosen test uses is neither created nor cloned nor migrated."""
    ran = runs("shop.tests.test_transactions.Emptied", "shop.tests.test_transactions.Sequences", "-v", "2", mode=mode)
    assert "Creating test database for alias 'default'" in ran.stderr
    assert "alias 'other'" not in ran.stderr
    assert "Skipping setup of unused database(s): other." in ran.output


UNREACHABLE = {
    "settings": 'DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/no/such/folder/db"}',
    "files": {
        "shop/tests.py": "from django.test import SimpleTestCase\n"
        "class A(SimpleTestCase):\n def test_it(self): pass\n"
        "class B(SimpleTestCase):\n def test_it(self): pass\n"
    },
}


@pytest.fixture(scope="module")
def unreachable(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs of tests that use no database, where there is none."""
    return Trials(make_shared_project, MODES, about=UNREACHABLE)


@in_every_mode
def test_no_database_is_made_where_none_is_used(unreachable: Trials, mode: Mode) -> None:
    """Tests that use no database run without one, even where it could not be reached."""
    ran = unreachable[mode]
    assert ran.returncode == 0, ran
    assert "test database" not in ran.output


ROLLED_BACK = """\
    from django.test import TransactionTestCase
    from shop.models import Item

    class Emptied(TransactionTestCase):
        def test_a(self):
            Item.objects.create(name="committed")

        def test_b(self):
            self.assertFalse(Item.objects.exists())

    class RolledBack(TransactionTestCase):
        serialized_rollback = True

        def check_rows(self):
            self.assertEqual([item.name for item in Item.objects.all()], ["from a migration"])
            Item.objects.all().delete()

        test_one = test_two = lambda self: self.check_rows()
    """


ROWS_MIGRATION = "shop/migrations/0002_rows.py"


@pytest.fixture(scope="module")
def rolled_back(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs of tests that want the rows of a migration back."""
    files = {ROWS_MIGRATION: TESTS[ROWS_MIGRATION], "shop/tests.py": ROLLED_BACK}
    return Trials(make_shared_project, MODES, about={"files": files})


@in_every_mode
def test_serialized_rollback(rolled_back: Trials, mode: Mode) -> None:
    """With `serialized_rollback` the rows of migrations are back for each test, in whichever process it runs."""
    ran = rolled_back[mode]
    check_stream(ran.events)
    assert len(ran.outcomes) == 4
    assert set(ran.outcomes.values()) == {"passed"}, ran


def test_serialized_rollback_under_stock(rolled_back: Trials) -> None:
    """Stock agrees."""
    ran = rolled_back.projects[SERIAL].manage_test(runner="stock")
    assert set(ran.outcomes.values()) == {"passed"}


MIRROR = """\
    from django.test import TransactionTestCase
    from shop.models import Item

    class Mirrored(TransactionTestCase):
        databases = {"default", "replica"}

        def test_replica_sees_the_rows(self):
            Item.objects.create(name="written")
            self.assertEqual(Item.objects.using("replica").get().name, "written")

    class MirroredToo(Mirrored):
        pass
    """


@pytest.fixture(scope="module")
def mirrored(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs with an alias that mirrors another."""
    settings = 'DATABASES["replica"] = {**DATABASES["default"], "TEST": {"MIRROR": "default"}}'
    about = {"databases": "file", "settings": settings, "files": {"shop/tests.py": MIRROR}}
    return Trials(make_shared_project, MODES, about=about)


@in_every_mode
def test_mirror(mirrored: Trials, mode: Mode) -> None:
    """`TEST["MIRROR"]` makes an alias a second name of another's database, in workers too."""
    ran = mirrored[mode]
    assert len(ran.outcomes) == 2
    assert set(ran.outcomes.values()) == {"passed"}, ran


def test_dependencies_decide_the_order(make_project: Callable[..., Project]) -> None:
    """`TEST["DEPENDENCIES"]` decides which database is made first."""
    project = make_project(
        databases="two",
        settings='DATABASES["default"]["TEST"] = {"DEPENDENCIES": ["other"]}\nDATABASES["other"]["TEST"] = {"DEPENDENCIES": []}',
        files={
            "shop/tests.py": "from django.test import TestCase\nclass A(TestCase):\n databases = '__all__'\n def test_it(self): pass\n"
        },
    )
    ran, stock = project.manage_test(), project.manage_test(runner="stock")
    created = [line for line in ran.stderr.splitlines() if line.startswith("Creating")]
    assert created == [line for line in stock.stderr.splitlines() if line.startswith("Creating")]
    assert "other" in created[0]
    assert ran.returncode == 0


@pytest.mark.parametrize("mode", [FORK, SPAWN], ids=str)
def test_a_cycle_of_dependencies(make_project: Callable[..., Project], mode: Mode) -> None:
    """A cycle in `TEST["DEPENDENCIES"]` is refused with Django's ImproperlyConfigured."""
    project = make_project(
        databases="two",
        settings='DATABASES["default"]["TEST"] = {"DEPENDENCIES": ["other"]}\nDATABASES["other"]["TEST"] = {"DEPENDENCIES": ["default"]}',
        files={
            "shop/tests.py": "from django.test import TestCase\nclass A(TestCase):\n databases = '__all__'\n def test_it(self): pass\n"
        },
    )
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    stock = project.manage_test(runner="stock")
    assert ran.returncode == stock.returncode == 1
    assert ran.stderr.splitlines()[-1] == stock.stderr.splitlines()[-1]
    assert "Circular dependency in TEST[DEPENDENCIES]" in ran.stderr


def test_a_database_that_cannot_be_made(make_project: Callable[..., Project]) -> None:
    """Where a database can't be made, the error is the one that stock shows, with the same exit code."""
    project = make_project(
        settings='DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "x", '
        '"TEST": {"NAME": "/no/such/folder/db"}}',
        files={"shop/tests.py": "from django.test import TestCase\nclass A(TestCase):\n def test_it(self): pass\n"},
    )
    ran, stock = project.manage_test("--noinput"), project.manage_test("--noinput", runner="stock")
    assert ran.returncode == stock.returncode == 1
    assert ran.stderr.splitlines()[-1] == stock.stderr.splitlines()[-1]


COMMITTING = "import time\nfrom django.test import TransactionTestCase\nfrom shop.models import Item\n" + "".join(
    f"""
class Case{n}(TransactionTestCase):
    def test_own_rows(self):
        for step in range(15):
            Item.objects.create(name="{n}")
            time.sleep(0.01)
            self.assertEqual(set(Item.objects.values_list("name", flat=True)), {{"{n}"}})
            self.assertEqual(Item.objects.count(), step + 1)
"""
    for n in range(6)
)


@pytest.fixture(scope="module")
def committing(make_shared_project: Callable[..., Project]) -> Trials:
    """Runs of tests that commit rows at the same time."""
    return Trials(make_shared_project, PARALLEL, about={"databases": "file", "files": {"shop/tests.py": COMMITTING}})


@in_workers
def test_workers_never_share_rows(committing: Trials, mode: Mode) -> None:
    """Two workers that commit rows at the same time never see each other's."""
    ran = committing[mode]
    assert set(ran.outcomes.values()) == {"passed"}, ran
    assert len(ran.outcomes) == 6


ANEW = """\
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.test import TransactionTestCase

    def first():
        return ContentType.objects.order_by("pk").first().pk, Permission.objects.order_by("pk").first().pk

    class A(TransactionTestCase):
        def test_one(self): pass
        def test_two(self): pass

    class B(TransactionTestCase):
        reset_sequences = True
        def test_one(self): pass

    class C(TransactionTestCase):
        def test_the_ids_began_anew(self):
            self.assertEqual(first(), (1, 1))

    class D(TransactionTestCase):
        reset_sequences = True
        def test_one(self): pass

    class E(TransactionTestCase):
        serialized_rollback = True
        def test_what_was_serialized_fits(self):
            self.assertEqual(first(), (1, 1))
    """


@pytest.mark.parametrize("runner", ["stock", "greenroom.TestRunner"])
def test_after_a_reset_of_sequences_rows_of_receivers_have_the_ids_that_stock_gives(
    make_project: Callable[..., Project], runner: str
) -> None:
    """Content types and permissions begin at 1 again; a serialized rollback would meet others else."""
    project = make_project(apps=("django.contrib.auth", "django.contrib.contenttypes"), files={"shop/tests.py": ANEW})
    ran = project.manage_test(runner=runner)
    assert ran.returncode == 0, ran
