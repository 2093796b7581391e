"""Options, kinds, resources, servers, checks, recordings and history under the pytest command."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from greenroom.events import TestFinished, TestPlanned
from greenroom.testing import check_stream
from tests.pytest_plugin.support import pytest_project, run_pytest, stock

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

KINDS = {
    "test_kinds.py": """\
        import urllib.request

        import pytest
        from django.test import TestCase, TransactionTestCase
        from shop.models import Item
        import greenroom

        def test_unit():
            pass

        def test_database(db):
            pass

        def test_destructive(transactional_db):
            pass

        def test_http(http_server):
            Item.objects.create(name="in the transaction")
            with urllib.request.urlopen(f"{http_server.url}/count/") as answer:
                assert answer.read().endswith(b">1")

        @pytest.mark.browser
        def test_marked():
            pass

        class Case(TestCase):
            def test_case(self):
                pass

        class Committing(TransactionTestCase):
            def test_committing(self):
                pass

        @pytest.mark.requires("env:SURELY_NOT_SET")
        def test_needs():
            raise AssertionError

        @greenroom.requires("env:SURELY_NOT_SET")
        def test_needs_too():
            raise AssertionError

        @pytest.mark.database
        def test_accounts(user, admin, groups, django_client, slot):
            assert not user.is_superuser and admin.is_superuser
            assert [group.user_set.get().username for group in groups] == ["group1", "group2", "group3"]
            assert user.check_password("user") and slot.number() >= 0
            assert django_client.get("/nothing/").status_code == 404
        """,
}


def names(outcomes: dict[str, str]) -> set[str]:
    """The names of tests without their places."""
    return {name.rpartition("::")[2].removeprefix("test_") for name in outcomes}


@pytest.mark.parametrize(
    ("args", "chosen"),
    [
        (("--kind", "unit"), ["unit", "needs", "needs_too"]),
        (("--greenroom-kind=http", "--kind", "browser"), ["http", "marked"]),
        (("-m", "destructive"), ["destructive", "committing"]),
        (("-m", "database"), ["database", "case", "accounts"]),
    ],
    ids=str,
)
def test_kinds(make_project: Callable[..., Project], args: tuple[str, ...], chosen: list[str]) -> None:
    """By marks, fixtures and classes."""
    ran = run_pytest(pytest_project(make_project, KINDS), *args)
    ran.all_passed()
    assert names(ran.outcomes) == set(chosen)


def test_marks_of_the_project(make_project: Callable[..., Project]) -> None:
    """What it has registered as its own selects what it always did."""
    project = pytest_project(make_project, KINDS)
    with (project.root / "pytest.ini").open("a") as file:
        file.write("markers =\n    browser: where the user clicks\n    unit\n    requires\n")
    ran = run_pytest(project, "-m", "browser or unit")
    assert names(ran.outcomes) == {"marked"}


def test_required_resources(make_project: Callable[..., Project]) -> None:
    """A test that lacks something is skipped; where it is demanded, it fails."""
    project = pytest_project(make_project, KINDS)
    assert "pytest.skip" in run_pytest(project, "-k", "needs").outcomes["test_kinds::test_needs_too"]
    ran = run_pytest(project, "-k", "needs", "--require", "env")
    assert ran.code == 1
    assert ran.output.count("needs env:SURELY_NOT_SET") >= 2
    assert run_pytest(project, "--require", "rediss").code == 4


def test_pipeline(make_project: Callable[..., Project]) -> None:
    """The fast ones first; where one of them fails the slow ones do not begin."""
    project = pytest_project(make_project, KINDS)
    assert run_pytest(project, "--pipeline").ran.order[0].endswith("test_unit")
    project.write("test_fails.py", "def test_fails():\n    assert 0\n")
    ran = run_pytest(project, "--pipeline")
    assert names(ran.outcomes) == {"unit", "needs", "needs_too", "fails"}
    assert ran.code == 1
    assert "a test of a faster kind failed, and 7 of the slower kinds did not run" in ran.output
    assert run_pytest(project, "--pipeline", "-n", "2").code != 0


def test_failures_of_the_server(make_project: Callable[..., Project]) -> None:
    """What it raised is told with the test, and what the test attached."""
    files = {
        "test_server.py": """\
            import urllib.request
            import greenroom

            def test_boom(http_server):
                greenroom.attach("note.txt", "kept")
                urllib.request.urlopen(f"{http_server.url}/boom/")
            """
    }
    ran = run_pytest(pytest_project(make_project, files))
    assert ran.code == 1
    assert "ValueError: the view broke" in ran.output
    assert "note.txt: .greenroom/attachments/" in ran.output
    (finished,) = [event for event in ran.ran.events if isinstance(event, TestFinished)]
    assert [kept.name for kept in finished.attachments] == ["note.txt"]
    assert finished.outcome == "failed"


def test_options_of_others(make_project: Callable[..., Project]) -> None:
    """A conftest file may have an option of any name."""
    conftest = """\
        import pytest

        def pytest_addoption(parser):
            parser.addoption("--kind", action="store_true")
            parser.addoption("--browser", default="none")

        @pytest.fixture
        def user(request):
            return request.config.getoption("--kind"), request.config.getoption("--browser")
        """
    tests = "def test_mine(user):\n    assert user == (True, 'lynx')\n"
    project = pytest_project(make_project, {"conftest.py": conftest, "test_mine.py": tests})
    run_pytest(project, "--kind", "--browser", "lynx", "--greenroom-kind", "unit").all_passed("test_mine")


def test_wrong_options(make_project: Callable[..., Project]) -> None:
    """A value that is none is a mistake of usage."""
    ran = run_pytest(pytest_project(make_project, KINDS), "--kind", "unti")
    assert ran.code == 4
    assert "Did you mean unit?" in ran.output


BROKEN_CHECK = """
    from django.core import checks

    @checks.register("models")
    def broken(app_configs, **kwargs):
        return [checks.Error("nothing is right", id="shop.E001")]
    """


@pytest.mark.parametrize("args", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_system_checks(make_project: Callable[..., Project], args: tuple[str, ...]) -> None:
    """A failed one fails the run, and no test."""
    project = pytest_project(make_project, {**KINDS, "shop/apps.py": "from django.apps import AppConfig\n"})
    project.write("shop/__init__.py", "")
    source = (project.root / "shop/models.py").read_text()
    project.write("shop/models.py", f"{source}\n\nimport shop.checks\n")
    project.write("shop/checks.py", BROKEN_CHECK)
    ran = run_pytest(project, *args)
    assert ran.code == 1
    assert "shop.E001" in ran.output
    assert ran.outcomes.keys() == stock(project).outcomes.keys()
    assert {way for way in ran.outcomes.values() if way} == {"pytest.skip"}
    assert run_pytest(project, "--checks", "off", *args).code == 0


def test_a_system_check_that_breaks(make_project: Callable[..., Project]) -> None:
    """It fails the run, as one that finds a fault, and no test: not the one that it happens to run before."""
    breaking = BROKEN_CHECK.replace("return [", "raise ImportError([").replace('E001")]', 'E001")])')
    tests = "def test_rows(db): pass\n\n\ndef test_none(): pass\n"
    project = pytest_project(make_project, {"test_it.py": tests, "shop/checks.py": breaking})
    project.write("shop/models.py", f"{(project.root / 'shop/models.py').read_text()}\n\nimport shop.checks\n")
    ran = run_pytest(project)
    assert (ran.code, ran.ran.outcomes) == (1, {"test_it.py::test_rows": "passed", "test_it.py::test_none": "passed"})
    assert "shop.E001" in ran.output
    assert "--checks=off" in ran.output


def test_recording_and_history(make_project: Callable[..., Project]) -> None:
    """A recording is whole and can be replayed; a unittest test case has the name that it has everywhere."""
    project = pytest_project(make_project, KINDS)
    ran = run_pytest(project)
    check_stream(ran.ran.events)
    planned = [event.spec.id for event in ran.ran.events if isinstance(event, TestPlanned)]
    assert "test_kinds.Case.test_case" in planned
    assert "test_kinds.py::test_unit" in planned
    replayed = project.greenroom("replay", str(next(project.root.parent.glob("runs/*/events.jsonl"))))
    assert replayed.returncode == 0
    assert "greenroom: 10 tests, 0 failures, 0 errors, 2 skipped" in replayed.output
    with closing(sqlite3.connect(project.root / ".greenroom/history.sqlite3")) as history:
        known = {name for (name,) in history.execute("select id from tests")}
    assert "test_kinds.py::test_http" in known
    parallel = run_pytest(project, "-n", "2").ran
    assert parallel.outcomes == ran.ran.outcomes


def test_without_settings(make_project: Callable[..., Project]) -> None:
    """Nothing of Django is loaded, and nothing is left behind."""
    tests = """\
        import sys

        def test_nothing():
            assert "greenroom.pytest_plugin.start" not in sys.modules
            assert "msgspec" not in sys.modules
        """
    project = make_project(files={"pytest.ini": "[pytest]\n", "test_nothing.py": tests})
    run_pytest(project).all_passed("test_nothing")
    assert not (project.root / ".greenroom").exists()


def test_browsers(make_project: Callable[..., Project]) -> None:
    """A page and a driver, in the transaction of the test; a failure keeps what they show."""
    files = {
        "test_browsers.py": """\
            from shop.models import Item

            def test_page(browser_page):
                Item.objects.create(name="in the transaction")
                browser_page.goto("/count/")
                assert browser_page.text_content("body") == "1"

            def test_driver(browser_driver):
                browser_driver.get("/count/")
                assert browser_driver.title == "items"

            def test_fails(browser_page):
                browser_page.goto("/count/")
                raise AssertionError
            """
    }
    ran = run_pytest(pytest_project(make_project, files), "--kind", "browser")
    assert [name for name, way in ran.outcomes.items() if way] == ["test_browsers::test_fails"], ran.ran
    assert "screenshot.png: .greenroom/attachments/" in ran.output


def test_checks_make_nothing_that_fixtures_still_change(make_project: Callable[..., Project]) -> None:
    """Template engines are made once: `--fail-on-template-vars` is heard of though the system checks looked at them."""
    project = pytest_project(
        make_project,
        {
            "test_templates.py": """\
                import pytest
                from django.template import engines
                from django.urls import resolve

                @pytest.fixture(scope="session", autouse=True)
                def other_urls():
                    from django.conf import settings
                    settings.ROOT_URLCONF = "other_urls"

                def test_template(client):
                    engines["django"].from_string("<p>{{ missing }}</p>").render()

                def test_urls(client):
                    assert resolve("/other/")
                """,
            "other_urls.py": """\
                from django.urls import path
                urlpatterns = [path("other/", lambda request: None)]
                """,
        },
        settings='TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {}}]\n',
    )
    ran = run_pytest(project, "--fail-on-template-vars")
    assert {name: bool(outcome) for name, outcome in ran.outcomes.items()} == {
        "test_templates::test_template": True,
        "test_templates::test_urls": False,
    }
    assert "Undefined template variable 'missing'" in ran.output


def test_checks_leave_no_answers_of_the_database(make_project: Callable[..., Project]) -> None:
    """A test that asks the database what the system checks asked it, and may not use it, fails as it does without them."""
    project = pytest_project(
        make_project,
        {
            "test_json.py": """\
                from django.core.management import call_command

                def test_database(db):
                    pass

                def test_checks_again():
                    call_command("check")
                """,
        },
    )
    source = (project.root / "shop/models.py").read_text()
    project.write("shop/models.py", f"{source}\n\nclass Note(models.Model):\n    text = models.JSONField()\n")
    ran = run_pytest(project)
    assert ran.outcomes == stock(project).outcomes
    assert ran.outcomes["test_json::test_checks_again"]


@pytest.mark.parametrize("name", ["django", "pytest_django.plugin"])
def test_without_entry_points(make_project: Callable[..., Project], name: str) -> None:
    """Plugins that are named one by one, by whichever of their names."""
    project = pytest_project(make_project, {"test_one.py": "def test_one(db, user):\n    assert user.pk\n"})
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = run_pytest(project, "-p", name, "-p", "greenroom.pytest_plugin.plugin", "-W", "ignore", env=env)
    ran.all_passed("test_one")
    check_stream(ran.ran.events)


def test_checks_that_need_a_database_wait_for_one(make_project: Callable[..., Project]) -> None:
    """The first test that uses Django without a database passes, though a check asks the database what it can do."""
    files = {"test_json.py": "def test_client(client):\n    pass\n"}
    project = pytest_project(make_project, files)
    source = (project.root / "shop/models.py").read_text()
    project.write("shop/models.py", f"{source}\n\nclass Note(models.Model):\n    text = models.JSONField()\n")
    run_pytest(project).all_passed("test_client")
