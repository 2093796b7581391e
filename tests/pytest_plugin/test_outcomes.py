"""Outcomes with greenroom are those of pytest-django without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from greenroom.events import DatabaseStep
from tests.pytest_plugin.samples import ASYNC, EVERYTHING, SCOPED, SERIALIZED
from tests.pytest_plugin.support import PytestRan, pytest_project, run_pytest, stock

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Databases, Project

WORKERS = ("-n", "2")


@pytest.mark.parametrize("databases", ["memory", "file"])
def test_all_that_pytest_django_offers(make_project: Callable[..., Project], databases: Databases) -> None:
    """Fixtures, marks, test cases, an override of `django_db_setup`: alone, and in a worker of xdist's."""
    project = pytest_project(make_project, EVERYTHING, databases=databases)
    before = stock(project)
    assert len(before.outcomes) > 40, before.ran
    for _ in ("made", "restored"):
        with_ours = run_pytest(project)
        assert with_ours.outcomes == before.outcomes
        assert with_ours.code == before.code
    # One worker: with two it is chance which of them has emptied its database before which test.
    parallel = run_pytest(project, "-n", "1")
    assert parallel.outcomes == stock(project, "-n", "1").outcomes


def test_serialized_contents(make_project: Callable[..., Project]) -> None:
    """The rows of migrations are there for each test that asks for them."""
    project = pytest_project(make_project, SERIALIZED)
    before = stock(project)
    assert len(before.outcomes) == 6
    for _ in ("made", "restored"):
        assert run_pytest(project).outcomes == before.outcomes


@pytest.mark.parametrize("option", ["--no-migrations", "--reuse-db", "--create-db"])
def test_options_of_pytest_django(make_project: Callable[..., Project], option: str) -> None:
    """They mean what they mean there; a database that is used again is never stale."""
    project = pytest_project(make_project, EVERYTHING, databases="file")
    before = stock(project, option)
    (project.root / "test_real.sqlite3").unlink(missing_ok=True)
    made = []
    for _ in range(2):
        ran = run_pytest(project, option)
        assert ran.outcomes == before.outcomes
        made.append(migrated(ran))
    assert made == ([1, 1] if option == "--create-db" else [1, 0])


def migrated(ran: PytestRan) -> int:
    """How often a database was made by its migrations, in all processes of a run."""
    return sum(isinstance(event, DatabaseStep) and event.deed == "migrated" for event in ran.ran.events)


def test_migrations_run_once_for_all_workers(make_project: Callable[..., Project]) -> None:
    """One worker makes the snapshot, the other waits for it."""
    project = pytest_project(make_project, SERIALIZED, databases="file")
    assert [migrated(run_pytest(project, *WORKERS)) for _ in range(2)] == [1, 0]


def test_a_database_that_is_there_already(make_project: Callable[..., Project]) -> None:
    """A `django_db_setup` that makes none is left alone."""
    files = {
        "conftest.py": """\
            import pytest

            @pytest.fixture(scope="session")
            def django_db_setup(django_db_blocker):
                from django.conf import settings
                from django.core.management import call_command
                settings.DATABASES["default"]["NAME"] = "there.sqlite3"
                with django_db_blocker.unblock():
                    call_command("migrate", verbosity=0)
            """,
        "test_there.py": """\
            from django.db import connection

            def test_name(db):
                assert connection.settings_dict["NAME"] == "there.sqlite3"
            """,
    }
    project = pytest_project(make_project, files, databases="file")
    run_pytest(project).all_passed("test_name")
    assert (project.root / "there.sqlite3").exists()


@pytest.mark.parametrize("databases", ["memory", "file"])
@pytest.mark.parametrize("args", [(), WORKERS], ids=["alone", "xdist"])
def test_async_tests_roll_back(
    make_project: Callable[..., Project], databases: Databases, args: tuple[str, ...]
) -> None:
    """What is awaited is in the transaction of the test, in tests and in fixtures."""
    ran = run_pytest(pytest_project(make_project, ASYNC, databases=databases), *args)
    ran.all_passed("test_1_writes", "test_2_is_gone", "test_9_flushed")


@pytest.mark.parametrize("databases", ["memory", "file"])
def test_data_of_wider_scopes(make_project: Callable[..., Project], databases: Databases) -> None:
    """It is made once, seen by those who use it and by nobody else, and put back after each test."""
    project = pytest_project(make_project, SCOPED, databases=databases)
    run_pytest(project).all_passed("test_country", "test_town_again", "test_two", "test_commits")
    assert (project.root / "made.txt").read_text() == "once\n"
    run_pytest(project, *WORKERS).all_passed("test_country")


def refused(make_project: Callable[..., Project], source: str) -> Any:
    """A run of one test that uses data of a wider scope."""
    files = {
        "test_refused.py": f"""\
            import pytest
            from shop.models import Item

            @pytest.fixture(scope="module")
            def row(scoped_db):
                return Item.objects.create(name="row")

            @pytest.fixture(scope="session")
            def wide(scoped_db):
                return Item.objects.create(name="wide")

            {source}
            """
    }
    ran = run_pytest(pytest_project(make_project, files))
    assert ran.code == 1, ran.ran
    return ran.output


def test_data_of_wider_scopes_and_commits(make_project: Callable[..., Project]) -> None:
    """A test that commits can't see a transaction."""
    assert "a test that commits can't use data of a wider scope (row)" in refused(
        make_project, "def test_it(row, transactional_db): pass"
    )


def test_data_that_is_asked_for_too_late(make_project: Callable[..., Project]) -> None:
    """The transaction of the test has begun."""
    assert "was asked for within the transaction of a test" in refused(
        make_project, "def test_it(request, db): request.getfixturevalue('row')"
    )


@pytest.mark.postgresql
def test_postgresql(make_project: Callable[..., Project]) -> None:
    """The same on a server: outcomes, data of wider scopes, async tests."""
    server = """
        DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "USER": "tester",
                                 "PASSWORD": "secret", "HOST": "", "PORT": ""}}
        """
    how: Any = {"env": {"GREENROOM_DB_SERVER": "always"}}
    plain = pytest_project(make_project, EVERYTHING)
    served = pytest_project(make_project, EVERYTHING, settings=server)
    assert run_pytest(served, **how).outcomes == stock(plain).outcomes
    run_pytest(pytest_project(make_project, SCOPED, settings=server), **how).all_passed("test_country")
    run_pytest(pytest_project(make_project, ASYNC, settings=server), **how).all_passed("test_2_is_gone")


def test_receivers_that_are_gone(make_project: Callable[..., Project]) -> None:
    """A reset goes by the receivers that Django would call, not by what is left of others."""
    files = {
        "test_gone.py": """\
            from django.db.models import signals

            class Sender:
                pass

            def hear(**about):
                pass

            def test_connects(transactional_db):
                signals.post_migrate.connect(hear, sender=Sender())

            def test_after(transactional_db):
                pass
            """
    }
    run_pytest(pytest_project(make_project, files)).all_passed("test_connects", "test_after")
