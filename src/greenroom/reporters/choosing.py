"""Which reporters tell of a run: those that were asked for, those of plugins, and one at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from greenroom.config.schema import Config
from greenroom.errors import ConfigError, ExitCode, GreenroomError, PluginError, did_you_mean
from greenroom.events import Event, Note, RunFinished
from greenroom.hooks.sources import Sources, find_sources
from greenroom.reporters.api import BaseReporter, Reporter, unneeded

if TYPE_CHECKING:
    from greenroom.hooks.context import ReporterContext, ReporterFactory
    from greenroom.hooks.plugins import Plugins
    from greenroom.reporters.guard import Faults, Member

ContextMaker = Callable[[], "ReporterContext"]
BUILT_IN = "greenroom"
"""The name of the plugin that brings greenroom's own reporters."""


def paths_from_here(specs: Sequence[str] | None) -> Sequence[str] | None:
    """What a command line says of reporters, with its paths made absolute: there a path is from where one is."""
    if specs is None:
        return None
    split = [spec.partition(":") for spec in specs]
    return [f"{name}:{Path(path).absolute()}" if path else name for name, _, path in split]


def warn(text: str) -> None:
    """A line to stderr, at once."""
    print(f"greenroom: {text}", file=sys.stderr)


class Reporting:
    """The reporters and plugins of one run, and what their failures make of its exit code.

    Args:
        reporters: in the order in which they are told.
        plugins: None where there are none.
        faults: of these reporters; None where none can fail.
    """

    def __init__(
        self, reporters: Sequence[Reporter], plugins: Plugins | None = None, faults: Faults | None = None,
        sources: Sources | None = None,
    ) -> None:  # fmt: skip
        self.reporters = list(reporters)
        self.plugins = plugins
        self.sources = sources
        """What other processes of the run load the same plugins from; None where there are none."""
        self.failed = False
        """Whether a reporter or a plugin made the run fail whose tests did not."""
        self._faults = faults

    @property
    def needs(self) -> frozenset[str]:
        """What the events of tests are to carry, because any of them asks for it."""
        return frozenset().union(*(getattr(reporter, "needs", ()) for reporter in self.reporters))

    def wants(self, kind: type) -> bool:
        """Whether any of them handles events of a class."""
        return any(reporter.wants is None or kind in reporter.wants for reporter in self.reporters)

    def in_process(self) -> Any:
        """The hooks of plugins that are called where tests run, for tests in this process; None where there are none."""
        if self.plugins is None:
            return None
        from greenroom.hooks.process import process_hooks

        return process_hooks(self.plugins, 0)

    def begin(self, root: Path, config: Config) -> None:
        """The run begins."""
        if self.plugins is not None:
            self.plugins.call("greenroom_run_started", root=root, config=config)

    def end(self, finished: RunFinished | None, code: ExitCode) -> ExitCode:
        """The run is over and all reporters are closed.

        Args:
            finished: how it ended.
            code: what its tests came to.

        Returns:
            The exit code: where all was well, what reporters and plugins make of it.
        """
        failures = list(self._faults.failures) if self._faults is not None else []
        if self.plugins is not None and finished is not None:
            for _, why in self.plugins.call("greenroom_verdict", finished=finished):
                warn(str(why))
                failures.append(str(why))
        if code is ExitCode.OK and failures:
            code, self.failed = ExitCode.FAILED, True
        if code is ExitCode.OK and self._broken:
            code = ExitCode.PLUGIN_FAILED
        if self.plugins is not None and finished is not None:
            self.plugins.call("greenroom_run_finished", finished=finished, exit_code=int(code))
        return ExitCode.PLUGIN_FAILED if code is ExitCode.OK and self._broken else code

    @property
    def _broken(self) -> bool:
        return bool((self._faults and self._faults.names) or (self.plugins and self.plugins.failed))


