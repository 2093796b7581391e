"""The versions of what runs migrations."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH100, PTH110, PTH118, PTH120

from __future__ import annotations

import os
import sys

from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.stable import digest_of_text

_WRITES = (
    "db",
    "contrib/auth/management",
    "contrib/contenttypes/management",
    "contrib/sites",
    "core/management/commands",
)
"""Folders of Django whose code fills databases. An installed Django may have been mended by hand: these are read."""


def python() -> str:
    """The implementation and minor version of Python."""
    return f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"


def django(files: Files) -> str:
    """Django's version and a digest of its source: of what fills databases; of all, if it is a checkout."""
    import django as package

    folder = os.path.dirname(os.path.abspath(package.__file__))
    version = package.get_version()
    roots = _WRITES if _is_installed(folder, version) else ("",)
    lines = []
    for root in roots:
        top = os.path.join(folder, root) if root else folder
        lines += [f"{os.path.relpath(path, folder)} {files.digest(path)}" for path in _sources(top, files)]
    digest = digest_of_text("\n".join(sorted(lines)).replace(os.sep, "/"))
    return f"{version} {digest}"


def _is_installed(folder: str, version: str) -> bool:
    beside = os.path.dirname(folder)
    names = (f"{name}-{version}.{kind}" for name in ("django", "Django") for kind in ("dist-info", "egg-info"))
    return any(os.path.exists(os.path.join(beside, name)) for name in names)


def _sources(top: str, files: Files) -> list[str]:
    found, todo = [], [top]
    while todo:
        folder = todo.pop()
        listed = files.folder(folder)
        found += [os.path.join(folder, name) for name in listed.files if name.endswith(".py")]
        todo += [os.path.join(folder, name) for name in listed.folders if name != "locale"]
    return found
