"""What the tests of the plugin share: projects for pytest, and outcomes that can be compared."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greenroom.testing import How, Project, Ran

APPS = ("django.contrib.auth", "django.contrib.contenttypes")
INI = """\
    [pytest]
    DJANGO_SETTINGS_MODULE = settings
    python_files = test_*.py
    asyncio_default_fixture_loop_scope = function
    asyncio_mode = auto
    """
URLS = """\
    from django.http import HttpResponse
    from django.urls import path
    from shop.models import Item

    def boom(request):
        raise ValueError("the view broke")

    def count(request):
        return HttpResponse(f"<title>items</title>{Item.objects.count()}")

    urlpatterns = [path("boom/", boom), path("count/", count)]
    """


def pytest_project(make: Callable[..., Project], files: Mapping[str, str], **about: Any) -> Project:
    """A project whose tests pytest runs."""
    return make(apps=APPS, files={"pytest.ini": INI, "shop/urls.py": URLS, **files}, **about)


@dataclass
class PytestRan:
    """A run of pytest."""

    ran: Ran
    outcomes: dict[str, str]
    """By `class::name`; of a test that failed twice both ways."""

    @property
    def code(self) -> int:
        """The exit code."""
        return self.ran.returncode

    @property
    def output(self) -> str:
        """All that it printed."""
        return self.ran.output

    def all_passed(self, *names: str) -> None:
        """Nothing went wrong, and these tests ran."""
        assert self.code == 0, self.ran
        assert {name.rpartition("::")[2] for name in self.outcomes} >= set(names), self.ran


def run_pytest(project: Project, *args: str, **how: Unpack[How]) -> PytestRan:
    """Run pytest in a project, without what its environment happens to have."""
    xml = project.root.parent / "outcomes.xml"
    xml.unlink(missing_ok=True)
    how.setdefault("timeout", 120.0)
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={xml}", *args)
    ran = project.start(*command, **how).finish()
    return PytestRan(ran, _outcomes(ET.parse(xml).getroot()) if xml.exists() else {})


def stock(project: Project, *args: str, **how: Unpack[How]) -> PytestRan:
    """The same without greenroom."""
    how["env"] = {"GREENROOM_EVENTS": "", **how.get("env", {})}
    return run_pytest(project, "-p", "no:greenroom", *args, **how)


def _outcomes(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        ways = [child.get("type") or child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        # A test with an error in its teardown has two elements.
        found[name] = " ".join(filter(None, [found.get(name, ""), *ways])) or found.get(name, "")
    return found
