"""Runs of pytest with `--report kiwi`: in one process, in workers, under pytest-xdist, and by `greenroom test`."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from greenroom.reporters.kiwi.journal import Reader
from greenroom.reporters.kiwi.results import Results
from tests.kiwi.support import Found, configured

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.testing import Project
    from tools.kiwi.server import KiwiServer

pytestmark = pytest.mark.one_pair

PRODUCT = "pytest, each way"
CASES = """\
    import unittest

    from django.test import SimpleTestCase


    class Cases(SimpleTestCase):
        def test_good(self):
            "It is good."

        def test_bad(self):
            for n in range(3):
                with self.subTest(n=n):
                    self.assertEqual(n, 1)

        @unittest.expectedFailure
        def test_known(self):
            self.fail("known")

        @unittest.expectedFailure
        def test_unexpected(self):
            pass


    class NotSetUp(SimpleTestCase):
        @classmethod
        def setUpClass(cls):
            raise RuntimeError("no class")

        def test_never(self):
            pass
    """
FUNCTIONS = """\
    import os

    import pytest


    def test_function():
        "It is a function."


    @pytest.mark.parametrize("n", ["a(b", "c d", "e::f[1]"])
    def test_each(n):
        assert n != "c d"


    @pytest.mark.xfail(reason="bug 7")
    def test_xfail():
        assert False


    @pytest.mark.xfail(reason="bug 8")
    def test_xpass():
        pass


    @pytest.mark.xfail(reason="bug 9", strict=True)
    def test_xpass_strict():
        pass


    @pytest.mark.skip(reason="no need")
    def test_skipped():
        pass


    @pytest.fixture
    def broken():
        raise RuntimeError("no fixture")


    def test_set_up(broken):
        pass


    @pytest.fixture
    def breaks():
        yield
        raise RuntimeError("no end")


    def test_tear_down(breaks):
        pass


    def test_both(breaks):
        assert False, "the body"


    def test_subtests(subtests):
        for n in range(2):
            with subtests.test("sub", n=n):
                assert n == 1


    @pytest.mark.quarantine("bug 10")
    def test_quarantined():
        assert False


    @pytest.mark.skipif(not os.environ.get("MAY_CRASH"), reason="alone")
    def test_crash():
        os._exit(3)
    """
LIBRARY = '''\
    def double(n):
        """Twice.

        >>> double(3)
        7
        """
        return 2 * n
    '''
INI = """\
    [pytest]
    DJANGO_SETTINGS_MODULE = settings
    python_files = test_*.py
    addopts = --doctest-modules
    asyncio_default_fixture_loop_scope = function
    """
IN_FUNCTIONS = {
    "test_function": "PASSED",
    "test_each[a(b]": "PASSED",
    "test_each[c d]": "FAILED",
    "test_each[e::f[1]]": "PASSED",
    "test_xfail": "PASSED",
    "test_xpass": "PASSED",
    "test_xpass_strict": "FAILED",
    "test_skipped": "WAIVED",
    "test_set_up": "ERROR",
    "test_tear_down": "ERROR",
    "test_both": "ERROR",
    "test_subtests": "FAILED",
    "test_quarantined": "WAIVED",
}
EXPECTED = {
    "test_good": "PASSED",
    "test_bad": "FAILED",
    "test_known": "PASSED",
    "test_unexpected": "FAILED",
    "test_never": "ERROR",
    **{f"shop/test_functions.py::{name}": status for name, status in IN_FUNCTIONS.items()},
}
CRASH = "shop/test_functions.py::test_crash"
DOCTEST = "shop.lib.double"


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """Test cases, functions and a doctest, most of which do not simply pass."""
    files = {
        "pytest.ini": INI,
        "shop/test_cases.py": CASES,
        "shop/test_functions.py": FUNCTIONS,
        "shop/lib.py": LIBRARY,
    }
    return make_shared_project(files=files, databases="none")


def by_name(found: Found, run: int) -> dict[str, str]:
    """The statuses, without the docstrings of functions."""
    return {name.partition("\n")[0]: status for name, status in found.statuses(run).items()}


def comments(found: Found, case: str, run: int) -> list[str]:
    """What is said of a case that is known by its id in pytest."""
    sql = """select k.comment from django_comments k join testruns_testexecution e on e.id = k.object_pk
             join testcases_testcase c on c.id = e.case_id where e.run_id = ? and c.summary = ?"""
    return [row[0] for row in found.server.query(sql, run, case)]


@pytest.mark.parametrize("args", [(), ("--workers", "2"), ("-n", "2")], ids=["alone", "workers", "xdist"])
def test_each_test_is_there_once_with_the_worst_of_it(
    server: KiwiServer, project: Project, args: tuple[str, ...]
) -> None:
    """Body, subtests, fixtures and tear-down all count; what pytest itself writes counts as ever."""
    env = configured(server, PRODUCT, MAY_CRASH="yes" if args else "")
    xml = project.root.parent / "junit.xml"
    command = (sys.executable, "-m", "pytest", "-q", "--report", "kiwi", f"--junit-xml={xml}", *args)
    ran = project.start(*command, env=env).finish()
    assert ran.returncode == 1, ran.output
    found = Found(server, PRODUCT)
    run = found.runs[-1]
    assert f"greenroom: Kiwi TCMS: 20 results are at http://127.0.0.1:{server.port}/runs/{run}/" in ran.stderr
    crashed = {"FAILED", "ERROR"} if args else {"WAIVED"}
    statuses = by_name(found, run)
    assert statuses.pop(CRASH) in crashed
    assert statuses.pop(DOCTEST) == "FAILED"
    assert statuses == EXPECTED
    # One case for each test, however it is run.
    assert len(found.cases) == 20
    (suite,) = ET.parse(xml).getroot()
    # As without greenroom, with the crash for a skip; the test in quarantine counts as one that fails as expected.
    assert suite.get("tests") == "26"
    assert int(suite.get("errors", 0)) + int(suite.get("failures", 0)) == (14 if args else 13)
    (both,) = comments(found, "shop/test_functions.py::test_both", run)
    assert "the body" in both
    assert "no end" in both
    (bad,) = found.comments("test_bad", run)
    assert "in the subtest (n=0)" in bad
    assert "in the subtest (n=2)" in bad
    assert "[gw" not in bad
    assert "no class" in found.comments("test_never", run)[0]


def test_greenroom_test_has_the_same_cases(server: KiwiServer, project: Project) -> None:
    """Whichever front door: a test is one case, and so is a doctest."""
    env = configured(server, PRODUCT)
    ran = project.greenroom("test", "--settings", "settings", "--report", "kiwi", "--doctest", env=env)
    assert ran.returncode == 1, ran.stderr
    found = Found(server, PRODUCT)
    statuses = by_name(found, found.runs[-1])
    assert statuses.pop(CRASH) == "WAIVED"
    assert statuses.pop(DOCTEST) == "FAILED"
    assert statuses == EXPECTED
    assert len(found.cases) == 20


def test_who_is_strict_fails(project: Project, tmp_path: Path) -> None:
    """A good run whose results do not arrive ends with 6."""
    alone = {name: "" for name in os.environ if name.startswith(("TCMS_", "TRAVIS_", "JOB_", "GIT_", "BUILD_"))}
    command = (sys.executable, "-m", "pytest", "-q", "--report", "kiwi", "--kiwi-strict", "-k", "test_good")
    ran = project.start(*command, env={**alone, "HOME": str(tmp_path)}).finish()
    assert "no server of Kiwi TCMS is configured" in ran.stderr
    assert ran.returncode == 6, ran.output


WAITING = """\
    import os
    import time

    from django.test import SimpleTestCase


    class First(SimpleTestCase):
        def test_ran(self):
            pass


    def test_waits():
        while os.path.exists("waits"):
            time.sleep(0.01)


    def test_waits_too():
        while os.path.exists("waits"):
            time.sleep(0.01)


    class Last(SimpleTestCase):
        def test_never_ran(self):
            pass
    """


def test_an_interrupt_leaves_the_rest_idle(make_project: Callable[..., Project], tmp_path: Path) -> None:
    """Under pytest-xdist, too, by the names that these tests have: none becomes a case of its own because it never ran."""
    project = make_project(files={"pytest.ini": INI, "shop/test_waiting.py": WAITING}, databases="none")
    waits = project.write("waits", "")
    command = (sys.executable, "-m", "pytest", "-q", "--report", "kiwi", "-n", "2")
    run = project.start(*command, env={"HOME": str(tmp_path)})
    journals = project.root / ".greenroom" / "kiwi"

    def has_begun() -> bool:
        return any(b"TestFinished" in path.read_bytes() for path in journals.glob("*.jsonl"))

    run.process.wait_for(has_begun, "the first test is over, the next one waits")
    run.process.send(signal.SIGINT)
    waits.unlink()
    assert run.finish().returncode == 2
    (journal,) = journals.glob("*.jsonl")
    results = Results(str(project.root))
    reader = Reader(journal)
    ended = [result for event in reader.read() if (result := results.take(event)) is not None]
    reader.close()
    found = {result.key: result.status for result in [*ended, *results.end()]}
    assert found == {
        "test_ran (shop.test_waiting.First.test_ran)": "PASSED",
        "shop/test_waiting.py::test_waits": "",
        "shop/test_waiting.py::test_waits_too": "",
        "test_never_ran (shop.test_waiting.Last.test_never_ran)": "",
    }
    assert results.notes == ["The run was interrupted: 3 tests did not run."]
