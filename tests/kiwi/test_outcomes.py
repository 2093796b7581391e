"""What each way to end comes to in Kiwi TCMS, in one run through the front door: in workers, on each Python and Django."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.kiwi.support import Found, accounted, configured

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran
    from tools.kiwi.server import KiwiServer

TESTS = r"""
    import os
    from pathlib import Path
    from unittest import expectedFailure, skip

    import greenroom
    from django.test import SimpleTestCase, TestCase

    from shop.models import Item


    class Ends(SimpleTestCase):
        def test_subtests_then_body(self):
            for n in range(3):
                with self.subTest("of three", n=n):
                    self.assertNotEqual(n, 1, "one is not well")
            raise LookupError("the body is not well")

        def test_ugly(self):
            self.fail("\x1b[31mred\x1b[0m \x00 \ud800 ```")

        @expectedFailure
        def test_expected(self):
            self.fail("as ever")

        @expectedFailure
        def test_unexpected(self):
            pass

        def test_flaky(self):
            if not Path("tried").exists():
                Path("tried").touch()
                self.fail("the first time")

        def test_with_files(self):
            greenroom.attach("a note.txt", "what it saw")
            self.fail("see the note")

        def test_passes(self):
            "It says what it is."


    class BadEnd(SimpleTestCase):
        def tearDown(self):
            raise OSError("no end")

        def test_both(self):
            self.fail("no good")


    class NoClass(SimpleTestCase):
        @classmethod
        def setUpClass(cls):
            raise LookupError("no class")

        def test_no_class_a(self):
            pass

        def test_no_class_b(self):
            pass


    class NoEnd(SimpleTestCase):
        @classmethod
        def tearDownClass(cls):
            super().tearDownClass()
            raise LookupError("no end of the class")

        def test_has_no_end(self):
            pass


    class Skips(SimpleTestCase):
        def test_0_before(self):
            pass

        @skip("by its decorator")
        def test_1_decorated(self):
            pass

        def test_2_between(self):
            pass

        def test_3_body(self):
            self.skipTest("in its body")

        def test_4_subtest(self):
            for n in range(2):
                with self.subTest(n=n):
                    self.skipTest(f"in a subtest {n}")

        def test_5_after(self):
            pass


    @skip("as a class")
    class SkippedClass(SimpleTestCase):
        def test_of_skipped_class(self):
            pass


    class Rows(TestCase):
        def test_sql(self):
            Item.objects.create(name="a teapot")
            self.fail("queried")

        def test_sql_passes(self):
            Item.objects.create(name="a kettle")


    class Dies(SimpleTestCase):
        def test_dies(self):
            os._exit(3)
    """
STATUSES = {
    "test_subtests_then_body": "ERROR",
    "test_ugly": "FAILED",
    "test_expected": "PASSED",
    "test_unexpected": "FAILED",
    "test_flaky": "PASSED",
    "test_with_files": "FAILED",
    "test_passes": "PASSED",
    "test_both": "ERROR",
    "test_no_class_a": "ERROR",
    "test_no_class_b": "ERROR",
    "test_has_no_end": "PASSED",
    "tearDownClass": "ERROR",
    "test_0_before": "PASSED",
    "test_1_decorated": "WAIVED",
    "test_2_between": "PASSED",
    "test_3_body": "WAIVED",
    "test_4_subtest": "WAIVED",
    "test_5_after": "PASSED",
    "test_of_skipped_class": "WAIVED",
    "test_sql": "FAILED",
    "test_sql_passes": "PASSED",
    "test_dies": "ERROR",
}
SILENT = {"test_passes", "test_has_no_end", "test_0_before", "test_2_between", "test_5_after", "test_sql_passes"}
"""Those that there is nothing to be said of."""
CONFIG = """
    [tool.greenroom]
    [[tool.greenroom.overrides]]
    filter = "test(test_flaky)"
    retries = 1
    """
SOURCES = {"GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0ffee", "GITHUB_RUN_ID": "9"}
PRODUCT = "all ways to end"


@pytest.fixture(scope="module")
def ran(server: KiwiServer, make_shared_project: Callable[..., Project]) -> Ran:
    """The run, by somebody who lives elsewhere than the server."""
    project = make_shared_project(files={"shop/tests.py": TESTS, "pyproject.toml": CONFIG})
    env = configured(server, PRODUCT, TZ="America/St_Johns", **SOURCES)
    found = project.manage_test("--report", "kiwi", "--parallel", "2", "--debug-sql", env=env)
    assert found.returncode == 1, found.stderr
    assert accounted(Found(server, PRODUCT), project.root / ".greenroom" / "kiwi", len(STATUSES)) == (len(STATUSES), 0)
    return found


@pytest.fixture
def found(server: KiwiServer, ran: Ran) -> Found:
    """What is in the server."""
    assert f"greenroom: Kiwi TCMS: {len(STATUSES)} results are at " in ran.stderr
    return Found(server, PRODUCT)


def comment(found: Found, name: str) -> str:
    """All that is said of a test."""
    (said,) = found.comments(name)
    return said


def test_each_has_its_status_and_nothing_else_is_there(found: Found) -> None:
    """A test that kills its worker has one, and those beside it have theirs."""
    assert found.statuses() == STATUSES
    assert {name for name in STATUSES if not found.comments(name)} == SILENT


def test_subtests_and_the_body_are_both_told(found: Found) -> None:
    """With the name of the subtest; the body's own error is not lost."""
    said = comment(found, "test_subtests_then_body")
    assert "**Failure** in the subtest [of three] (n=1):" in said
    assert "one is not well" in said
    assert "LookupError: the body is not well" in said


