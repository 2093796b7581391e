"""What tests with a browser cost."""

from __future__ import annotations

import shutil

from benchmarks.catalog.databases import METRICS
from benchmarks.contenders import Calls, available, runs_tests, warm_up
from benchmarks.model import Contender, Report
from benchmarks.projects import class_source, write_project
from benchmarks.serving import write_settings
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison

CLASSES = 6
TESTS = 5
"""In each class."""
STOCK = "stock, Django's SeleniumTestCase"
ADOPTED = "greenroom, Django's SeleniumTestCase"
SELENIUM = "greenroom, SeleniumTestCase"
PLAYWRIGHT = "greenroom, PlaywrightTestCase"

_URLS = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from shop.models import Item


@csrf_exempt
def page(request):
    place = "names"
    if request.method == "POST":
        Item.objects.create(name=request.POST["name"])
        place = "added"
    names = ", ".join(Item.objects.values_list("name", flat=True))
    return HttpResponse(
        f"<!doctype html><title>Shop</title><p id={place}>{names}</p>"
        "<form method=post><input name=name id=name><button id=add>Add</button></form>"
    )


urlpatterns = [path("", page)]
"""

_STOCK = """
import os

from django.test.selenium import SeleniumTestCase
from selenium import webdriver
from selenium.webdriver.common.by import By

from shop.models import Item

FLAGS = (
    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", *(["--no-sandbox"] if os.geteuid() == 0 else []),
)


class Base(SeleniumTestCase):
    browsers = ["chrome"]
    headless = True

    @classmethod
    def create_webdriver(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = os.environ["BENCHMARK_CHROMIUM"]
        for flag in FLAGS:
            options.add_argument(flag)
        return webdriver.Chrome(options=options, service=webdriver.ChromeService(os.environ["BENCHMARK_CHROMEDRIVER"]))
"""
_SELENIUM = """
from greenroom.cases import SeleniumTestCase as Base
from selenium.webdriver.common.by import By

from shop.models import Item
"""
_PLAYWRIGHT = """
from greenroom.cases import PlaywrightTestCase as Base

from shop.models import Item
"""
_BY_SELENIUM = """Item.objects.create(name="one")
        self.selenium.get(f"{self.live_server_url}/")
        self.assertEqual(self.selenium.find_element(By.ID, "names").text, "one")
        self.selenium.find_element(By.ID, "name").send_keys("two")
        self.selenium.find_element(By.ID, "add").click()
        self.assertEqual(self.selenium.find_element(By.ID, "added").text, "one, two")"""
_BY_PLAYWRIGHT = """Item.objects.create(name="one")
        self.page.goto(f"{self.live_server_url}/")
        self.assertEqual(self.page.inner_text("#names"), "one")
        self.page.fill("#name", "two")
        self.page.click("#add")
        self.assertEqual(self.page.inner_text("#added"), "one, two")"""


def run(session: Session) -> Report:
    """Time the same 30 tests on Django's classes and on greenroom's."""
    programs = {name: find(name) for name in ("chromium", "chromedriver")}
    missing = [name for name, path in programs.items() if not path]
    if missing:
        return Report(notes=(f"Not measured: {' and '.join(missing)} could not be found.",))
    classes = max(2, round(CLASSES * session.scale))
    results = session.measure(f"{classes * TESTS} browser tests", contenders(session, classes, programs))
    caption = (
        f"{classes * TESTS} tests in {classes} classes, each with a form that is filled in and sent, headless Chromium:"
    )
    ratios = (("phase", "phase, ratio"), ("wall", "wall, ratio"))
    return Report((comparison(results, METRICS, STOCK, ratios, caption),), results={"browsers": results})


def find(name: str) -> str:
    """The path of a program; empty where it is not installed."""
    return (
        shutil.which(name)
        or shutil.which(f"{name}-browser")
        or shutil.which({"chromium": "google-chrome"}.get(name, name))
        or ""
    )


def contenders(session: Session, classes: int, programs: dict[str, str]) -> list[Contender]:
    """The same tests on each test case.

    Args:
        session: this run.
        classes: how many classes of tests.
        programs: the paths of browser and driver.
    """
    env = {f"BENCHMARK_{name.upper()}": path for name, path in programs.items()}
    count = classes * TESTS
    stock = _calls(session, "stock", _STOCK, _BY_SELENIUM, classes, env)
    runs = [
        runs_tests(STOCK, stock.stock(), count),
        runs_tests(ADOPTED, stock.greenroom(), count),
    ]
    if session.toolbox.has_greenroom:
        selenium = _calls(session, "selenium", _SELENIUM, _BY_SELENIUM, classes, env)
        playwright = _calls(session, "playwright", _PLAYWRIGHT, _BY_PLAYWRIGHT, classes, env)
        runs += [
            runs_tests(SELENIUM, selenium.greenroom(), count),
            runs_tests(PLAYWRIGHT, playwright.greenroom(), count),
        ]
    return available(runs, session.toolbox)


def _calls(session: Session, name: str, header: str, body: str, classes: int, env: dict[str, str]) -> Calls:
    root = session.work / f"browsers-{name}"
    source = "\n\n".join(class_source(f"Pages{number}", "Base", TESTS, lambda _: body) for number in range(classes))
    project = write_project(root, {"test_pages.py": f"{header}\n\n{source}"}, classes * TESTS)
    (root / "urls.py").write_text(_URLS.lstrip("\n"), encoding="utf-8")
    write_settings(root, {"STATIC_URL": "'static/'", "MEDIA_URL": "'media/'"})
    calls = Calls(session.toolbox, project, env)
    warm_up(calls)
    return calls


BROWSERS = Benchmark(
    "browsers",
    "Browsers",
    "Tests that open a page, fill in a form and send it, in headless Chromium: Django's `SeleniumTestCase`, which starts a "
    "browser for each class, under stock and under greenroom, and greenroom's two test cases, which keep theirs.",
    run,
)
