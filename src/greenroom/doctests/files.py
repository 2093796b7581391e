"""The files of a folder that may hold doctests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

USUAL = ("test*.txt", "test*.rst")
"""The text files that are tested where nobody names others."""
_NO_PROJECT = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
_NO_MODULE = frozenset({"__main__.py", "setup.py", "manage.py"})
"""Programs: to import them is to run them."""


def walk(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, sorted; not of virtual environments and the like."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NO_PROJECT and not Path(here, name, "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            yield Path(here, name)


def matches(path: Path, root: Path, patterns: Iterable[str]) -> bool:
    """Whether a path is meant by a pattern: of a file's name, or with a `/` in it of the path from the root."""
    relative = relative_name(path, root)
    return any(fnmatch(relative if "/" in pattern else path.name, pattern) for pattern in patterns)


def relative_name(path: Path, root: Path) -> str:
    """The path from the root, with slashes; the whole path of what is elsewhere."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def may_have_doctests(path: Path) -> bool:
    """Whether a Python file has examples, or says where they are. No other one has to be imported."""
    if path.suffix != ".py" or path.name in _NO_MODULE:
        return False
    try:
        source = path.read_bytes()
    except OSError:
        return False
    return b">>>" in source or b"__test__" in source
