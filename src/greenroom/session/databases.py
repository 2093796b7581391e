"""The databases of a run: snapshots, leases and resets put in place for it, and taken away after it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from greenroom import clock
from greenroom.config.folders import cache_folder
from greenroom.config.schema import Config
from greenroom.events import DatabaseStep


class RunDatabases:
    """What a run does about databases beside Django's own `setup_databases()`.

    Args:
        config: of the run.
        root: the folder of the project.
        say: is told, in a line, what the user should know.
    """

    def __init__(self, config: Config, root: Path, say: Callable[[str], None]) -> None:
        self._config = config
        self._root = root
        self._say = say
        self._leases: Any = None
        self._steps: Any = None
        self._told = 0
        self._servers: list[Any] = []
        self._before: dict[str, dict[str, Any]] = {}
        """What the settings of aliases on private servers said before."""

    def install(self, aliases: Iterable[str]) -> None:
        """Before `setup_databases()`: have servers for these aliases, and their databases made from snapshots.

        Raises:
            ServerError: a private server is needed, and could not be started.
        """
        from django.db import connections

        wanted = [alias for alias in aliases if connections.settings[alias]["ENGINE"] != "django.db.backends.dummy"]
        if not wanted:
            return
        # Imported here: a run without databases does without.
        from greenroom.databases.steps import Steps

        self._steps = Steps()
        passing = self._have_servers(wanted)
        cache = cache_folder(self._config, self._root)
        if not self._config.snapshots or not self._usable(cache):
            return
        from greenroom.databases.leases import Leases
        from greenroom.databases.options import LeaseOptions

        options = LeaseOptions(
            root=self._root,
            cache=cache,
            fresh=self._config.fresh_db,
            limit=int(self._config.snapshot_limit * 1024**3),
            passing=frozenset(passing),
        )
        self._leases = Leases(options, self._say, self._steps)
        self._leases.install(wanted)

    def _usable(self, cache: Path) -> bool:
        """Whether snapshots can be kept there; if not, it says so."""
        try:
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = tempfile.mkdtemp(prefix=".probe-", dir=cache)
            Path(probe).rmdir()
        except OSError as error:
            self._say(f"test databases are migrated, and no snapshot is kept: {cache} can't be used ({error.strerror})")
            return False
        return True

    def _have_servers(self, aliases: Iterable[str]) -> list[str]:
        """Start private servers where they are wanted; the aliases whose server ends with the run are given back."""
        from django.db import connections

        databases = {alias: connections.settings[alias] for alias in aliases}
        embedded = ("django.db.backends.sqlite3", "django.contrib.gis.db.backends.spatialite")
        if self._config.db_server == "never" or all(each["ENGINE"] in embedded for each in databases.values()):
            return []
        from greenroom.databases.throwaway import ensure_servers, point

        self._servers = ensure_servers(databases, self._config.db_server, self._root / self._config.directory)
        for server in self._servers:
            for alias in server.aliases:
                connections[alias].close()
                self._before[alias] = {key: databases[alias].get(key) for key in server.settings[alias]}
                self._steps.add(
                    alias, "server found" if server.found else "server started", server.seconds, server.title
                )
        point(connections.settings, self._servers)
        return [alias for server in self._servers if not server.kept for alias in server.aliases]

    def resets(
        self, classes: Iterable[type], aliases: Iterable[str] | None, *, inherited: bool = True
    ) -> ResetPlan | None:
        """How databases are put back after tests that commit; None where no test of the run does.

        Args:
            classes: those of the run's tests.
            aliases: the databases that it uses; None: all.
            inherited: whether the process that tests run in is this one, or forked from it.
        """
        from django.db import connections
        from django.test import TestCase, TransactionTestCase

        if not any(
            (issubclass(cls, TransactionTestCase) and not issubclass(cls, TestCase))
            or getattr(cls, "greenroom_commits", False)
            for cls in classes
        ):
            return None
        return self.plan(tuple(connections if aliases is None else aliases), inherited=inherited)

    def plan(self, aliases: tuple[str, ...], *, inherited: bool = True) -> ResetPlan:
        """How these databases are put back after a test that commits.

        Args:
            aliases: those that tests use.
            inherited: see `resets`.
        """
        leases = self._leases
        renewable = inherited and leases is not None and all(map(leases.renewable, aliases))
        return ResetPlan(self._config.reset, aliases, leases.renew if renewable else None)

    @contextmanager
    def resetting(
        self, classes: Iterable[type], aliases: Iterable[str] | None, at_end: list[Callable[[], Iterable[DatabaseStep]]]
    ) -> Iterator[None]:
        """Have the databases of this very process put back by what is installed here, for the block.

        Args:
            classes: those of the run's tests.
            aliases: the databases that it uses; None: all.
            at_end: takes a function that gives the sums, to be called when the tests are through.
        """
        plan = self.resets(classes, aliases)
        if plan is None:
            yield
            return
        done: dict[tuple[str, str], tuple[int, float]] = {}

        def report(alias: str, how: str, seconds: float) -> None:
            count, before = done.get((alias, how), (0, 0.0))
            done[alias, how] = (count + 1, before + seconds)

        def sums() -> Iterable[DatabaseStep]:
            for (alias, how), (count, seconds) in done.items():
                yield DatabaseStep(clock.now(), alias, "reset", seconds, count, detail=how)

        plan(report)
        at_end.append(sums)
        try:
            yield
        finally:
            undo_resets()

    def uninstall(self) -> None:
        """After `teardown_databases()`, or instead of it where the run ends early."""
        if self._leases is not None:
            self._leases.uninstall()
            self._leases = None
        if self._servers:
            from django.db import connections

            from greenroom.databases.throwaway import stop_server

            for alias, settings in self._before.items():
                connections[alias].close()
                connections.settings[alias].update(settings)
            for server in self._servers:
                stop_server(server)
            self._servers = []

    def news(self) -> list[DatabaseStep]:
        """What was done since the last time this was asked, as events."""
        steps = self._steps.steps if self._steps is not None else []
        new, self._told = steps[self._told :], len(steps)
        return [DatabaseStep(clock.now(), step.alias, step.deed, step.seconds, detail=step.detail) for step in new]


class DatabaseTimes:
    """Adds up what events say about databases; for `--timing`."""

    def __init__(self) -> None:
        self.wants: frozenset[type] | None = frozenset({DatabaseStep})
        self._sums: dict[tuple[str, str, str], tuple[int, float]] = {}

    def handle(self, event: Any) -> None:
        """Take one event."""
        key = (event.alias, event.deed, event.detail)
        count, seconds = self._sums.get(key, (0, 0.0))
        self._sums[key] = (count + event.count, seconds + event.seconds)

    def lines(self) -> list[str]:
        """A line for each alias and deed."""
        return [
            f"  Database {alias!r}: {deed}{f' ({detail})' if detail else ''}"
            f"{f', {count} times' if count > 1 else ''} in {seconds:.3f}s"
            for (alias, deed, detail), (count, seconds) in self._sums.items()
        ]

    def flush(self) -> None:
        """Nothing is written before the end."""

    def close(self) -> None:
        """Nothing is held open."""


class ResetPlan(msgspec.Struct, frozen=True):
    """Puts the resets in place, in the process that runs the tests; called when its databases are ready."""

    reset: Literal["compat", "baseline"]
    aliases: tuple[str, ...]
    renew: Callable[[str], None] | None

    def __call__(self, report: Callable[[str, str, float], None]) -> None:
        """Install them.

        Args:
            report: is told of each reset: the alias, how it was done, and the seconds.
        """
        from greenroom.databases.reset.api import Policy
        from greenroom.databases.reset.hook import install

        policy = Policy(self.reset, self.renew, lambda done: report(done.alias, done.how, done.seconds))
        install(policy).prepare(self.aliases)


def undo_resets() -> None:
    """Flush as Django does again."""
    from greenroom.databases.reset.hook import uninstall

    uninstall()
