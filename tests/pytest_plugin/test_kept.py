"""What events say of a test besides its outcome, and the hooks of greenroom's plugins, under the pytest command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from greenroom.events import TestFinished
from tests.pytest_plugin.support import pytest_project, run_pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project
    from tests.pytest_plugin.support import PytestRan

WAYS = [(), ("--no-fast-path",), ("--workers", "2"), ("-n", "2")]
FILES = {
    "test_kept.py": """\
        import logging
        import sys

        import pytest
        from django.test import SimpleTestCase, TestCase
        from shop.models import Item

        log = logging.getLogger("shop")

        @pytest.fixture(scope="module")
        def module_item(scoped_db):
            return Item.objects.create(name="of the module")

        @pytest.fixture
        def own_item(db):
            log.warning("fixture %s", "speaks")
            print("set up")
            yield Item.objects.create(name="of the test")
            log.error("torn down")

        def test_function(own_item, module_item):
            log.info("not shown")
            print("out")
            print("err", file=sys.stderr)
            assert Item.objects.count() == 3

        def test_passes(own_item):
            print("all is well")

        class Cases(TestCase):
            @classmethod
            def setUpTestData(cls):
                Item.objects.create(name="of the class")

            def setUp(self):
                Item.objects.create(name="of setUp")

            def test_a(self):
                log.warning("a")

            def test_b_fails(self):
                print("b")
                log.warning("b")
                self.fail("b")

            def test_c(self):
                log.warning("c")
                Item.objects.count()

            def test_d(self):
                print("d")
                log.warning("d")
        """,
}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_what_failed_says_all(make_project: Callable[..., Project], way: tuple[str, ...]) -> None:
    """Messages and output of a test that failed, of each of its phases; of others nothing."""
    found = _finished(run_pytest(pytest_project(make_project, FILES), *way))
    failed = found["test_function"]
    assert [(line.level, line.logger, line.message) for line in failed.logs] == [
        ("WARNING", "shop", "fixture speaks"),
        ("ERROR", "shop", "torn down"),
    ]
    assert failed.output == "set up\nout\nerr\n"
    assert failed.problems[0].raised is not None
    assert [line.message for line in found["test_b_fails"].logs] == ["b"]
    assert found["test_b_fails"].output == "b\n"
    others = [event for name, event in found.items() if event.outcome == "passed"]
    assert len(others) == 4
    assert not any(event.logs or event.output or event.queries for event in others)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_what_reporters_ask_for(make_project: Callable[..., Project], way: tuple[str, ...]) -> None:
    """Of each test: messages and output for `html`, queries for `sql`."""
    project = pytest_project(make_project, FILES)
    reports = ("--report", "html:out.html", "--report", "sql:sql.txt", "--report", "junit:junit.xml")
    found = _finished(run_pytest(project, *reports, *way))
    assert [line.message for line in found["test_a"].logs] == ["a"]
    assert [line.message for line in found["test_d"].logs] == ["d"]
    assert found["test_passes"].output == "set up\nall is well\n"
    assert [_verb(query.sql) for query in found["test_function"].queries] == ["INSERT", "SELECT"]
    assert [_verb(query.sql) for query in found["test_a"].queries] == ["INSERT"]
    assert [_verb(query.sql) for query in found["test_c"].queries] == ["INSERT", "SELECT"]
    assert found["test_c"].queries[1].file.endswith("test_kept.py")
    assert {file.name for file in project.root.glob("*.*")} >= {"out.html", "sql.txt", "junit.xml"}


@pytest.mark.parametrize("way", WAYS[1:], ids=" ".join)
def test_hooks_where_tests_run(make_project: Callable[..., Project], way: tuple[str, ...]) -> None:
    """Each process tells its plugins of its beginning, its tests and its end; one that fails is named and changes the exit code."""
    plugin = """\
        import os

        def _say(*words):
            with open("told.txt", "a") as file:
                file.write(" ".join((str(os.getpid()), *map(str, words))) + "\\n")

        def greenroom_worker_started(worker):
            _say("worker", worker)

        def greenroom_test_started(test):
            _say("test", test)

        def greenroom_test_finished(test):
            _say("done", test)
            raise ValueError("no more")

        def greenroom_worker_finished(worker):
            _say("end", worker)
        """
    tests = {f"test_{name}.py": "def test_one():\n    pass\n" for name in ("a", "b")}
    project = pytest_project(make_project, {"greenroom_plugins.py": plugin, **tests})
    ran = run_pytest(project, *way)
    assert ran.code == 6, ran.ran
    assert "the plugin greenroom_plugins failed in greenroom_test_finished: ValueError: no more" in ran.output
    told = [line.split(" ", 1) for line in (project.root / "told.txt").read_text().splitlines()]
    words: dict[str, list[str]] = {}
    for process, word in told:
        words.setdefault(process, []).append(word)
    for said in words.values():
        assert re.fullmatch(r"worker (\d)(,test (\S+),done \3)*,end \1", ",".join(said)), said
    numbers = {said[0] for said in words.values()}
    assert numbers == ({"worker 1", "worker 2"} if way[0] in {"--workers", "-n"} else {"worker 0"})
    assert sorted(word for _, word in told if word.startswith("test")) == [
        f"test test_{name}.py::test_one" for name in ("a", "b")
    ]


def _verb(sql: str) -> str:
    return sql.split(maxsplit=1)[0]


def _finished(ran: PytestRan) -> dict[str, TestFinished]:
    found = {}
    for event in ran.ran.events:
        if isinstance(event, TestFinished):
            found[re.split(r"[.:]", event.test)[-1]] = event
    assert len(found) == 6, ran.ran
    return found