def open_reporting(
    config: Config,
    root: Path,
    context: ContextMaker,
    terminal: Callable[[], Reporter] | None,
    *,
    refuse_terminal: str = "",
) -> Reporting:
    """Load the plugins of a run, and make its reporters.

    Args:
        config: `report` and `plugins` are looked at.
        root: of the project.
        context: gives what reporters are made from, less the path.
        terminal: makes the reporter of the terminal, where none of those that were asked for is one; None: there is none.
        refuse_terminal: why a terminal reporter can't be asked for, if so.

    Raises:
        GreenroomError: a reporter or plugin is not known, or can't write where it should.
    """
    sources = find_sources(root, config.plugins)
    if not config.report and not sources.any:
        return Reporting([terminal()] if terminal is not None else [])
    # Imported here: a run without plugins and reports does without pluggy and threads.
    from greenroom.hooks.plugins import Plugins
    from greenroom.reporters.guard import Background, Faults

    plugins = Plugins(warn)
    plugins.load(sources)
    faults = Faults(warn)
    choosing = _Choosing(plugins, context(), faults, refuse_terminal)
    at_terminal = choosing.named(config.report)
    if at_terminal is None and terminal is not None:
        at_terminal = terminal()
    reporters = [at_terminal] if at_terminal is not None else []
    reporters += choosing.prompt
    if not choosing.context.replay:
        choosing.members += choosing.listeners()
    if choosing.members:
        reporters.append(Background(choosing.members, faults))
    if sources.any:
        reporters.append(_PluginNotes(plugins))
    return Reporting(reporters, plugins, faults, sources if sources.any else None)


class _PluginNotes(BaseReporter):
    """Takes note of plugins that failed in a worker."""

    wants = frozenset({Note})

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self.quick_pass = unneeded

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Note) and event.plugin and event.plugin not in self._plugins.failed:
            self._plugins.failed.append(event.plugin)


class _Choosing:
    """Makes the reporters of a run."""

    def __init__(self, plugins: Plugins, context: ReporterContext, faults: Faults, refuse_terminal: str) -> None:
        self._plugins = plugins
        self._faults = faults
        self._refuse_terminal = refuse_terminal
        self.context = context
        self.terminal = ""
        """The name of the reporter that tells at the terminal."""
        self.prompt: list[Reporter] = []
        """Those that are told of each event at once."""
        self.members: list[Member] = []
        """Those that are told in the background."""

    def named(self, specs: Sequence[str]) -> Reporter | None:
        """Make the reporters that were asked for; the one for the terminal is given back."""
        if not specs:
            return None
        factories = self._factories()
        terminal = None
        seen: set[str] = set()
        for spec in specs:
            name, _, path = spec.partition(":")
            if name not in factories:
                raise ConfigError(f"there is no reporter {name!r}", did_you_mean(name, factories))
            if spec in seen:
                continue
            seen.add(spec)
            context = msgspec.structs.replace(self.context, path=self.context.root / path if path else None)
            terminal = self._make(name, factories[name], context) or terminal
        return terminal

    def listeners(self) -> list[Member]:
        """Those that plugins bring without being asked."""
        from greenroom.reporters.guard import Member

        given = self._plugins.call("greenroom_listener", context=self.context)
        return [Member(f"of the plugin {name}", reporter) for name, reporter in given]

    def _factories(self) -> dict[str, ReporterFactory]:
        from greenroom.reporters import builtin

        self._plugins.add(builtin, BUILT_IN)
        factories: dict[str, ReporterFactory] = {}
        for plugin, given in self._plugins.call("greenroom_reporters"):
            if not isinstance(given, dict) or not all(callable(make) for make in given.values()):
                raise PluginError(
                    f"the plugin {plugin} gives no reporters",
                    "greenroom_reporters() gives a dict: name to class or maker.",
                )
            for name, make in given.items():
                factories.setdefault(name, make)
        return factories

    def _make(self, name: str, factory: ReporterFactory, context: ReporterContext) -> Reporter | None:
        from greenroom.reporters.guard import PATIENCE, Foreground, Member, Prompt, in_time, in_words

        try:
            reporter: Any = in_time(lambda: factory(context), PATIENCE)
        except GreenroomError:
            raise
        except OSError as error:
            file = error.filename or context.path or ""
            raise GreenroomError(
                f"the report {name} can't be written to {file}: {error.strerror}",
                f"Give another path: --report {name}:PATH.",
            ) from error
        except Exception as error:
            self._faults.add(name, in_words(name, error))
            return None
        if getattr(reporter, "prompt", False):
            self.prompt.append(Prompt(name, reporter, self._faults))
            return None
        if not getattr(reporter, "terminal", False) or context.path is not None:
            self.members.append(Member(name, reporter))
            return None
        if self._refuse_terminal:
            raise ConfigError(
                f"the reporter {name} is for the terminal: {self._refuse_terminal}", f"Give it a file: {name}:PATH."
            )
        if self.terminal:
            raise ConfigError(
                f"the reporters {self.terminal} and {name} are both for the terminal",
                f"Give one of them a file: {name}:PATH.",
            )
        self.terminal = name
        return Foreground(name, reporter, context, self._faults)