def test_a_failure_and_the_error_of_its_tear_down_are_both_told(found: Found) -> None:
    """The worse of them is the status."""
    said = comment(found, "test_both")
    assert "AssertionError: no good" in said
    assert "OSError: no end" in said


def test_text_that_no_server_takes_is_made_fit(found: Found) -> None:
    """Colours are taken out, what is no character is spelt out, and no fence of the test's ends the comment's."""
    said = comment(found, "test_ugly")
    assert "red \\x00 \\ud800 ```" in said
    assert "\x1b" not in said
    assert said.count("````") == 2


def test_a_set_up_that_fails_is_told_of_on_the_tests_that_it_hits(found: Found) -> None:
    """And on no other; the tear-down of a class is a result of its own, and its test has passed."""
    for name in ("test_no_class_a", "test_no_class_b"):
        assert "In setUpClass (shop.tests.NoClass):" in comment(found, name)
        assert "LookupError: no class" in comment(found, name)
    assert "LookupError: no end of the class" in comment(found, "tearDownClass")


def test_each_kind_of_skip_says_why_where_it_belongs(found: Found) -> None:
    """Python 3.12.1 does not start what a decorator skips: no other test gets its verdict."""
    assert "**Skipped**: by its decorator" in comment(found, "test_1_decorated")
    assert "**Skipped**: in its body" in comment(found, "test_3_body")
    assert "**Skipped** in the subtest (n=1): in a subtest 1" in comment(found, "test_4_subtest")
    assert "**Skipped**: as a class" in comment(found, "test_of_skipped_class")


def test_expected_failures_and_unexpected_successes(found: Found) -> None:
    """The one passes and says what it is, the other fails."""
    assert "**Expected failure**" in comment(found, "test_expected")
    assert "as ever" in comment(found, "test_expected")
    assert "**Unexpected success**" in comment(found, "test_unexpected")


def test_a_flaky_test_has_passed_and_says_how(found: Found) -> None:
    """Each try that failed is told."""
    said = comment(found, "test_flaky")
    assert "**Flaky**: passed at try 2." in said
    assert "AssertionError: the first time" in said


def test_a_test_that_kills_its_worker_says_so(found: Found, ran: Ran) -> None:
    """In the words of the run's own report."""
    said = comment(found, "test_dies")
    (reason,) = re.findall(r"exit code 3|exited with 3|status 3|code 3", said)
    assert reason in ran.stderr


