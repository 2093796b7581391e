"""Filter expressions, profiles and overrides under the `pytest` command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran

TESTS = """\
    import os
    import time
    from pathlib import Path

    import pytest
    from django.test import SimpleTestCase, TestCase, tag

    LOCK = Path(__file__).with_name("lock")

    def test_function(): pass

    @pytest.mark.slow
    @pytest.mark.parametrize("number", [1, 2])
    def test_numbers(number): pass

    def test_database(db): pass

    def test_known(): assert 0

    def test_stuck(): time.sleep(30)

    class Case(TestCase):
        def test_method(self): pass

        @tag("django")
        def test_tagged(self): pass
    """
ALONE = """\
    import os
    import time
    from pathlib import Path

    LOCK = Path(__file__).with_name("lock")

    def test_alone():
        os.close(os.open(LOCK, os.O_CREAT | os.O_EXCL))
        time.sleep(0.5)
        LOCK.unlink()
    """
FILES = {
    "shop/test_x.py": TESTS,
    "shop/test_one.py": ALONE,
    "shop/test_two.py": ALONE,
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = settings\nmarkers = slow\n",
    "pyproject.toml": """\
        [[tool.greenroom.overrides]]
        filter = "name(stuck)"
        timeout = 0.3
        [[tool.greenroom.overrides]]
        filter = "file(/test_(one|two)/)"
        mutex = "the lock"
        [[tool.greenroom.profiles.ci.overrides]]
        filter = "test(test_known)"
        quarantine = "everybody knows"
        """,
}


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """A project with functions and test cases."""
    return make_shared_project(files=FILES)


def run(project: Project, *args: str) -> Ran:
    """Run pytest."""
    return project.start(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *args).finish()


def names(ran: Ran) -> set[str]:
    """The tests that ran."""
    return {event.test.rpartition(":")[2].rpartition(".")[2] for event in ran.events.finished}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tag(slow)", {"test_numbers[1]", "test_numbers[2]"}),
        ("name(=test_numbers) - name(*2?)", {"test_numbers[1]"}),
        ("kind(database) & app(shop)", {"test_database", "test_method", "test_tagged"}),
        ("class(Case) & !tag(django)", {"test_method"}),
        ("test(shop/test_x.py::test_function)", {"test_function"}),
        ("database(default) - class(shop.test_x.Case)", {"test_database"}),
    ],
)
def test_a_filter_chooses(project: Project, expression: str, expected: set[str]) -> None:
    """Marks are tags, node ids are names of tests."""
    ran = run(project, "-E", expression, "shop")
    assert names(ran) == expected, ran
    assert ran.returncode == 0


@pytest.mark.parametrize("option", ["--filter", "--greenroom-filter"])
def test_other_names_of_the_option(project: Project, option: str) -> None:
    """Its value is no path, whichever it is."""
    assert names(run(project, option, "tag(django)", "shop")) == {"test_tagged"}


def test_several_filters_and_none_that_fits(project: Project) -> None:
    """Any of them; pytest's own exit code where nothing is left."""
    assert names(run(project, "-E", "tag(django)", "-E", "name(function)")) == {"test_tagged", "test_function"}
    assert run(project, "-E", "tag(nothing)").returncode == 5


@pytest.mark.parametrize("args", [(), ("--workers", "2"), ("--no-fast-path",)], ids=str)
def test_quarantine_by_an_override_of_a_profile(project: Project, args: tuple[str, ...]) -> None:
    """Only with the profile."""
    ran = run(project, "--profile", "ci", "-E", "name(known)", *args)
    assert ran.returncode == 0, ran
    check_stream(ran.events)
    assert [event.quarantine for event in ran.events.finished] == ["everybody knows"]
    assert run(project, "-E", "name(known)", *args).returncode == 1


def test_workers_end_what_takes_longer(project: Project) -> None:
    """A time limit counts where pytest's tests have one: with `--workers`."""
    ran = run(project, "-E", "name(stuck)", "--workers", "1")
    assert ran.returncode == 1
    assert "longer than 0.3 seconds" in ran.stdout


def test_workers_keep_a_mutex(project: Project) -> None:
    """No two files whose tests name the same run at once."""
    ran = run(project, "-E", "name(alone)", "--workers", "2")
    assert (ran.returncode, len(names(ran))) == (0, 1), ran
    assert len(ran.events.finished) == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [(("-E", "tga(x)"), "there is no predicate 'tga'"), (("--greenroom-profile", "cii"), "Did you mean ci?")],
)
def test_mistakes_are_pytests_usage_errors(project: Project, args: tuple[str, ...], words: str) -> None:
    """Exit code 4, and no traceback."""
    ran = run(project, *args)
    assert ran.returncode == 4
    assert words in ran.stderr
    assert "Traceback" not in ran.output


def test_an_option_that_is_taken_is_left_alone(make_project: Callable[..., Project]) -> None:
    """The long name still works."""
    conftest = 'def pytest_addoption(parser):\n    parser.addoption("-E", action="append")\n'
    project = make_project(files={**FILES, "conftest.py": conftest})
    ran = run(project, "-E", "anything", "--greenroom-filter", "name(function)", "shop/test_x.py")
    assert names(ran) == {"test_function"}, ran
