"""A Selenium hub named in the settings: chromedriver itself speaks the protocol of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from greenroom.browsers import find
from greenroom.browsers.drivers import port_of
from greenroom.browsers.processes import Den
from tests.browsers.project import APPS, URLS

if TYPE_CHECKING:
    from greenroom.testing import Project

TESTS = """\
    from greenroom.cases import SeleniumTestCase
    from selenium.webdriver import Remote

    class HubTests(SeleniumTestCase):
        browser_arguments = ("--no-sandbox",)

        def test_page(self):
            self.assertIn(Remote, type(self.selenium).__mro__[:3])
            self.selenium.open("/")
            self.assertEqual(self.selenium.title, "Shop")
            self.assertTrue(self.selenium.current_url.startswith("http://127.0.0.1:"))

        def test_fails(self):
            self.selenium.open("/")
            self.fail("seen")
    """
SETTINGS = """
SELENIUM_HOST = "127.0.0.1"
SELENIUM_PORT = {port}
SELENIUM_BROWSER_COMMAND = "*googlechrome"
{more}
"""


@pytest.fixture
def hub() -> Iterator[int]:
    """The port of a driver that takes commands below `/wd/hub`, as a hub does."""
    driver = find("chromium", "selenium").driver
    assert driver is not None
    den = Den()
    started = den.start(driver, ["--port=0", "--url-base=/wd/hub"])
    yield port_of(started, driver, den)
    started.stop()
    den.close()


def test_a_browser_of_a_hub(hub: int, make_project: Callable[..., Project]) -> None:
    """It is asked for by the name that Selenium RC had for it, and goes to SELENIUM_URL_ROOT; failures are shown too."""
    files = {"shop/urls.py": URLS, "shop/tests.py": TESTS}
    project = make_project(
        apps=APPS, files=files, settings=SETTINGS.format(port=hub, more='SELENIUM_URL_ROOT = "127.0.0.1"')
    )
    ran = project.manage_test()
    assert ran.outcomes == {"shop.tests.HubTests.test_page": "passed", "shop.tests.HubTests.test_fails": "failed"}, ran
    [failed] = [event for event in ran.events.finished if event.outcome == "failed"]
    assert {one.name for one in failed.attachments} == {"screenshot.png", "page.html", "console.txt", "network.txt"}


def test_no_hub(make_project: Callable[..., Project]) -> None:
    """Where there is none the tests are skipped, or fail with FORCE_SELENIUM_TESTS."""
    # Port 9, discard: nobody listens there.
    for more, outcome in (("", "skipped"), ("FORCE_SELENIUM_TESTS = True", "failed")):
        project = make_project(
            apps=APPS, files={"shop/urls.py": URLS, "shop/tests.py": TESTS}, settings=SETTINGS.format(port=9, more=more)
        )
        ran = project.manage_test("shop.tests.HubTests.test_page")
        assert ran.outcomes == {"shop.tests.HubTests.test_page": outcome}, ran
        [problem] = ran.events.problems("shop.tests.HubTests.test_page")
        assert "there is no Selenium hub at http://127.0.0.1:9/wd/hub" in problem.text
