"""Where modules are, found as an import would find them but without importing anything."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH100, PTH113, PTH117, PTH118, PTH120

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES, PathFinder
from typing import Any

import msgspec

from greenroom.databases.fingerprint.files import Files

_IN_ORDER = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, *BYTECODE_SUFFIXES)
"""The suffixes in the order in which an import tries them."""


class Module(msgspec.Struct, frozen=True):
    """A module that is neither of the standard library nor of Django."""

    name: str
    file: str = ""
    """Empty for a namespace package."""
    folders: tuple[str, ...] = ()
    """Where the modules in it are, if it is a package."""

    @property
    def package(self) -> str:
        """What relative imports start from."""
        return self.name if self.folders else self.name.rpartition(".")[0]


class Modules:
    """Finds modules by name.

    Args:
        files: through which all folders are looked at.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._found: dict[str, Module | None] = {}
        self._library = os.path.dirname(os.__file__)

    def find(self, name: str) -> Module | None:
        """The module of an absolute name; None where there is none, or one of the standard library or of Django."""
        if name in self._found:
            return self._found[name]
        parent, _, last = name.rpartition(".")
        found: Module | None
        if parent:
            above = self.find(parent)
            found = None if above is None else self._loaded(name) or self._among(name, last, above.folders)
        elif name in {"django", "__main__", "builtins"} or not name.isidentifier():
            found = None
        else:
            found = self._top(name)
        self._found[name] = found
        return found

    def chain(self, dotted: str) -> list[Module]:
        """The modules that an import of a dotted name runs: each beginning of it that is a module."""
        parts = dotted.split(".")
        chain: list[Module] = []
        for end in range(1, len(parts) + 1):
            found = self.find(".".join(parts[:end]))
            if found is None:
                break
            chain.append(found)
        return chain

    def inside(self, package: Module) -> list[str]:
        """The full names of the modules that are directly in a package."""
        names = set[str]()
        for folder in package.folders:
            seen = self._files.folder(folder)
            names.update(name for name in seen.folders if name.isidentifier())
            names.update(stem for name in seen.files if (stem := module_name(name)) and stem != "__init__")
        return [f"{package.name}.{name}" for name in sorted(names)]

    def _loaded(self, name: str) -> Module | None:
        """A module that this process has imported already is where it was imported from."""
        module: Any = sys.modules.get(name)
        spec = getattr(module, "__spec__", None)
        file = getattr(module, "__file__", None) or getattr(spec, "origin", None)
        if not isinstance(file, str) or not os.path.isabs(file):
            return None
        try:
            folders = tuple(map(str, getattr(module, "__path__", ())))
        except Exception:
            folders = ()
        return Module(name, self._on_disk(file), folders)

    def _top(self, name: str) -> Module | None:
        loaded = self._loaded(name)
        if loaded is not None:
            return (
                None
                if self._is_library(os.path.dirname(loaded.folders[0] if loaded.folders else loaded.file))
                else loaded
            )
        if name in sys.builtin_module_names:
            return None
        entries = [os.path.abspath(entry) for entry in sys.path]
        found = self._among(name, name, entries)
        if found is not None and found.file:
            folder = os.path.dirname(os.path.dirname(found.file) if found.folders else found.file)
            return None if self._is_library(folder) else found
        return self._asked(name) or found

    def _among(self, name: str, last: str, folders: Any) -> Module | None:
        spread = []
        for folder in folders:
            seen = self._files.folder(folder)
            if last in seen.folders:
                inner = os.path.join(folder, last)
                names = self._files.folder(inner).files
                for suffix in _IN_ORDER:
                    if f"__init__{suffix}" in names:
                        return Module(name, os.path.join(inner, f"__init__{suffix}"), (inner,))
                spread.append(inner)
            for suffix in _IN_ORDER:
                if f"{last}{suffix}" in seen.files:
                    return Module(name, os.path.join(folder, f"{last}{suffix}"))
        return Module(name, "", tuple(spread)) if spread else None

    def _asked(self, name: str) -> Module | None:
        """Ask the import system, for a package whose installer put a finder of its own there, or that is in an archive."""
        usual = {"BuiltinImporter", "FrozenImporter", "PathFinder"}
        others = [finder for finder in sys.meta_path if getattr(finder, "__name__", "") not in usual]
        if not others and not any(os.path.isfile(entry) for entry in sys.path):
            return None
        try:
            spec = importlib.util.find_spec(name) or PathFinder.find_spec(name)
        except Exception:
            return None
        if spec is None:
            return None
        folders = tuple(map(str, spec.submodule_search_locations or ()))
        file = self._on_disk(spec.origin) if spec.has_location and spec.origin else ""
        return Module(name, file, folders) if file or folders else None

    def _is_library(self, folder: str) -> bool:
        return folder == self._library or folder == os.path.join(self._library, "lib-dynload")

    def _on_disk(self, file: str) -> str:
        """The file itself, or the archive that it is in."""
        if os.path.lexists(file):
            return file
        above = os.path.dirname(file)
        while above != os.path.dirname(above):
            if os.path.isfile(above):
                return above
            above = os.path.dirname(above)
        return file


def module_name(file: str) -> str:
    """The name of the module that a file of this name holds; empty if it holds none."""
    for suffix in sorted(_IN_ORDER, key=len, reverse=True):
        if file.endswith(suffix):
            name = file[: -len(suffix)]
            return name if "." not in name else ""
    return ""
