"""Makes a plan: follows all code that a database depends on to its end, and digests it."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH120

from __future__ import annotations

import os

import msgspec

from greenroom.databases.fingerprint import facts as told
from greenroom.databases.fingerprint.data import Data
from greenroom.databases.fingerprint.facts import Facts
from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.graph import Closure, Graph, is_installed
from greenroom.databases.fingerprint.knowledge import Knowledge
from greenroom.databases.fingerprint.migrations import Folder
from greenroom.databases.fingerprint.modules import Modules
from greenroom.databases.fingerprint.places import App
from greenroom.databases.fingerprint.plan import Plan, PlannedUnit, folder_part
from greenroom.databases.fingerprint.stable import digest_of_text
from greenroom.databases.fingerprint.units import Surface
from greenroom.databases.fingerprint.values import Values
from greenroom.databases.fingerprint.versions import django

_CODE = (".py", ".pyc", ".pyo", ".so", ".pyd")


class Unit(msgspec.Struct, frozen=True):
    """Some code that a database depends on: a migration, or modules that are called while it is made."""

    roots: tuple[str, ...]
    """The modules that it starts from."""
    files: tuple[str, ...] = ()
    """Its own files, if it is a migration."""
    label: str = ""
    """Of the app that it belongs to."""
    live: bool = False
    """Whether the models that it finds by label are as they are now, and not those of a migration."""
    models: tuple[str, ...] = ()
    """Modules of models that it is given a way to."""


class Planner:
    """Follows code.

    Args:
        knowledge: what is known of files.
        files: through which all of them are read.
        modules: through which modules are found.
        surface: where to start.
        values: which settings and variables there are.
    """

    def __init__(self, knowledge: Knowledge, files: Files, modules: Modules, surface: Surface, values: Values) -> None:
        self._files = files
        self._modules = modules
        self._surface = surface
        self._values = values
        self._apps = {app.label: app for app in surface.around.apps}
        self._graph = Graph(files, modules, knowledge.facts, surface.around)
        self._data = Data(files, surface.around)
        self._names: dict[frozenset[str], int] = {}
        self.words: frozenset[str] = frozenset()
        """What might name a setting or a variable that some code asks for."""
        self._sources: dict[str, str] = {}
        self._seen: set[str] = set()
        self._claimed: set[str] = set()
        self._places: dict[frozenset[str], tuple[set[str], set[str]]] = {}

    def plan(
        self, folders: dict[str, Folder], unmigrated: frozenset[str], deciding: dict[str, tuple[str, ...]]
    ) -> Plan:
        """The plan of all code.

        Args:
            folders: the migrations of each app, by label.
            unmigrated: the labels of the other apps.
            deciding: modules that make the tables of those what they are, by label.
        """
        migrations = {
            f"{label}.{name}": self._follow(Unit((f"{folder.module}.{name}",), files=files, label=label))
            for label, folder in folders.items()
            for name, files in folder.migrations.items()
        }
        parts, ready = self._others(folders), dict[str, PlannedUnit]()
        for label, names in deciding.items():
            parts[f"code of the fields of {label}"] = self._follow(Unit(names))
        for each in self._surface.called:
            unit = Unit(each.modules, live=each.at_the_end, models=each.models)
            (ready if each.at_the_end else parts)[each.name] = self._follow(unit)
        version = django(self._files)
        return Plan(
            units={"migrations": migrations, "parts": parts, "ready": ready},
            names=list(self._names),
            words="",
            present=self._values.present(self.words),
            known=self._values.all(),
            django=version,
            unmigrated=unmigrated,
            deciding=deciding,
            sources=self._sources,
            modules={name: file for name in sorted(self._seen) if (file := self._graph.file_of(name))},
            files=dict(self._files.files),
            folders={
                path: folder_part(seen, modules_only=path not in self._files.whole)
                for path, seen in self._files.folders.items()
            },
        )

    @property
    def facts(self) -> dict[str, Facts]:
        """The facts that were needed, by digest."""
        return self._graph.used

    def _others(self, folders: dict[str, Folder]) -> dict[str, PlannedUnit]:
        """Files among the migrations of an app that none of them names: who knows who reads them."""
        others = {}
        for label, folder in folders.items():
            if folder.module.startswith("django."):
                continue
            found = {
                f"{label}/{os.path.relpath(path, top)}": path
                for top in folder.paths
                for path in self._data.tree(top)
                if path not in self._claimed and not path.endswith(_CODE)
            }
            if found:
                others[f"files among the migrations of {label}"] = self._planned(self._digests(found), frozenset(), 0)
        return others

    def _follow(self, unit: Unit) -> PlannedUnit:
        own = [self._graph.facts(file) for file in unit.files]
        facts = Facts(
            strings=tuple(text for found in own for text in found.strings),
            upper=tuple(text for found in own for text in found.upper),
            flags=_union(own),
        )
        targets = frozenset(unit.roots)
        for root in unit.roots if unit.files else ():
            module = self._modules.find(root)
            if module is not None:
                # Most migrations lead to the same few modules: what these lead to is then looked for only once.
                targets = targets - {root} | self._graph.leads_to(module)
        closure = self._graph.widened(targets, facts, live=unit.live)
        if unit.models and closure.flags & told.FINDS_MODELS:
            closure = self._graph.widened(targets.union(unit.models), facts, live=unit.live)
        data = self._read(unit, facts, closure)
        self._claimed.update(data.values())
        self._tell(closure, data)
        self._seen.update(unit.roots)
        lines = [*(self._files.digest(file) for file in unit.files), closure.digest, *self._digests(data)]
        return self._planned(lines, closure.upper.union(facts.upper), facts.flags | closure.flags)

    def _digests(self, data: dict[str, str]) -> list[str]:
        return [f"{name} {self._files.digest(path)}" for name, path in sorted(data.items())]

    def _planned(self, lines: list[str], upper: frozenset[str], flags: int) -> PlannedUnit:
        settings = upper if flags & told.SETTINGS else frozenset[str]()
        environment = upper if flags & told.ENVIRONMENT else frozenset[str]()
        self.words |= settings | environment
        return PlannedUnit(
            digest_of_text("\n".join(lines)),
            self._number(self._values.defined(settings)),
            self._number(self._values.exported(environment)),
        )

    def _read(self, unit: Unit, facts: Facts, closure: Closure) -> dict[str, str]:
        """The data that a unit may read."""
        app = self._apps.get(unit.label)
        # A third party's helper may open what a migration names to it, but what it names itself is its own.
        flags = facts.flags | closure.own_flags | (closure.flags & told.FILES)
        strings = closure.strings.union(facts.strings)
        if app is not None and is_installed(app.path):  # its helpers' flags and words are not the project's
            inside = (self._modules.find(name) for name in closure.modules if f"{name}.".startswith(f"{app.name}."))
            for found in (self._graph.facts(module.file) for module in inside if module is not None):
                flags, strings = flags | found.flags, strings.union(found.strings)
        if not flags & (told.FILES | told.FIXTURES):
            return {}
        trees, roots = self._folders(closure.modules)
        if app is not None:
            trees = trees | {app.path}
        return self._data.read_by(strings, flags, sorted(trees), sorted(roots), unit.label)

    def _folders(self, modules: frozenset[str]) -> tuple[set[str], set[str]]:
        """Where the data of the project's modules may be: folders of apps and packages; folders that hold these."""
        if modules in self._places:
            return self._places[modules]
        trees, roots = set[str](), set[str]()
        for name in modules:
            module = self._modules.find(name)
            if module is None or not module.file or is_installed(module.file):
                continue
            app = self._app_of(name)
            folder = app.path if app else os.path.dirname(module.file)
            top = self._modules.find(name.partition(".")[0])
            if top is not None and top.file:
                root = os.path.dirname(os.path.dirname(top.file) if top.folders else top.file)
                roots.add(root)
                if folder != root:
                    trees.add(folder)
        self._places[modules] = trees, roots
        return trees, roots

    def _app_of(self, module: str) -> App | None:
        fitting = (app for app in self._surface.around.apps if f"{module}.".startswith(f"{app.name}."))
        return max(fitting, key=lambda app: len(app.name), default=None)

    def _number(self, names: frozenset[str]) -> int:
        return self._names.setdefault(names, len(self._names))

    def _tell(self, closure: Closure, data: dict[str, str]) -> None:
        for name in closure.modules - self._seen:
            file = self._graph.file_of(name)
            if file:
                self._sources[f"module {name}"] = self._files.digest(file)[:16]
        self._seen |= closure.modules
        for name, path in data.items():
            self._sources[f"file {name}"] = self._files.digest(path)[:16]


def _union(facts: list[Facts]) -> int:
    flags = 0
    for found in facts:
        flags |= found.flags
    return flags
