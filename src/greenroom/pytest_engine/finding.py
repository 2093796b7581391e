"""Test files that unittest's discovery does not come to: in folders that are no packages, and under pytest's names."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatch
from pathlib import Path

PATTERNS = ("test_*.py", "*_test.py")
"""What pytest takes for test files by default."""
_INI_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_SECTION = re.compile(rb"^\[(?:tool[.:])?pytest\b", re.MULTILINE)
_LINES = re.compile(rb"python_files\s*=\s*(.*(?:\n[ \t]+.*)*)")
_LIST = re.compile(rb"python_files[\"']?\s*=\s*(?:\[([^\]]*)\]|(.*))")
"""What is said of test files, in the words of an INI file and of TOML."""
_WORD = re.compile(rb"[^\s,\"']+")
_UNSURE = b"[", b"\\", b'"""', b"'''"
EVERY = ("*.py",)
_PASSED_OVER = frozenset(
    {"CVS", "_darcs", "build", "dist", "node_modules", "venv", "{arch}", "__pycache__", "site-packages"}
)


def is_configured(root: Path) -> bool:
    """Whether a project is one of pytest's: it has a configuration for it, or a conftest.py at its root."""
    if (root / "conftest.py").is_file():
        return True
    return any(
        ("pytest" in name and (root / name).is_file()) or _SECTION.search(_read(root / name)) for name in _INI_FILES
    )


def names_patterns(root: Path) -> bool:
    """Whether the configuration says which files are test files."""
    return any(b"python_files" in _read(root / name) for name in _INI_FILES)


def likely_patterns(root: Path) -> tuple[str, ...]:
    """Patterns for at least all files that are test files by the configuration, as far as one can see without pytest.

    Starting pytest takes longer than many a run: whoever finds that no such file needs it does without. In doubt it is
    every file.
    """
    found = dict.fromkeys(PATTERNS)
    for name in _INI_FILES:
        text = _read(root / name)
        values = [b" ".join(groups) for groups in _LIST.findall(text)] if "toml" in name else _LINES.findall(text)
        words = b" ".join(values)
        if len(values) < text.count(b"python_files") or any(mark in words for mark in _UNSURE):
            return EVERY
        # A pattern with a slash is for the whole path.
        found.update((word.decode(errors="replace").rpartition("/")[2], None) for word in _WORD.findall(words))
    return tuple(found)


def walk(folder: Path, patterns: Collection[str]) -> Iterator[Path]:
    """The files below a folder whose names match, in the order of their names, folders of tools and environments left out."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    folders = []
    for entry in entries:
        name = entry.name
        if name.endswith(".py"):
            if any(fnmatch(name, pattern) for pattern in patterns) and entry.is_file():
                yield Path(entry.path)
        elif not name.startswith(".") and name not in _PASSED_OVER and not name.endswith(".egg"):
            # A link may lead in a circle.
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
        elif name == "pyvenv.cfg":
            return
    for each in folders:
        if not os.path.exists(os.path.join(each, "pyvenv.cfg")):  # noqa: PTH110, PTH118 - on each folder of a project
            yield from walk(Path(each), patterns)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
