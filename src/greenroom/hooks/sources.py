"""Where plugins come from, found without loading any: nearly every run has none and is to pay nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

GROUP = "greenroom"
"""The group of entry points."""
PROJECT_FILE = "greenroom_plugins.py"
"""The project's own plugin, in its root."""
OFF = "no:"


class Sources(msgspec.Struct, frozen=True):
    """What is to be loaded. It can be handed to another process, which then loads the same."""

    root: Path
    named: tuple[str, ...] = ()
    """Dotted paths, paths of files, names of entry points; with `no:` before it what is not to be loaded."""
    installed: bool = False
    """Whether some installed package has an entry point of ours."""

    @property
    def any(self) -> bool:
        """Whether there is anything to load."""
        return self.installed or bool(self.named) or (self.root / PROJECT_FILE).is_file()

    @property
    def off(self) -> frozenset[str]:
        """The names of those that are not to be loaded."""
        return frozenset(name.removeprefix(OFF) for name in self.named if name.startswith(OFF))


def find_sources(root: Path, named: Iterable[str]) -> Sources:
    """Look for plugins.

    Args:
        root: of the project.
        named: what the configuration and the command line name.
    """
    return Sources(root, tuple(named), installed=any(map(_has_entry_points, sys.path)))


def _has_entry_points(folder: str) -> bool:
    """Whether a package in a folder of the import path names a plugin of ours.

    `importlib.metadata` would parse the metadata of every package there is, to say nearly always that there is none.
    """
    try:
        with os.scandir(folder or ".") as entries:
            packages = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return False
    return any(_names_group(f"{package}/entry_points.txt") for package in packages)


def _names_group(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"[greenroom]" in file.read()
    except OSError:
        return False
