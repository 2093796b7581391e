"""Doctests under `manage.py test` and `greenroom test`: which ones run, with what, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.events import TestFinished, TestPlanned
from greenroom.testing import check_stream
from tests.doctests.project import FILES
from tests.e2e.support import MODES, SERIAL, Mode, Runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project

MODELS = ["shop.models.Item.__doc__", "shop.models.Item.title.__doc__", "shop.models.Item.total.__doc__",
          "shop.models.__doc__"]  # fmt: skip
CASE = "shop.tests.test_cases.Plain.test_it"
ALL = {
    **dict.fromkeys(MODELS, "passed"),
    "shop.models.Item.total.__doc__": "failed",
    "shop.money.add.__doc__": "passed",
    "shop.money.skipped.__doc__": "skipped",
    "shop.money.broken.__doc__": "failed",
    CASE: "passed",
    f"{CASE}.__doc__": "passed",
    "docs/test_plain.txt": "passed",
    "own.codes.code": "passed",
    "own_txt": "passed",
}


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project]) -> Iterator[Runs]:
    """Runs of a project with doctests."""
    runs = Runs(make_shared_project(files=FILES))
    for mode in MODES:
        runs.plan("--doctest", mode=mode)
    for label, _ in LABELS:
        runs.plan("--doctest", label)
    yield runs
    runs.close()


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_each_docstring_is_a_test(runs: Runs, mode: Mode) -> None:
    """One result for each docstring and text file; those that the project runs by itself once, as it set them up."""
    ran = runs("--doctest", mode=mode)
    check_stream(ran.events)
    assert ran.outcomes == ALL
    assert ran.returncode == 1


def test_without_the_option_nothing_changes(runs: Runs) -> None:
    """Neither modules nor text files are looked at."""
    assert set(runs().outcomes) == {CASE, "own.codes.code", "own_txt"}


def test_the_failing_line_is_told(runs: Runs) -> None:
    """In the traceback, and in the event as a frame: the line of the first example that failed."""
    ran = runs("--doctest")
    [failed] = [event for event in ran.events if isinstance(event, TestFinished) and ".total." in event.test]
    line = FILES["shop/models.py"].splitlines().index("                >>> Item().total(3)") + 1
    raised = failed.problems[0].raised
    assert raised is not None
    assert (raised.frames[-1].file, raised.frames[-1].line) == (str(runs.project.root / "shop/models.py"), line)
    assert len(raised.frames) == 1
    assert f'shop/models.py", line {line}, in shop.models.Item.total\n    >>> Item().total(3)\n' in ran.stderr
    assert "1 of 2 examples failed" in ran.stderr
    assert "invalid option: '+NO_SUCH_OPTION'" in ran.stderr


def test_kinds_and_places(runs: Runs) -> None:
    """Only what can come to a database has one; a recording has each doctest's kind, tag, file and line."""
    specs = {event.spec.id: event.spec for event in runs("--doctest").events if isinstance(event, TestPlanned)}
    item, add = specs["shop.models.Item.__doc__"], specs["shop.money.add.__doc__"]
    assert (item.databases, add.databases) == (("default",), ())
    assert item.tags == ("doctest",)
    assert (add.file, add.line) == (str(runs.project.root / "shop/money.py"), 3)
    ran = runs("--doctest", "--kind", "unit", "shop.money", "docs")
    assert set(ran.outcomes) == {test for test in ALL if test.startswith(("shop.money", "docs/"))}
    assert "Creating test database" not in ran.output


LABELS = [
    ("shop.models", MODELS),
    ("shop/models.py", MODELS),
    ("shop.models.Item", MODELS[:3]),
    ("shop.models.Item.total", MODELS[2:3]),
    ("shop/models.py::Item::total", MODELS[2:3]),
    ("shop/models.py:14", MODELS[:1]),
    ("shop.models.__doc__", MODELS[3:]),
    (CASE, [CASE, f"{CASE}.__doc__"]),
    ("docs", ["docs/test_plain.txt"]),
    ("docs/guide.rst", ["docs/guide.rst"]),
    ("docs/guide.rst:5", ["docs/guide.rst"]),
]


