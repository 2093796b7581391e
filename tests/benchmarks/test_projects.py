"""Generated projects have the tests that they say."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from benchmarks.projects import (
    CLIENT_GET,
    INSERT,
    LEDGER,
    MANY_CLASSES,
    ONE,
    SIMPLE,
    STAMPED,
    TOTAL,
    WIDE,
    Body,
    Shape,
    make_project,
)

if TYPE_CHECKING:
    from pathlib import Path


def count(root: Path) -> tuple[int, int]:
    """(distinct classes, tests) in a project's sources."""
    classes, tests = [], 0
    for path in (root / "suite").glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                classes.append(node.name)
                tests += len({one.name for one in node.body if isinstance(one, ast.FunctionDef)})
    return len(set(classes)), tests


def test_the_large_shapes_have_20000_tests() -> None:
    """In 200 and in 5,000 classes."""
    assert WIDE.total == MANY_CLASSES.total == TOTAL == 20_000
    assert (WIDE.modules * WIDE.classes, MANY_CLASSES.modules * MANY_CLASSES.classes) == (200, 5_000)


@pytest.mark.parametrize("body", [SIMPLE, INSERT, CLIENT_GET, STAMPED, LEDGER])
def test_a_project_has_the_tests_of_its_shape(tmp_path: Path, body: Body) -> None:
    """Whatever they do; all sources parse, and no class hides another."""
    project = make_project(tmp_path, Shape(2, 3, 4), body)

    assert project.tests == 24
    assert count(tmp_path) == (6, 24)
    for path in tmp_path.rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


def test_many_classes_have_names_of_their_own(tmp_path: Path) -> None:
    """Names go on from module to module."""
    make_project(tmp_path, MANY_CLASSES.scaled(0.02), SIMPLE)

    assert count(tmp_path) == (100, 400)


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.1, 0.01, 0.0001])
def test_a_scaled_shape_has_about_that_share(scale: float) -> None:
    """With two modules at least, so that two workers have something to share."""
    shape = WIDE.scaled(scale)

    assert shape.tests == WIDE.tests
    assert shape.modules >= 2
    assert abs(shape.total - max(WIDE.total * scale, 200)) <= 1000


def test_one_test_stays_one_test() -> None:
    """There is nothing to scale."""
    assert ONE.total == 1
