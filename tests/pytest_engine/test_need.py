"""Which files are pytest's."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from greenroom.pytest_engine.finding import EVERY, PATTERNS, is_configured, likely_patterns, names_patterns, walk
from greenroom.pytest_engine.need import Need, says_so

if TYPE_CHECKING:
    from pathlib import Path

PYTEST = {
    "an import": "import pytest",
    "one among several": "import os, pytest",
    "a part of it": "from pytest import mark",
    "an import within a function": "def f():\n    import pytest",
    "a function": "def test_x(): pass",
    "an asynchronous function": "async def test_x(): pass",
    "a function behind a condition": "# for pytest\nif 1:\n    def test_x(): pass",
    "a plain class": "class TestX:\n    def test_y(self): pass",
    "a class built on object": "class TestX(object):\n    async def test_y(self): pass",
    "what is broken and imports it": "import pytest\ndef (",
}
UNITTEST = {
    "a test case": "from django.test import TestCase\nclass TestX(TestCase):\n    def test_y(self): pass",
    "a word in a comment": "# as in pytest\nx = 1",
    "a text": 'SOURCE = """\nimport pytest\ndef test_x(): pass\n"""',
    "a plugin's name": "import pytestish",
    "a mixin": "class TestMixin:\n    def test_y(self): pass",
    "what other classes are built on": "class TestX:\n    def test_y(self): pass\nclass A(TestX, B): pass",
    "a helper": "class TestServer:\n    def start(self): pass",
    "a class that says it is none": "class TestX:\n    __test__ = False\n    def test_y(self): pass",
    "a class that pytest could not make": "class TestX:\n    def __init__(self, x): pass\n    def test_y(self): pass",
    "a fixture": "@fixture\ndef test_data(): pass",
    "what is broken": "class TestX(TestCase):\n    def (",
    "bytes that are no text": b"\xff\xfe def test",
}


@pytest.mark.parametrize("source", PYTEST.values(), ids=PYTEST)
def test_what_needs_pytest(tmp_path: Path, source: str) -> None:
    """Imports, functions and plain classes say so."""
    file = tmp_path / "test_it.py"
    file.write_text(source)
    assert says_so(file, lambda: False)


@pytest.mark.parametrize("source", UNITTEST.values(), ids=UNITTEST)
def test_what_does_not(tmp_path: Path, source: str | bytes) -> None:
    """What unittest's discovery took stays its own."""
    file = tmp_path / "test_it.py"
    file.write_bytes(source if isinstance(source, bytes) else source.encode())
    assert not says_so(file, lambda: True)


@pytest.mark.parametrize("helper", ["def test_view(request): pass", "class TestView:\n    def test_it(self): pass"])
def test_helpers_beside_test_cases(tmp_path: Path, helper: str) -> None:
    """A stock project's file stays unittest's; where pytest is configured, or imported, they are its tests."""
    source = f"{helper}\nclass ViewTests(TestCase):\n    def test_it(self): pass\n"
    file = tmp_path / "test_it.py"
    file.write_text(source)
    assert not Need(tmp_path, "auto")(file)
    (tmp_path / "pytest.ini").touch()
    assert Need(tmp_path, "auto")(file)
    (tmp_path / "pytest.ini").unlink()
    file.write_text(f"import pytest\n{source}")
    assert Need(tmp_path, "auto")(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It needs nothing."""
    assert not says_so(tmp_path / "test_it.py", lambda: True)


def test_a_conftest_above(tmp_path: Path) -> None:
    """It counts in its folder and in all below, within the project."""
    root = tmp_path / "project"
    folder = root / "app" / "tests"
    folder.mkdir(parents=True)
    file = folder / "test_it.py"
    file.write_text("import unittest\n")
    (tmp_path / "conftest.py").touch()
    assert not Need(root, "auto")(file)
    (root / "app" / "conftest.py").touch()
    assert Need(root, "auto")(file)
    assert Need(root, "pytest")(root / "test_other.py")
    assert not Need(root, "auto")(root / "test_other.py")


def test_files_where_unittest_does_not_look(tmp_path: Path) -> None:
    """Folders that are no packages are walked; those of tools and environments are not."""
    for name in ("b/test_b.py", "a/deep/x_test.py", "a/helper.py", "node_modules/test_n.py", ".tox/test_t.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / "env" / "test_e.py").touch()
    found = [file.relative_to(tmp_path).as_posix() for file in walk(tmp_path, ("test_*.py", "*_test.py"))]
    assert found == ["a/deep/x_test.py", "b/test_b.py"]
    assert list(walk(tmp_path / "nowhere", ("*",))) == []


@pytest.mark.parametrize(
    ("name", "text", "configured", "patterns"),
    [
        ("pytest.ini", "[pytest]\npython_files = check_*.py", True, True),
        ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = ["x.py"]', True, True),
        ("setup.cfg", "[tool:pytest]\naddopts = -q", True, False),
        ("pyproject.toml", '[project]\ndependencies = ["pytest"]', False, False),
        ("conftest.py", "", True, False),
    ],
)
def test_projects_of_pytest(tmp_path: Path, name: str, text: str, configured: bool, patterns: bool) -> None:
    """A configuration, or a conftest.py at the root, makes one; to name pytest as a dependency does not."""
    (tmp_path / name).write_text(dedent(text))
    assert is_configured(tmp_path) is configured
    assert names_patterns(tmp_path) is patterns


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        ("pytest.ini", "[pytest]\npython_files = tests.py check/*_x.py\n", {"tests.py", "*_x.py"}),
        ("tox.ini", "[pytest]\npython_files =\n    tests.py\n    check_*.py\naddopts = -q\n", {"tests.py", "check_*.py"}),
        ("setup.cfg", "[tool:pytest]\naddopts = -o python_files=y.py\n", {"y.py"}),
        ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = "a.py b.py"\n', {"a.py", "b.py"}),
        ("pyproject.toml", '[tool.pytest]\n"python_files" = [\n"a.py",\n\'b.py\',\n]\nminversion = "9"\n', {"a.py", "b.py"}),
        ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = """\na.py\n"""\n', None),
        ("pyproject.toml", '[tool.pytest]\npython_files = ["\\u0061.py"]\n', None),
        ("pytest.ini", "[pytest]\npython_files = [ab]*.py\n", None),
        ("pytest.ini", "[pytest]\n# no python_files here\n", None),
        ("pytest.ini", "[pytest]\n", set()),
    ],
)  # fmt: skip
def test_patterns_seen_without_pytest(tmp_path: Path, name: str, text: str, more: set[str] | None) -> None:
    """All that the configuration may mean is among them; where that can't be seen it is every file."""
    (tmp_path / name).write_text(text)
    found = likely_patterns(tmp_path)
    assert found == EVERY if more is None else {*PATTERNS, *more} <= {*found}
