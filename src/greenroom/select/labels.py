"""The labels that a run can be given: Django's own, and those that editors and pytest write."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from greenroom.errors import GreenroomError, NoTestsError

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = re.compile(r"(?P<path>.*?\.py)(?:::(?P<names>.+)|:(?P<line>[1-9]\d*)(?::\d*)?)?", re.DOTALL)
"""A Python file, and what of it. A column after the line is ignored: compilers and grep write one."""

_HINT = "Known: app.tests.Case.test_x, a folder, path/test_x.py, path/test_x.py:12, path/test_x.py::Case::test_x."


class Label(msgspec.Struct, frozen=True):
    """A label, understood."""

    text: str
    """What the user wrote."""
    kind: Literal["dotted", "directory", "file"]
    """dotted and directory: Django's, to be passed on as they are. file: see the other fields."""
    path: str = ""
    """The file or folder as written; empty when dotted."""
    line: int | None = None
    """A 1-based line in the file."""
    names: tuple[str, ...] = ()
    """The class, and perhaps its method, in the file."""


def parse_label(label: str, *, is_folder: Callable[[str], bool] = os.path.isdir) -> Label:
    """Tell what kind of label it is.

    Args:
        label: `app.tests.Case.test_x`, `path/to`, `path/to/test_x.py`, and the latter with `:120`, `::Case` or
            `::Case::test_x` behind.
        is_folder: whether there is such a folder; for Django, too, a folder goes before a module of that name.

    Raises:
        NoTestsError: it has the form of none of them.
    """
    if is_folder(label):
        return Label(label, "directory", path=label)
    file = _FILE.fullmatch(label)
    if file is not None:
        return Label(
            label,
            "file",
            path=file["path"],
            line=int(file["line"]) if file["line"] else None,
            names=_names(label, file["names"]) if file["names"] else (),
        )
    if not label or ":" in os.path.splitdrive(label)[1]:
        raise _refused(label)
    if "/" in label or os.sep in label:
        return Label(label, "directory", path=label)
    return Label(label, "dotted")


def module_name_for(path: Path, top_level: Path) -> str:
    """The dotted name under which a file is imported.

    As Django's `find_top_level` does, folders with an `__init__.py` are left behind going upward: what is above them
    is where imports begin. A file outside of `top_level`, or with a folder between that no import statement could
    name, is taken to begin above the outermost package around it.

    Args:
        path: a Python file; for an `__init__.py` the name is its package's.
        top_level: the folder that imports begin at, or a package within.

    Raises:
        GreenroomError: no module can have this file's name.
    """
    path = _absolute(path)
    top_level = _above_packages(_absolute(top_level))
    for base in (top_level, _above_packages(path.parent)):
        if base in path.parents:
            parts = path.relative_to(base).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            if parts and all(part.isidentifier() for part in parts):
                return ".".join(parts)
    raise GreenroomError(
        f"{path} cannot be imported: {path.stem!r} is no module's name",
        "A module's name has letters, digits and underscores, and begins with no digit.",
    )


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links, which imports do not


def _above_packages(folder: Path) -> Path:
    """The first folder at or above this one that is no package."""
    while (folder / "__init__.py").exists() and folder.parent != folder:
        folder = folder.parent
    return folder


def _names(label: str, text: str) -> tuple[str, ...]:
    """The parts between the `::`, of which a pytest parameter in brackets may have its own."""
    head, bracket, parameters = text.partition("[")
    names = head.split("::")
    names[-1] += bracket + parameters
    if not all(names):
        raise _refused(label)
    return tuple(names)


def _refused(label: str) -> NoTestsError:
    return NoTestsError(f"{label!r} is no label", _HINT)
