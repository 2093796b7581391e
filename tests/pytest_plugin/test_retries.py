"""Retries under the `pytest` command: in this process, in workers, under pytest-xdist."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from greenroom.events import AttemptFailed, TestsNotRun
from greenroom.testing import check_stream
from tests.pytest_plugin.support import pytest_project, run_pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

TESTS = """\
    from collections import Counter

    import pytest
    from django.test import TestCase
    from shop.models import Item

    tries = Counter()


    def is_first(name):
        tries[name] += 1
        return tries[name] == 1


    @pytest.fixture
    def fresh():
        return []


    def test_flaky(fresh, tmp_path):
        assert not fresh
        fresh.append(1)
        (tmp_path / "made").mkdir()
        print("said so")
        assert not is_first("flaky"), "at first"


    def test_never():
        assert 0, "as ever"


    @pytest.mark.django_db
    def test_rolled_back():
        assert not Item.objects.exists()
        Item.objects.create(name="one")
        assert not is_first("rolled back")


    @pytest.mark.django_db(transaction=True)
    def test_flushed():
        assert not Item.objects.exists()
        Item.objects.create(name="one")
        assert not is_first("flushed")


    @pytest.fixture
    def not_at_first():
        if is_first("set-up"):
            raise RuntimeError("no set-up")


    def test_set_up(not_at_first):
        pass


    @pytest.fixture
    def breaks_at_first():
        yield
        if is_first("tear-down"):
            raise RuntimeError("no tear-down")


    def test_tear_down(breaks_at_first):
        pass


    @pytest.fixture(scope="module")
    def wide():
        tries["wide"] += 1
        raise RuntimeError("made once")


    def test_wide(wide):
        pass


    def test_made_once():
        assert tries["wide"] <= 1


    def test_subtests(subtests):
        first = is_first("subtests")
        for number in range(2):
            with subtests.test(number=number):
                assert not (first and number)


    def test_skips_then():
        if not is_first("skips"):
            pytest.skip("no more")
        assert 0, "before"


    @pytest.mark.xfail(reason="bug 9", strict=True)
    def test_unexpected():
        pass


    @pytest.mark.quarantine("bug 10")
    def test_quarantined():
        assert 0


    class Cases(TestCase):
        @classmethod
        def setUpTestData(cls):
            cls.item = Item.objects.create(name="kept")

        def tearDown(self):
            if self._testMethodName == "test_both" and tries["both"] == 1:
                raise RuntimeError("no end")

        def test_rows(self):
            self.assertEqual(Item.objects.count(), 1)
            Item.objects.create(name="more")
            self.assertFalse(is_first("rows"))

        def test_both(self):
            first = is_first("both")
            if first:
                self.addCleanup(int, "no number")
            self.assertFalse(first, "the body")

        def test_subtests(self):
            first = is_first("cases' subtests")
            for number in range(2):
                with self.subTest(number=number):
                    self.assertFalse(first and number)
    """
LIBRARY = '''\
    calls = []


    def count():
        """How often.

        >>> count()
        2
        """
        calls.append(1)
        return len(calls)
    '''
TOLD = {
    "test_flaky": ("passed", 2, True),
    "test_never": ("failed", 3, False),
    "test_rolled_back": ("passed", 2, True),
    "test_flushed": ("passed", 2, True),
    "test_set_up": ("passed", 2, True),
    "test_tear_down": ("passed", 2, True),
    "test_wide": ("error", 1, False),
    "test_made_once": ("passed", 1, False),
    "test_subtests": ("passed", 2, True),
    "test_skips_then": ("failed", 2, False),
    "test_unexpected": ("unexpected_success", 1, False),
    "test_quarantined": ("failed", 1, False),
    "test_x.Cases.test_rows": ("passed", 2, True),
    "test_x.Cases.test_both": ("passed", 2, True),
    "test_x.Cases.test_subtests": ("passed", 2, True),
    "shop.lib.count.__doc__": ("passed", 2, True),
}


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """Tests most of which fail at their first try."""
    return pytest_project(make_shared_project, {"test_x.py": TESTS, "shop/lib.py": LIBRARY})


@pytest.mark.parametrize("args", [(), ("--workers", "2"), ("-n", "2")], ids=["alone", "workers", "xdist"])
def test_what_failed_is_tried_again(project: Project, args: tuple[str, ...]) -> None:
    """With fixtures made anew and the databases as they were; what passes then is flaky, and nobody's failure."""
    given = "--doctest-modules", "--retries", "2", "--retry-budget", "100%", "test_x.py", "shop/lib.py"
    run = run_pytest(project, *given, *args)
    assert run.code == 1, run.ran
    events = run.ran.events
    if args[:1] != ("-n",):  # There the process that tells does not plan.
        check_stream(events)
    found = {
        event.test.removeprefix("test_x.py::"): (event.outcome, event.attempts, event.flaky)
        for event in events.finished
    }
    assert found == TOLD
    assert events.of(TestsNotRun) == []
    tried = {(event.test, event.attempt): event for event in events.of(AttemptFailed)}
    assert len(tried) == sum(attempts - 1 for _, attempts, _ in TOLD.values())
    assert {event.of for event in tried.values()} == {3}
    flaky = tried["test_x.py::test_flaky", 1]
    assert "at first" in flaky.problems[0].text
    assert flaky.output == "said so\n"
    assert [problem.subtest for problem in tried["test_x.py::test_subtests", 1].problems] == ["(number=1)"]
    assert [problem.subtest for problem in tried["test_x.Cases.test_subtests", 1].problems] == ["(number=1)"]
    both = tried["test_x.Cases.test_both", 1]
    assert ["the body" in both.problems[0].text, "no end" in both.problems[1].text] == [True, True]
    assert tried["test_x.py::test_tear_down", 1].outcome == "error"
    end = events.end
    assert (end.flaky, end.failures, end.errors, end.quarantined) == (10, 2, 1, 1)
    assert (end.unexpected_successes, end.skipped) == (1, 1)
    assert "3 failed" in run.output
    assert "10 flaky" in run.output
    assert "13 rerun" in run.output
    assert "test_x.py::test_flaky: try 1 of 3" in run.output
    xml = ET.parse(project.root.parent / "outcomes.xml")
    assert sorted(case.get("name", "") for case in xml.iter("testcase") if case.get("name") == "test_flaky") == [
        "test_flaky"
    ]


