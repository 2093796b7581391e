"""The plugins of a run: loaded, checked against the hooks there are, and called one by one."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pluggy

from greenroom.errors import PluginError, did_you_mean
from greenroom.hooks import spec
from greenroom.hooks.sources import GROUP, OFF, PROJECT_FILE, Sources

PREFIX = "greenroom_"
"""What the name of each hook begins with."""
HOOKS = tuple(name for name in vars(spec) if name.startswith(PREFIX))


class _Manager(pluggy.PluginManager):
    """Takes each function whose name begins as those of hooks do for a hook, marked or not."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        if not name.startswith(PREFIX):
            return None
        options = super().parse_hookimpl_opts(plugin, name)
        if options is None and inspect.isroutine(getattr(plugin, name, None)):
            return {"wrapper": False, "hookwrapper": False, "optionalhook": False, "tryfirst": False,
                    "trylast": False, "specname": None}  # fmt: skip
        return options


class Plugins:
    """The plugins of a run.

    Args:
        tell: is given a line when a plugin fails.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._manager = _Manager(GROUP)
        self._manager.add_hookspecs(spec)
        self.tell = tell
        """Given a line when a plugin fails."""
        self._known: set[str] = set()
        self.failed: list[str] = []
        """The names of plugins that raised."""

    def add(self, plugin: Any, name: str) -> None:
        """Take a module or an object in.

        Args:
            plugin: has functions named as hooks.
            name: what messages call it.

        Raises:
            PluginError: it has a hook that does not exist, or one that takes what the hook does not give.
        """
        if self._manager.has_plugin(name) or self._manager.is_registered(plugin):
            return
        for hook in dir(plugin):
            if hook.startswith(PREFIX) and hook not in HOOKS and inspect.isroutine(getattr(plugin, hook, None)):
                raise PluginError(f"the plugin {name} has a hook {hook}, which there is not", did_you_mean(hook, HOOKS))
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"the plugin {name} does not fit: {' '.join(str(error).split())}") from None
        for caller in self._manager.get_hookcallers(plugin) or ():
            if any(impl.wrapper or impl.hookwrapper for impl in caller.get_hookimpls()):
                raise PluginError(
                    f"the plugin {name} wraps {caller.name}, and hooks are called one by one",
                    "Use @hookimpl(tryfirst=True) or @hookimpl(trylast=True).",
                )

    def load(self, sources: Sources) -> None:
        """Load what is installed, the project's own, and what was named, in this order.

        One that raises while it is imported is named, and the run goes on without it.

        Raises:
            PluginError: a name leads to nothing, or a plugin has a hook that does not exist.
        """
        off = sources.off
        entries = _entry_points() if sources.installed else {}
        self._known |= entries.keys()
        for name, entry in entries.items():
            if name not in off:
                self._load(name, entry.load)
        project = sources.root / PROJECT_FILE
        if project.is_file():
            self._known.add(project.stem)
            if project.stem not in off:
                self._load(project.stem, lambda: load_file(project))
        for name in sources.named:
            if name.startswith(OFF):
                continue
            self._known.add(name)
            if name not in off and name not in entries:
                self._load_named(name, sources.root)
        for name in off - self._known:
            raise PluginError(
                f"there is no plugin {name} that could be left out", did_you_mean(name, self._known)
            )  # fmt: skip

    def _load_named(self, name: str, root: Path) -> None:
        if name.endswith(".py") or "/" in name:
            path = root / name
            if not path.is_file():
                raise PluginError(f"the plugin {name} is no file in {root}")
            self._load(name, lambda: load_file(path))
            return
        try:
            found = importlib.util.find_spec(name.partition(":")[0])
        except (ImportError, ValueError):
            found = None
        if found is None:
            raise PluginError(
                f"there is no plugin {name}",
                did_you_mean(name, self._known - {name}) or "Name a module, a file, or a plugin that is installed.",
            )
        self._load(name, lambda: _import(name))

    def _load(self, name: str, load: Callable[[], Any]) -> None:
        try:
            plugin = load()
        except Exception as error:
            self.fail(name, "could not be loaded", error)
        else:
            self.add(plugin, name)

    # Calls ------------------------------------------------------------------------------------------------------------

    def has(self, hook: str) -> bool:
        """Whether any plugin has this hook."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    def call(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Call a hook in each plugin.

        Args:
            hook: its name.
            arguments: all that its specification names.

        Returns:
            The name of each plugin that gave something, and what it gave, in the order in which they were called.
        """
        given = []
        for impl in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            try:
                result = impl.function(*[arguments[name] for name in impl.argnames])
            except Exception as error:
                self.fail(impl.plugin_name, f"failed in {hook}", error)
                continue
            if result is not None:
                given.append((impl.plugin_name, result))
        return given

    def fail(self, name: str, how: str, error: BaseException) -> None:
        """A plugin raised: say so, once."""
        if name not in self.failed:
            self.failed.append(name)
            self.tell(f"the plugin {name} {how}: {fault(error)}")


def fault(error: BaseException) -> str:
    """An exception in one line: what it says, and where it was raised."""
    said = " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{f': {said}' if said else ''}{where}"


def load_file(path: Path) -> Any:
    """Import a file as a module of its name, once in a process."""
    name = path.stem
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    found = importlib.util.spec_from_file_location(name, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import(name: str) -> Any:
    module, _, attribute = name.partition(":")
    plugin: Any = importlib.import_module(module)
    return getattr(plugin, attribute) if attribute else plugin


def _entry_points() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=GROUP)}