@pytest.mark.parametrize(("label", "tests"), LABELS, ids=[label for label, _ in LABELS])
def test_labels(runs: Runs, label: str, tests: list[str]) -> None:
    """Modules, names in them, paths, lines and text files are labels."""
    assert sorted(runs("--doctest", label).outcomes) == sorted(tests)


def test_what_names_a_doctest_needs_no_option(runs: Runs) -> None:
    """The id of a doctest, and the path of a text file."""
    ran = runs("shop.models.Item.title.__doc__", "docs/guide.rst")
    assert ran.outcomes == {"shop.models.Item.title.__doc__": "passed", "docs/guide.rst": "failed"}


def test_names_tags_and_patterns(runs: Runs) -> None:
    """`-k`, `--tag` and `--exclude-tag` choose; `--doctest-glob` alone brings text files alone."""
    assert set(runs("--doctest", "-k", "total", "shop").outcomes) == {"shop.models.Item.total.__doc__"}
    assert set(runs("--doctest", "--tag", "doctest", "shop.models").outcomes) == set(MODELS)
    assert set(runs("--doctest", "--exclude-tag", "doctest", "shop").outcomes) == {CASE}
    assert set(runs("--doctest-glob", "*.rst", "docs").outcomes) == {"docs/guide.rst"}
    assert set(runs("--doctest-glob", "docs/*.rst", "--doctest-glob", "*.txt", "docs").outcomes) == {
        "docs/guide.rst",
        "docs/test_plain.txt",
    }


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("shop.models.Item.totl.__doc__",), 4, "Did you mean shop.models.Item.total.__doc__"),
        (("docs/words.rst",), 4, "the file has no examples"),
    ],
    ids=str,
)
def test_labels_that_name_no_doctest(runs: Runs, args: tuple[str, ...], code: int, words: str) -> None:
    """They end the run with a line that helps."""
    ran = runs(*args)
    assert ran.returncode == code
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("GREENROOM_DOCTEST_OPTIONS", "ELIPSIS", "Did you mean ELLIPSIS"),
        ("GREENROOM_DOCTEST_DATABASES", "defualt", "Did you mean default"),
    ],
)
def test_wrong_options(runs: Runs, variable: str, value: str, words: str) -> None:
    """An option or a database that does not exist is a line, and nothing runs."""
    ran = runs("--doctest", env={variable: value})
    assert ran.returncode == 2
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_no_docstrings_no_green_run(runs: Runs) -> None:
    """Under `python -OO` there are no docstrings: the run says so, instead of passing without them."""
    ran = runs("--doctest", env={"PYTHONOPTIMIZE": "2"})
    assert ran.returncode == 2
    assert "python -OO" in ran.stderr


def test_configuration(make_project: Callable[..., Project]) -> None:
    """`doctest`, its options, databases and what is left out stand in the file; a module that can't be imported fails."""
    project = make_project(
        files={
            "pyproject.toml": """\
                [tool.greenroom]
                doctest = true
                doctest-glob = ["*.md"]
                doctest-options = ["NORMALIZE_WHITESPACE"]
                doctest-skip = ["skipped.py", "shop/more/*"]
                """,
            "shop/spaces.py": '"""\n>>> print("a    b")\na b\n"""\n',
            "shop/dots.py": '"""\n>>> print("a b")\na ...\n"""\n',
            "shop/skipped.py": 'raise RuntimeError\n">>> 1"\n',
            "shop/more/__init__.py": "",
            "shop/more/of_it.py": 'raise RuntimeError\n">>> 1"\n',
            "shop/lost.py": '"""\n>>> 1\n1\n"""\nimport no_such_module\n',
            "READ.md": ">>> 1\n1\n",
            "test_me.txt": ">>> 1\n2\n",
        }
    )
    ran = project.manage_test()
    assert ran.outcomes == {
        "shop.spaces.__doc__": "passed",
        "shop.dots.__doc__": "failed",
        "READ.md": "passed",
        "unittest.loader._FailedTest.shop.lost": "error",
    }
    assert "No module named 'no_such_module'" in ran.stderr
    ran = project.manage_test("shop.spaces", env={"GREENROOM_DOCTEST_DATABASES": ""}, start_method="spawn")
    assert ran.outcomes == {"shop.spaces.__doc__": "passed"}


