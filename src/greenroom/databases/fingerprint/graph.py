"""What leads to what: the modules that the code of a database depends on."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from greenroom.databases.fingerprint import facts as told
from greenroom.databases.fingerprint.facts import Facts, facts_of
from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.modules import Module, Modules
from greenroom.databases.fingerprint.places import Surroundings
from greenroom.databases.fingerprint.stable import digest_of_text

_ROUNDS = 8


class Closure(msgspec.Struct, frozen=True):
    """Modules, all that they lead to, and what is said in them."""

    modules: frozenset[str]
    digest: str
    strings: frozenset[str]
    """Of the project's own modules; what installed ones read is their own."""
    upper: frozenset[str]
    flags: int
    own_flags: int
    """Of the project's own modules."""
    live: frozenset[str]
    """The strings that may be labels of apps whose models are used as they are now."""


class Graph:
    """The modules of a project and what they lead to.

    Args:
        files: through which they are read.
        modules: through which they are found.
        facts: what is known about sources, by digest; what is found out is added.
        around: the project.
    """

    def __init__(self, files: Files, modules: Modules, facts: dict[str, Facts], around: Surroundings) -> None:
        self._files = files
        self._modules = modules
        self._known = facts
        self._around = around
        self._models = {app.label: app.models for app in around.apps if app.models}
        self._edges: dict[str, frozenset[str]] = {}
        self._closures: dict[frozenset[str], Closure] = {}
        self._commands: dict[str, list[str]] | None = None
        self.used: dict[str, Facts] = {}
        """The facts that were needed, by digest."""

    def facts(self, file: str) -> Facts:
        """What a file says; nothing, if it is no Python source."""
        if not file.endswith((".py", ".pyw")):
            return Facts()
        digest = self._files.digest(file)
        found = self.used.get(digest) or self._known.get(digest)
        if found is None:
            source = self._files.source(file)
            digest = self._files.digest(file)  # it may have been written in between
            found = facts_of(source)
        self.used[digest] = found
        return found

    def file_of(self, name: str) -> str:
        """The file of a module; empty if it has none."""
        found = self._modules.find(name)
        return found.file if found else ""

    def closure(self, targets: Iterable[str]) -> Closure:
        """Everything that these modules lead to, and they themselves."""
        key = frozenset(targets)
        if key not in self._closures:
            self._closures[key] = self._close(key)
        return self._closures[key]

    def widened(self, targets: frozenset[str], own: Facts, *, live: bool) -> Closure:
        """The closure with the models of the apps whose labels are named, if code there asks for models by label.

        Args:
            targets: where it starts.
            own: what the code itself says that starts there.
            live: whether whatever that code finds by label are models as they are now, and not those of a migration.
        """
        for _ in range(_ROUNDS):
            closure = self.closure(targets)
            labels = closure.live
            if live or own.flags & told.LIVE_MODELS or labels:
                labels = labels.union(own.strings)
            if live:
                labels = labels.union(closure.strings)
            wider = targets.union(self._models_named(labels))
            if wider == targets:
                break
            targets = wider
        return self.closure(targets)

    def leads_to(self, module: Module) -> frozenset[str]:
        """The modules that one leads to directly."""
        edges = self._edges.get(module.name)
        if edges is None:
            edges = self._edges[module.name] = self._find_edges(module.name, module.package, self.facts(module.file))
        return edges

    def _find_edges(self, name: str, package: str, facts: Facts) -> frozenset[str]:
        edges = {above.name for above in self._modules.chain(name.rpartition(".")[0])} if "." in name else set()
        for path in facts.imports:
            edges.update(self._resolve(path, package))
        if facts.flags & told.LIVE_MODELS:
            edges.update(self._models_named(facts.strings))
        if facts.flags & told.USER_MODEL and self._around.user_model:
            edges.add(self._around.user_model)
        if facts.flags & told.COMMANDS:
            for text in facts.strings:
                edges.update(self._command(text))
        edges.update(self._around.listeners.get(name, ()))
        edges.discard(name)
        return frozenset(edge for edge in edges if self._modules.find(edge) is not None)

    def _resolve(self, path: str, package: str) -> Iterable[str]:
        dotted = path.lstrip(".")
        level = len(path) - len(dotted)
        if level:
            above = package.split(".")
            if level > len(above):
                return ()
            dotted = ".".join([*above[: len(above) - level + 1], dotted])
        chain = self._modules.chain(dotted.rstrip("*").rstrip("."))
        names = [module.name for module in chain]
        if chain and dotted.endswith("*"):
            inside = self._modules.inside(chain[-1])
            if not dotted.endswith("**"):  # `__all__` may name modules
                said = set(self.facts(chain[-1].file).strings)
                inside = [name for name in inside if name.rpartition(".")[2] in said]
            names += inside
        return names

    def _models_named(self, strings: Iterable[str]) -> set[str]:
        labels = {text.partition(".")[0] for text in strings}
        return {self._models[label] for label in labels if label in self._models}

    def _command(self, name: str) -> list[str]:
        if self._commands is None:
            self._commands = {}
            for app in self._around.apps:
                package = self._modules.find(f"{app.name}.management.commands")
                for module in self._modules.inside(package) if package else ():
                    self._commands.setdefault(module.rpartition(".")[2], []).append(module)
        return self._commands.get(name, [])

    def _close(self, targets: frozenset[str]) -> Closure:
        todo = [target for target in targets if self._modules.find(target) is not None]
        seen = set(todo)
        strings: set[str] = set()
        upper: set[str] = set()
        live: set[str] = set()
        flags = own_flags = 0
        lines = []
        while todo:
            name = todo.pop()
            module = self._modules.find(name)
            assert module is not None
            if module.file:
                lines.append(f"{name} {self._files.digest(module.file)}")
                facts = self.facts(module.file)
                upper.update(facts.upper)
                flags |= facts.flags
                if not is_installed(module.file):
                    strings.update(facts.strings)
                    own_flags |= facts.flags
                    live.update(facts.strings if facts.flags & told.LIVE_MODELS else ())
            new = self.leads_to(module) - seen
            seen |= new
            todo += new
        digest = digest_of_text("\n".join(sorted(lines)))
        return Closure(
            modules=frozenset(seen),
            digest=digest,
            strings=frozenset(strings),
            upper=frozenset(upper),
            flags=flags,
            own_flags=own_flags,
            live=frozenset(live),
        )


def is_installed(file: str) -> bool:
    """Whether a file belongs to an installed distribution, and not to the project or what is developed beside it."""
    return "/site-packages/" in file.replace("\\", "/") or "/dist-packages/" in file.replace("\\", "/")