def test_the_sql_of_a_failure_is_told(found: Found) -> None:
    """Under `--debug-sql`; a test that passes has none."""
    said = comment(found, "test_sql")
    assert "```sql\n" in said
    assert "INSERT INTO" in said
    assert "teapot" in said


def test_comments_lead_back_to_the_source(found: Found) -> None:
    """At the commit that was tested; the run leads to the job."""
    (line,) = re.findall(r"Source: (.*)", comment(found, "test_ugly"))
    number = 1 + TESTS.splitlines().index("        def test_ugly(self):")
    place = f"shop/tests.py:{number}"
    assert line == f"[{place}](https://github.com/a/b/blob/c0ffee/shop/tests.py#L{number})"
    assert "https://github.com/a/b/actions/runs/9" in found.of_run("notes")


def test_files_are_attached(found: Found) -> None:
    """And named where they belong; 12.4 has no files of executions, there they are with the run."""
    assert "Attached: a note.txt (text/plain, 11 bytes)" in comment(found, "test_with_files")
    names = [name for (name,) in found.server.query("select attachment_file from attachments_attachment")]
    assert len([name for name in names if name.endswith("a_note.txt")]) == 1


def test_times_are_those_of_the_tests(found: Found, ran: Ran) -> None:
    """In the server's time zone, to the millisecond; and those of the run span them."""
    begin, end = found.moments("test_passes")
    (event,) = [event for event in ran.events.finished if event.test.endswith(".test_passes")]
    assert begin == pytest.approx(event.at, abs=1e-3)
    assert end == pytest.approx(event.at + event.seconds, abs=1e-3)
    first, last = found.moments_of_run()
    # Of the start of a run the server keeps whole seconds.
    assert first <= begin <= end <= last
    assert begin - first < 60


def test_a_docstring_is_a_line_of_the_name(found: Found) -> None:
    """As Kiwi's own plugin has it."""
    assert "test_passes (shop.tests.Ends.test_passes)\nIt says what it is." in found.cases


def test_the_debugger(server: KiwiServer, make_project: Callable[..., Project], product: str) -> None:
    """`--pdb` opens it where a test fails, as without a report; the result arrives when it is left."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test(
        "shop.tests.Ends.test_ugly", "--pdb", "--report", "kiwi", env=configured(server, product), stdin="p 6 * 7\nc\n"
    )
    assert ran.returncode == 1, ran.stderr
    assert "Opening PDB" in ran.stdout
    assert "42" in ran.stdout
    found = Found(server, product)
    assert found.statuses() == {"test_ugly": "FAILED"}
    assert len(found.comments("test_ugly")) == 1


PATCHED = """
    import os
    import signal
    import socket
    import subprocess
    import time
    from unittest import mock

    from django.test import SimpleTestCase


    def no(*args, **kwargs):
        raise AssertionError("a test has taken it away")


    class Patches(SimpleTestCase):
        def test_0_takes_everything_away(self):
            for module, name in (
                (socket, "socket"), (socket, "create_connection"), (subprocess, "Popen"),
                (time, "sleep"), (os, "write"), (os, "open"), (os, "getpid"),
            ):
                mock.patch.object(module, name, no).start()
            os.environ.clear()
            os.chdir("/")

        def test_1_passes(self):
            pass

        def test_2_fails(self):
            self.fail("as it must")
    """


@pytest.mark.one_pair
def test_what_a_test_takes_away_is_not_missed(
    server: KiwiServer, make_project: Callable[..., Project], product: str
) -> None:
    """Delivery is no part of the process that tests run in: they may patch the network, the clock, the environment."""
    project = make_project(files={"shop/tests.py": PATCHED}, databases="none")
    ran = project.manage_test("--report", "kiwi", env=configured(server, product))
    assert ran.returncode == 1, ran.stderr
    assert "FAILED (failures=1)" in ran.stderr
    found = Found(server, product)
    assert found.statuses() == {
        "test_0_takes_everything_away": "PASSED",
        "test_1_passes": "PASSED",
        "test_2_fails": "FAILED",
    }
    assert accounted(found, project.root / ".greenroom" / "kiwi", 3) == (3, 0)
