"""Which migrations there are, found as Django's loader finds them but without importing one."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import os
import sys

import msgspec

from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.modules import Modules, module_name


class Folder(msgspec.Struct, frozen=True):
    """The migrations of one app."""

    module: str
    """The name of their package."""
    migrations: dict[str, tuple[str, ...]]
    """The files of each migration, by its name; more than one where an import has a choice."""
    paths: tuple[str, ...]
    """The folders that they are in."""


def find_migrations(module: str, files: Files, modules: Modules) -> Folder | None:
    """The migrations in a package; None where Django takes the app for one without migrations.

    As in `MigrationLoader.load_disk()`: a module that is no package, a folder without `__init__.py` and a missing one
    mean that there are none. Names that start with `_` or `~`, and packages in the package, are no migrations.

    Args:
        module: its dotted name.
        files: through which folders are looked at.
        modules: through which it is found.
    """
    package = modules.find(module)
    if package is not None:
        if not package.folders or not package.file:
            return None
        paths = package.folders
    elif module.partition(".")[0] == "django":
        found = _of_django(module)
        if found is None:
            return None
        paths = (found,)
    else:
        return None
    migrations: dict[str, tuple[str, ...]] = {}
    for path in paths:
        here: dict[str, list[str]] = {}
        for name in files.folder(path).files:
            stem = module_name(name)
            if stem and stem[0] not in "_~":
                here.setdefault(stem, []).append(os.path.join(path, name))
        for stem, found_files in here.items():
            migrations.setdefault(stem, tuple(found_files))
    if package is not None and all(files.folder(path).missing for path in paths):
        migrations["in an archive"] = (package.file,)
    return Folder(module, dict(sorted(migrations.items())), paths)


def _of_django(module: str) -> str | None:
    """The folder of the migrations of one of Django's own apps, whose package has been imported."""
    parent, _, last = module.rpartition(".")
    for path in getattr(sys.modules.get(parent), "__path__", ()):
        folder = os.path.join(path, last)
        if os.path.isfile(os.path.join(folder, "__init__.py")):
            return folder
    return None
