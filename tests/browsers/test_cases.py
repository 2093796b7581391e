"""Tests that drive a real Chromium, by Selenium and by Playwright, in each kind of run."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.browsers.project import APPS, FILES
from tests.e2e.support import SERIAL, Mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from greenroom.events import TestFinished
    from greenroom.testing import Project, Ran

P, S, F = "shop.tests.test_playwright", "shop.tests.test_selenium", "shop.tests.test_failing"
SKIPPED = f"{S}.MatrixTests.test_title[firefox]"


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """One for all tests of this module."""
    return make_shared_project(apps=APPS, files=FILES)


@pytest.fixture(scope="module")
def failed(project: Project) -> Ran:
    """A run of the tests that fail."""
    return project.manage_test(F, timeout=120)


def finished(ran: Ran, test: str) -> TestFinished:
    """The end of a test."""
    [event] = [event for event in ran.events.finished if event.test == f"{F}.{test}"]
    return event


def kept(project: Project, ran: Ran, test: str) -> dict[str, Path]:
    """The attachments of a test, by name; of several with the same name the last."""
    return {one.name: project.root / one.file for one in finished(ran, test).attachments}


def text(ran: Ran, test: str) -> str:
    """All that a test had to say."""
    return "\n".join(problem.text for problem in finished(ran, test).problems)


@in_main_modes
def test_tests_that_pass(project: Project, mode: Mode) -> None:
    """The ORM works beside pages, in handlers and in loops; each test begins with nothing of the one before."""
    # What differs between kinds of runs is where classes come from; that tests begin with nothing is the same in each.
    labels = (P, S) if mode is SERIAL else (f"{P}.OrmTests", f"{S}.MatrixTests")
    ran = project.manage_test(*labels, *mode.args, start_method=mode.start_method, timeout=120)
    check_stream(ran.events)
    assert {test: outcome for test, outcome in ran.outcomes.items() if outcome != "passed"} == {SKIPPED: "skipped"}, ran
    assert ran.returncode == 0
    assert not ran.left_behind
    assert len(ran.outcomes) == (18 if mode is SERIAL else 6)


def test_a_browser_that_is_not_installed(project: Project) -> None:
    """The test says what is missing, or fails where that is required; the others of the matrix run."""
    label = f"{S}.MatrixTests"
    skipped = project.manage_test(label, "-k", "firefox")
    [problem] = skipped.events.problems(SKIPPED)
    assert problem.text.startswith("needs browser:firefox: "), problem
    required = project.manage_test(label, "-k", "firefox", "--require", "browser:firefox")
    assert required.outcomes == {SKIPPED: "failed"}


def test_the_same_under_stock(project: Project) -> None:
    """The case classes work, and the tests of a matrix have the same names, under Django's own runner."""
    labels = (f"{S}.MatrixTests", f"{P}.SharedTests", f"{P}.OrmTests.test_beside_the_page")
    ran = project.manage_test(*labels, runner="stock")
    assert ran.returncode == 0, ran
    assert ran.outcomes[SKIPPED] == "skipped"
    assert f"{S}.MatrixTests.test_title[chromium]" in ran.outcomes
    assert not ran.left_behind


def test_what_is_kept_of_a_failure(project: Project, failed: Ran) -> None:
    """A screenshot, the source, the console and the requests; with Playwright a trace too."""
    files = kept(project, failed, "PlaywrightFails.test_a_fails")
    assert set(files) == {"screenshot.png", "page.html", "console.txt", "network.txt", "trace.zip"}
    assert files["screenshot.png"].read_bytes().startswith(b"\x89PNG")
    assert "<h1>Items</h1>" in files["page.html"].read_text()
    assert "something is wrong" in files["console.txt"].read_text()
    assert "/ 200 " in files["network.txt"].read_text()
    with zipfile.ZipFile(files["trace.zip"]) as trace:
        assert any(name.endswith(".trace") for name in trace.namelist())
    files = kept(project, failed, "SeleniumFails.test_a_fails")
    assert set(files) == {"screenshot.png", "page.html", "console.txt", "network.txt"}
    assert "something is wrong" in files["console.txt"].read_text()
    assert "/ 200 text/html" in files["network.txt"].read_text()


