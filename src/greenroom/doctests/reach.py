"""Whether a doctest can come to a database, as far as its imports tell.

Making test databases takes time, and a doctest of plain functions needs none. One that can't come to a database is a test of
the kind `unit`. In doubt it has one; where this is wrong the other way the doctest fails, as Django refuses its queries.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from greenroom.databases.fingerprint.facts import facts_of
from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.graph import is_installed
from greenroom.databases.fingerprint.modules import Module, Modules

_PURE = ("django.conf", "django.core.exceptions", "django.core.validators", "django.utils")
"""Parts of Django that use no database."""
_IMPORTERS = frozenset({"importlib", "pkgutil", "runpy"})
_IMPORT = b"__import__"
"""By these code comes to modules that it does not name."""


class Reach:
    """Looks at modules, each one once."""

    def __init__(self) -> None:
        self._files = Files({})
        self._modules = Modules(self._files)
        self._known: dict[str, tuple[frozenset[str], bool]] = {}

    def leads_to_database(self, module: str, sources: Iterable[str]) -> bool:
        """Whether any of these sources, or the module that they are in, may use a database.

        Args:
            module: its name; empty for examples of a text file.
            sources: of the examples.
        """
        seen: set[str] = set()
        todo: set[str] = {module} if module else set()
        package = found.package if module and (found := self._modules.find(module)) else ""
        for source in sources:
            following, may = self._follow(source.encode(), package)
            if may:
                return True
            todo |= following
        while todo:
            name = todo.pop()
            seen.add(name)
            following, may = self._of_module(name)
            if may:
                return True
            todo |= following - seen
        return False

    def _of_module(self, name: str) -> tuple[frozenset[str], bool]:
        if name not in self._known:
            self._known[name] = self._look(self._modules.find(name))
        return self._known[name]

    def _look(self, module: Module | None) -> tuple[frozenset[str], bool]:
        if module is None or (module.file and (is_installed(module.file) or not module.file.endswith(".py"))):
            return frozenset(), True
        if not module.file:
            return frozenset(), False
        self._files.digest(module.file)
        return self._follow(self._files.source(module.file), module.package)

    def _follow(self, source: bytes, package: str) -> tuple[frozenset[str], bool]:
        """The modules that a source leads to, and whether it leads to a database or to where nobody can follow."""
        following: set[str] = set()
        for path in facts_of(source).imports:
            name = _absolute(path, package)
            top = name.partition(".")[0]
            if top in _IMPORTERS or path.endswith("**"):
                return frozenset(), True
            if top in sys.stdlib_module_names:
                continue
            if top == "django":
                if not f"{name}.".startswith(tuple(f"{pure}." for pure in _PURE)):
                    return frozenset(), True
                continue
            chain = self._modules.chain(name)
            if not chain:
                if "." in path and not path.startswith("."):
                    continue  # A text that looks like a module; an import of one that is missing would fail.
                return frozenset(), True
            following.add(chain[-1].name)
        return frozenset(following), _IMPORT in source


def _absolute(path: str, package: str) -> str:
    dotted = path.lstrip(".")
    level = len(path) - len(dotted)
    if level:
        above = package.split(".")
        dotted = ".".join([*above[: len(above) - level + 1], dotted])
    return dotted.rstrip("*").rstrip(".")
