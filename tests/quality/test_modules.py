"""The shape of the source: short modules, and `__all__` that tells the truth."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 400
FOLDERS = ("src", "tests", "tools", "parity", "benchmarks", "registry")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def named(path: Path) -> str:
    """What a test about this file is called."""
    return str(path.relative_to(ROOT))


def exports(path: Path) -> bool:
    """Whether a module sets `__all__`."""
    return any(
        isinstance(target, ast.Name) and target.id == "__all__"
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    )


def test_modules_are_short() -> None:
    """A module that needs more than a few screens is two modules."""
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > LIMIT} == {}


@pytest.mark.parametrize("path", [path for path in SOURCES if exports(path)], ids=named)
def test_all_is_honest(path: Path) -> None:
    """Each name is there, and is named once."""
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    module = importlib.import_module(name)
    names = module.__all__
    assert len(names) == len(set(names))
    assert [missing for missing in names if not hasattr(module, missing)] == []