def test_what_a_failure_says(failed: Ran) -> None:
    """It stays the failure that it was; where the browser is, and what the server raised, are added."""
    said = text(failed, "PlaywrightFails.test_a_fails")
    assert "AssertionError: seen\n" in said
    assert "greenroom: chromium at http://localhost:" in said
    assert "console: ERROR something is wrong" in said
    assert "with the dialog 'stop' open" in text(failed, "SeleniumFails.test_a_fails")
    assert "ValueError: the view broke" in text(failed, "PlaywrightFails.test_d_server")
    assert "#nowhere" in text(failed, "PlaywrightFails.test_g_hangs")


def test_subtests(failed: Ran) -> None:
    """Each subtest that fails has its own evidence; in an async test the page is kept at the end."""
    names = [one.name for one in finished(failed, "PlaywrightFails.test_b_subtests").attachments]
    assert names.count("screenshot.png") == names.count("trace.zip") == 2
    said = text(failed, "PlaywrightFails.test_b_subtests")
    assert "/?first" in said
    assert "/?second" in said
    assert "screenshot.png" in {one.name for one in finished(failed, "PlaywrightFails.test_c_async").attachments}


def test_a_browser_that_dies(failed: Ran) -> None:
    """The test in which it dies says so, and the next one has a new browser."""
    for dies, after in (
        ("PlaywrightFails.test_e_dies", "PlaywrightFails.test_f_after"),
        ("SeleniumFails.test_b_dies", "SeleniumFails.test_c_after"),
    ):
        assert finished(failed, dies).outcome == "error", failed
        assert "The next test gets a new one." in text(failed, dies)
        assert finished(failed, after).outcome == "passed"
    assert not failed.left_behind


def test_a_time_limit(project: Project, failed: Ran) -> None:
    """A test that waits for a page is ended, with a picture of it; the next one is none the worse."""
    test = "PlaywrightFails.test_h_takes_too_long"
    assert "TestTimedOut" in text(failed, test)
    assert "screenshot.png" in kept(project, failed, test)
    assert finished(failed, "PlaywrightFails.test_i_after").outcome == "passed"


def test_downloads_are_kept(project: Project) -> None:
    """With `keep_downloads` they are attachments, of a test that passes too."""
    ran = project.manage_test(f"{S}.DownloadTests")
    [event] = ran.events.finished
    [attachment] = event.attachments
    assert attachment.name == "list.txt"
    assert (project.root / attachment.file).read_text() == "content"


def test_several_browsers_by_option(project: Project) -> None:
    """`--browser` twice is a matrix for all that name none; tests for others are skipped with the reason."""
    args = ("--browser", "chromium", "--browser", "webkit")
    labels = (f"{P}.OrmTests.test_loops_of_its_own[webkit]", f"{S}.MatrixTests.test_title[firefox]")
    ran = project.manage_test(*labels, *args)
    assert ran.outcomes[f"{P}.OrmTests.test_loops_of_its_own[webkit]"] == "skipped"
    [problem] = ran.events.problems(SKIPPED)
    assert problem.text == "for firefox, and this run is for chromium, webkit"
    listed = project.greenroom("list", P, env={"GREENROOM_BROWSER": "chromium,webkit"})
    assert f"{P}.OrmTests.test_async[webkit]" in listed.stdout


def test_no_library_without_need(project: Project) -> None:
    """To import the case classes, or to run a test without a browser, imports neither Selenium nor Playwright."""
    project.write(
        "shop/tests/test_light.py",
        """\
        import sys
        from greenroom.cases import PlaywrightTestCase, SeleniumTestCase, UnitTestCase

        class Light(UnitTestCase):
            def test_nothing_heavy(self):
                self.assertFalse({"selenium", "playwright", "greenlet"} & {name.partition(".")[0] for name in sys.modules})
        """,
    )
    ran = project.manage_test("shop.tests.test_light", *SERIAL.args)
    assert set(ran.outcomes.values()) == {"passed"}, ran
