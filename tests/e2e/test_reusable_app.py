"""`greenroom test` for a reusable app, which has no manage.py, and the `greenroom` command itself."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

import greenroom
from greenroom.testing import check_stream
from tests.e2e.support import Mode, in_every_mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project


@pytest.fixture
def app(make_project: Callable[..., Project]) -> Project:
    """A reusable app: a package, its tests beside it with settings of their own, no manage.py."""
    project = make_project()
    (project.root / "manage.py").unlink()
    (project.root / "settings.py").rename(project.root / "scratch")
    project.write("tests/__init__.py", "")
    project.write("tests/settings.py", (project.root / "scratch").read_text())
    (project.root / "scratch").unlink()
    project.write(
        "tests/test_items.py",
        """\
        from django.test import TestCase
        from shop.models import Item

        class Items(TestCase):
            def test_create(self):
                self.assertEqual(Item.objects.create(name="new").name, "new")

            def test_none(self):
                self.assertFalse(Item.objects.exists())

        class More(TestCase):
            def test_fails(self):
                self.fail("to be seen")
        """,
    )
    return project


OUTCOMES = {
    "tests.test_items.Items.test_create": "passed",
    "tests.test_items.Items.test_none": "passed",
    "tests.test_items.More.test_fails": "failed",
}
BARE = {"DJANGO_SETTINGS_MODULE": ""}


@in_every_mode
def test_one_command_tests_an_app(app: Project, mode: Mode) -> None:
    """`greenroom test --settings tests.settings` runs the tests of an app without manage.py, in every mode."""
    ran = app.greenroom_test("--settings", "tests.settings", *mode.args, start_method=mode.start_method, env=BARE)
    check_stream(ran.events)
    assert ran.outcomes == OUTCOMES, ran
    assert ran.returncode == 1
    assert "to be seen" in ran.stderr
    assert "greenroom: 3 tests, 1 failure, 0 errors, 0 skipped in " in ran.output


@pytest.mark.parametrize(
    "labels", [["tests"], ["tests.test_items"], ["tests/test_items.py"], ["tests/"], ["."]], ids=" ".join
)
def test_labels(app: Project, labels: list[str]) -> None:
    """Labels mean what they mean to `manage.py test`."""
    assert app.greenroom_test(*labels, "--settings", "tests.settings", env=BARE).outcomes == OUTCOMES


def test_settings_from_the_environment(app: Project) -> None:
    """`DJANGO_SETTINGS_MODULE` names the settings where no option does; the option comes first where both do."""
    assert app.greenroom_test(env={"DJANGO_SETTINGS_MODULE": "tests.settings"}).outcomes == OUTCOMES
    ran = app.greenroom_test("--settings=tests.settings", env={"DJANGO_SETTINGS_MODULE": "no.such.settings"})
    assert ran.outcomes == OUTCOMES


def test_options_of_manage_test(app: Project) -> None:
    """The options of `manage.py test` are those of `greenroom test`."""
    ran = app.greenroom_test(
        "--settings", "tests.settings", "-v", "2", "--reverse", "-k", "Items", "--timing", env=BARE
    )
    assert ran.order == ["tests.test_items.Items.test_none", "tests.test_items.Items.test_create"]
    assert "test_none (tests.test_items.Items.test_none) ... ok" in ran.stderr
    assert "Total run took" in ran.output


def test_the_runner_of_the_settings_is_used(app: Project) -> None:
    """A subclass of greenroom's runner that the settings name is the one that `greenroom test` runs."""
    app.write(
        "tests/runner.py",
        """\
        from greenroom import TestRunner

        class Runner(TestRunner):
            def setup_databases(self, **kwargs):
                print("set up by the runner of the settings")
                return super().setup_databases(**kwargs)
        """,
    )
    settings = app.root / "tests" / "settings.py"
    settings.write_text(settings.read_text() + 'TEST_RUNNER = "tests.runner.Runner"\n')
    ran = app.greenroom_test("--settings", "tests.settings", env=BARE)
    assert "set up by the runner of the settings" in ran.stdout
    assert ran.outcomes == OUTCOMES


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ([], "--settings"),
        (["--settings", "no.such.settings"], "no.such.settings"),
        (["--settings", "tests.setings"], "tests.setings"),
    ],
    ids=["none", "unknown", "misspelt"],
)
def test_missing_settings_are_one_clear_error(app: Project, args: list[str], named: str) -> None:
    """Without settings, or with settings that can't be found, the command says so and what to do, without a traceback."""
    ran = app.greenroom_test(*args, env=BARE)
    assert ran.returncode in {2, 3}, ran
    assert named in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) <= 4


def test_settings_that_are_broken_show_why(app: Project) -> None:
    """Settings that raise when they are imported show where: the mistake is in there, not in the option."""
    app.write("tests/broken.py", "from tests.settings import *\nINSTALLED_APPS += [undefined_name]\n")
    ran = app.greenroom_test("--settings", "tests.broken", env=BARE)
    assert ran.returncode != 0
    assert "undefined_name" in ran.stderr
    assert "broken.py" in ran.stderr


def test_version(app: Project) -> None:
    """`greenroom --version` prints the version, of Python and Django too, where a bug report needs them."""
    ran = app.greenroom("--version", env=BARE)
    assert ran.returncode == 0
    assert greenroom.__version__ in ran.stdout


def test_help_names_the_commands(app: Project) -> None:
    """`greenroom --help` names each command, and works without settings."""
    ran = app.greenroom("--help", env=BARE)
    assert ran.returncode == 0
    for command in ("test", "list", "replay"):
        assert re.search(rf"\b{command}\b", ran.stdout), ran


def test_help_of_test_names_the_options(app: Project) -> None:
    """`greenroom test --help` names Django's options and greenroom's own."""
    ran = app.greenroom("test", "--help", env={"DJANGO_SETTINGS_MODULE": "tests.settings"})
    assert ran.returncode == 0
    for option in (
        "--parallel",
        "--tag",
        "--debug-sql",
        "--settings",
        "--events",
        "--timeout",
        "--no-tests",
        "--checks",
    ):
        assert option in ran.stdout


@pytest.mark.parametrize(
    "args", [["tset"], ["--no-such-option"], ["test", "--no-such-option", "--settings=tests.settings"]], ids=" ".join
)
def test_wrong_usage(app: Project, args: list[str]) -> None:
    """A command or an option that does not exist is wrong usage: exit code 2, no traceback."""
    ran = app.greenroom(*args, env=BARE)
    assert ran.returncode == 2, ran
    assert args[0] in ran.stderr or "--no-such-option" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_script(app: Project) -> None:
    """The function behind the `greenroom` script finds the app in the folder where it is called."""
    program = "import sys; sys.path[:] = [p for p in sys.path if p]; from greenroom.cli import main; sys.exit(main())"
    ran = app.start(*(sys.executable, "-P", "-c", program, "test", "--settings", "tests.settings"), env=BARE).finish()
    assert ran.outcomes == OUTCOMES, ran
    assert ran.returncode == 1