def test_a_doctest_that_was_taken_for_one_without_a_database(make_project: Callable[..., Project]) -> None:
    """It fails, and says what to do; with the import it passes."""
    files = {
        "shop/registry.py": '''\
            CALLED = []

            def call():
                """
                >>> call()
                0
                """
                return CALLED[0]()

            def call_too():
                """
                >>> from django.db import connection
                >>> call_too()
                0
                """
                return CALLED[0]()
            ''',
        "shop/apps.py": """\
            from django.apps import AppConfig

            class Shop(AppConfig):
                name = "shop"

                def ready(self):
                    from shop import registry
                    from shop.models import Item

                    registry.CALLED.append(Item.objects.count)
            """,
    }
    ran = make_project(files=files).manage_test("--doctest")
    assert ran.outcomes == {"shop.registry.call.__doc__": "failed", "shop.registry.call_too.__doc__": "passed"}
    assert ">>> from django.db import connection" in ran.stderr


def test_a_project_without_databases(make_project: Callable[..., Project]) -> None:
    """Its doctests are of the kind unit."""
    project = make_project(
        databases="none", files={"shop/models.py": "", "shop/x.py": '"""\n>>> import django.http\n"""\n'}
    )
    ran = project.greenroom_test("--doctest", "shop")
    assert ran.outcomes == {"shop.x.__doc__": "passed"}


@pytest.mark.parametrize("mode", [SERIAL, MODES[1]], ids=str)
def test_time_limits(make_project: Callable[..., Project], mode: Mode) -> None:
    """A doctest that takes too long is one error, also where its example should raise something; the rest runs."""
    project = make_project(
        files={
            "shop/slow.py": '''\
                import time

                def slow():
                    """
                    >>> time.sleep(60)
                    """

                def raises():
                    """
                    >>> time.sleep(60)
                    Traceback (most recent call last):
                    ValueError: late
                    """

                def quick():
                    """
                    >>> 1
                    1
                    """
                ''',
        }
    )
    ran = project.manage_test("--doctest", "--timeout", "0.5", *mode.args, start_method=mode.start_method)
    assert ran.outcomes == {
        "shop.slow.slow.__doc__": "error",
        "shop.slow.raises.__doc__": "error",
        "shop.slow.quick.__doc__": "passed",
    }
    assert ran.stderr.count("the test took longer than 0.5 seconds") >= 2


def test_greenroom_list(runs: Runs) -> None:
    """`greenroom list --doctest` shows them."""
    no_history = {"GREENROOM_HISTORY": "false"}
    ran = runs.project.greenroom("list", "--doctest", "--doctest-glob", "*.rst", "shop.money", "docs", env=no_history)
    assert "shop.money.add.__doc__  [unit, #doctest, shop/money.py:3]" in ran.stdout
    assert "docs/guide.rst  [database, default, #doctest, docs/guide.rst:1]" in ran.stdout


def test_beside_files_of_pytest(make_project: Callable[..., Project]) -> None:
    """A conftest file above a module does not make its doctests pytest's; a test function's docstring is one of its own."""
    project = make_project(
        files={
            "conftest.py": "import pytest\n\n@pytest.fixture\ndef three(): return 3\n",
            "shop/money.py": FILES["shop/money.py"],
            "shop/test_three.py": '''\
                def test_three(three):
                    """
                    >>> 1 + 2
                    3
                    """
                    assert three == 3
                ''',
        }
    )
    assert project.manage_test("--doctest", "shop.money.add").outcomes == {"shop.money.add.__doc__": "passed"}
    for label in ("shop/test_three.py", "shop.test_three.test_three", "shop.test_three"):
        outcomes = project.manage_test("--doctest", label).outcomes
        assert len(outcomes) == 2, outcomes
        assert outcomes["shop.test_three.test_three.__doc__"] == "passed"
        assert set(outcomes.values()) == {"passed"}