def test_a_broken_build_is_not_tried_again(make_project: Callable[..., Project]) -> None:
    """The budget is that of the run, whatever the number of its workers; a line says that it is spent."""
    failing = "import pytest\n\n@pytest.mark.parametrize('n', range(8))\ndef test_each(n):\n    assert 0\n"
    project = pytest_project(make_project, {f"test_{name}.py": failing for name in "ab"})
    run = run_pytest(project, "--retries", "1", "--retry-budget", "4", "--workers", "2")
    assert run.code == 1
    tried = run.ran.events.of(AttemptFailed)
    # A test that is on its way while another worker spends the last of it may have its try.
    assert len(tried) in {4, 5}
    assert run.ran.stdout.count("tests failed, more than retry-budget allows: nothing is tried again any more") == 1


FLAKY = """\
    tries = []


    def test_flaky():
        tries.append(1)
        assert len(tries) > 1
    """


def test_what_flaky_tests_make_of_a_run(make_project: Callable[..., Project]) -> None:
    """Nothing, or a failure where that is asked for; somebody who looks into a test has one try, and is told so."""
    project = pytest_project(make_project, {"test_x.py": FLAKY})
    project.write("pyproject.toml", '[[tool.greenroom.overrides]]\nfilter = "kind(unit)"\nretries = 1\n')
    good = run_pytest(project, "-v", "-x")
    assert good.code == 0, good.ran
    assert "test_x.py::test_flaky RERUN" in good.output
    assert "test_x.py::test_flaky FLAKY" in good.output
    bad = run_pytest(project, "--retries", "1", "--flaky", "fail")
    assert bad.code == 1
    assert "greenroom: 1 flaky test fails the run (--flaky fail)" in bad.output
    assert bad.ran.events.end.exit_code == 1
    looked = run_pytest(project, "--retries", "1", "--setup-show")
    assert looked.code == 1
    assert "greenroom: no retries in this run: --setup-show" in looked.output


def test_two_that_try_again_are_one_too_many(make_project: Callable[..., Project]) -> None:
    """Which of them is to do it is for the user to say."""
    conftest = "def pytest_addoption(parser):\n    parser.addoption('--reruns', type=int)\n"
    project = pytest_project(make_project, {"test_x.py": FLAKY, "conftest.py": conftest})
    run = run_pytest(project, "--retries", "1", "--reruns", "1")
    assert run.code == 4
    assert "ERROR: --retries and --reruns (pytest-rerunfailures) both try failed tests again: give one of them\n" in (
        run.ran.stderr
    )


BROKEN_OFF = """\
    tries = []


    def test_it():
        tries.append(1)
        if len(tries) > 1:
            raise KeyboardInterrupt
        assert 0, "before"
    """


@pytest.mark.parametrize("args", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_a_try_that_is_broken_off_is_no_answer(make_project: Callable[..., Project], args: tuple[str, ...]) -> None:
    """The failure before counts."""
    project = pytest_project(make_project, {"test_x.py": BROKEN_OFF})
    run = run_pytest(project, "--retries", "1", *args)
    assert run.code == 2, run.ran
    check_stream(run.ran.events)
    (event,) = run.ran.events.finished
    assert (event.outcome, event.attempts, event.flaky) == ("failed", 2, False)
    assert "before" in event.problems[0].text
    assert "1 failed" in run.output
