"""Generated Django projects: as many tests as wanted, of one shape and one body each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOTAL = 20_000
"""How many tests the large projects have."""


@dataclass(frozen=True)
class Shape:
    """How many tests there are and how they are spread: modules, classes in each, tests in each."""

    modules: int
    classes: int
    """Classes in each module."""
    tests: int
    """Tests in each class."""

    @property
    def total(self) -> int:
        """How many tests that makes."""
        return self.modules * self.classes * self.tests

    def scaled(self, scale: float) -> Shape:
        """The same with fewer tests, for trying things out: fewer modules first, then fewer classes."""
        modules = max(2, round(self.modules * scale)) if self.modules > 1 else 1
        classes = max(1, round(self.classes * self.modules * scale / modules))
        return replace(self, modules=modules, classes=classes)


WIDE = Shape(20, 10, 100)
"""20,000 tests in 200 classes."""
MANY_CLASSES = Shape(100, 50, 4)
"""20,000 tests in 5,000 classes."""
ONE = Shape(1, 1, 1)


@dataclass(frozen=True)
class Body:
    """What each test is."""

    base: str
    """Its class: a name from `django.test`."""
    lines: tuple[str, ...]
    imports: tuple[str, ...] = ()


SIMPLE = Body("SimpleTestCase", ("self.assertEqual(1 + 1, 2)",))
INSERT = Body("TestCase", ('Item.objects.create(name="one")',), ("from shop.models import Item",))
CLIENT_GET = Body("TestCase", ('self.assertEqual(self.client.get("/").status_code, 200)',))
STAMPED = Body("SimpleTestCase", ("stamp()",), ("from stamps import stamp",))
"""The first test of each process leaves its time in the file named by BENCHMARK_STAMPS."""
LEDGER = Body("SimpleTestCase", ("tick()",), ("from stamps import tick",))
"""Each test adds a byte to the file named by BENCHMARK_LEDGER."""

_SETTINGS = """
SECRET_KEY = "benchmarks"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = []
ROOT_URLCONF = "urls"
USE_TZ = True
"""
_MANAGE = """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""
_MODELS = """
from django.db import models


class Item(models.Model):
    name = models.CharField(max_length=20)
"""
_URLS = """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("hello"))]
"""
_PYTEST = """
[pytest]
DJANGO_SETTINGS_MODULE = settings
python_files = test_*.py
"""
_COLLECT = """
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django.setup()

from django.test.runner import DiscoverRunner

print(DiscoverRunner().build_suite().countTestCases())
"""
_STAMPS = """
import os
import time

stamped = False
ledger = None


def stamp():
    global stamped
    if not stamped:
        stamped = True
        with open(os.environ["BENCHMARK_STAMPS"], "a") as file:
            file.write(f"{time.monotonic()!r}\\n")


def tick():
    global ledger
    if ledger is None:
        ledger = os.open(os.environ["BENCHMARK_LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger, b".")
"""

_FILES = {
    "settings.py": _SETTINGS,
    "manage.py": _MANAGE,
    "urls.py": _URLS,
    "pytest.ini": _PYTEST,
    "collect_stock.py": _COLLECT,
    "stamps.py": _STAMPS,
    "shop/__init__.py": "",
    "shop/models.py": _MODELS,
    "suite/__init__.py": "",
}


@dataclass(frozen=True)
class Project:
    """A generated project on disk."""

    root: Path
    tests: int
    """How many tests it has."""

    @property
    def temporary(self) -> Path:
        """Its folder for temporary files: pytest would tidy up those of all its other runs on the machine."""
        return self.root.with_name(f"{self.root.name}-tmp")


def make_project(root: Path, shape: Shape, body: Body) -> Project:
    """Write a project of one shape and one body.

    Args:
        root: a folder, made when it is not there.
        shape: how many tests it has.
        body: what each of them does.
    """
    modules = {f"test_{number:03}.py": _module(number, shape, body) for number in range(shape.modules)}
    return write_project(root, modules, shape.total)


def write_project(root: Path, modules: dict[str, str], tests: int) -> Project:
    """Write a project with the given test modules.

    Args:
        root: a folder, made when it is not there.
        modules: source by file name, below `suite/`.
        tests: how many tests they have.
    """
    for name, text in {**_FILES, **{f"suite/{name}": text for name, text in modules.items()}}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    project = Project(root, tests)
    project.temporary.mkdir(exist_ok=True)
    return project


def class_source(name: str, base: str, tests: int, line: Callable[[int], str]) -> str:
    """The source of a test class with so many tests.

    Args:
        name: of the class.
        base: the class that it is derived from.
        tests: how many methods it has.
        line: gives the body of a test by its number.
    """
    methods = (f"    def test_{number:03}(self):\n        {line(number)}\n" for number in range(tests))
    return f"class {name}({base}):\n" + "\n".join(methods)


def _module(number: int, shape: Shape, body: Body) -> str:
    header = "\n".join((f"from django.test import {body.base}", *body.imports))
    text = "\n        ".join(body.lines)
    first = number * shape.classes
    classes = (
        class_source(f"Test{first + place:05}", body.base, shape.tests, lambda _: text)
        for place in range(shape.classes)
    )
    return "\n\n\n".join((header, *classes))
