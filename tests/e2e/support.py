"""What the end-to-end tests share: the modes of a run, and runs that several tests look at."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import pytest

from greenroom.testing.process import POLL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from greenroom.testing import How, Project, Ran, Started, StartMethod


@dataclass(frozen=True)
class Mode:
    """A way to run tests: in this process, or in two workers that are started in one of three ways."""

    name: str
    args: tuple[str, ...] = ()
    start_method: StartMethod | None = None

    def __str__(self) -> str:
        return self.name


SERIAL = Mode("serial")
FORK = Mode("fork", ("--parallel", "2"), "fork")
FORKSERVER = Mode("forkserver", ("--parallel", "2"), "forkserver")
SPAWN = Mode("spawn", ("--parallel", "2"), "spawn")

PARALLEL = (FORK, FORKSERVER, SPAWN)
MODES = (SERIAL, *PARALLEL)

in_every_mode = pytest.mark.parametrize("mode", list(MODES), ids=str)
in_workers = pytest.mark.parametrize("mode", list(PARALLEL), ids=str)
in_main_modes = pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
"""Where forkserver can't differ from spawn."""

AT_ONCE = 2
"""How many planned runs are under way at the same time."""


@dataclass(frozen=True)
class _Planned:
    key: str
    start: Callable[[], Started]
    alone: bool
    """Whether another of its kind must not run meanwhile: Django's copies of a database for workers that inherit
    nothing are files of fixed names in the project's folder."""


class Runs:
    """Runs of one project, each of them made once however many tests look at it.

    While a test waits for its run, those planned next go on beside it.

    Args:
        project: what is run.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._made: dict[str, Ran | BaseException] = {}
        self._queue: deque[_Planned] = deque()
        self._active: dict[str, tuple[_Planned, Started]] = {}

    def __call__(self, *args: str, mode: Mode = SERIAL, **how: Unpack[How]) -> Ran:
        """Run `manage.py test` with these arguments in a mode, or give what it came to the last time."""
        wanted = self._plan(args, mode, how)
        while wanted.key not in self._made:
            self._collect()
            if wanted.key not in self._active and wanted.key not in self._made and not self._in_the_way(wanted):
                self._start(wanted)
            self._start_planned()
            time.sleep(POLL)
        ran = self._made[wanted.key]
        if isinstance(ran, BaseException):
            raise ran
        return ran

    def stock(self, *args: str, **how: Unpack[How]) -> Ran:
        """Run `manage.py test` under stock Django, serially."""
        how["runner"] = "stock"
        return self(*args, mode=SERIAL, **how)

    def plan(self, *args: str, mode: Mode = SERIAL, **how: Unpack[How]) -> None:
        """Say that a run will be wanted."""
        self._queue.append(self._plan(args, mode, how))

    def plan_each(self, all_args: Iterable[Sequence[str]], modes: Iterable[Mode], *, stock: bool = True) -> None:
        """Say that a run with each of these arguments will be wanted, in each mode, and under stock."""
        for args in all_args:
            if stock:
                self.plan(*args, runner="stock")
            for mode in modes:
                self.plan(*args, mode=mode)

    def close(self) -> None:
        """Nobody wants any more of them."""
        self._queue.clear()
        for _, started in self._active.values():
            started.process.kill()

    def _plan(self, args: tuple[str, ...], mode: Mode, how: How) -> _Planned:
        how["start_method"] = mode.start_method
        alone = mode.start_method in {"spawn", "forkserver"}
        key = repr((args, mode, sorted(how.items())))
        return _Planned(key, lambda: self.project.start_manage_test(*args, *mode.args, **how), alone)

    def _in_the_way(self, planned: _Planned) -> bool:
        return planned.alone and any(other.alone for other, _ in self._active.values())

    def _start(self, planned: _Planned) -> None:
        self._active[planned.key] = planned, planned.start()

    def _start_planned(self) -> None:
        while self._queue and len(self._active) < AT_ONCE and not self._in_the_way(self._queue[0]):
            planned = self._queue.popleft()
            if planned.key not in self._made and planned.key not in self._active:
                self._start(planned)

    def _collect(self) -> None:
        for key, (_, started) in list(self._active.items()):
            if not started.process.alive() or started.process.overdue():
                del self._active[key]
                try:
                    self._made[key] = started.finish()
                except AssertionError as error:
                    self._made[key] = error


class Trials:
    """Runs of the same files in several modes, each in a project of its own, all under way at the same time.

    Args:
        make_project: makes the projects.
        modes: the modes.
        args: the arguments of `manage.py test`.
        about: the arguments of `Project`.
        how: see `How`.
    """

    def __init__(
        self,
        make_project: Callable[..., Project],
        modes: Iterable[Mode],
        *args: str,
        about: dict[str, Any],
        **how: Unpack[How],
    ) -> None:
        self.projects: dict[Mode, Project] = {}
        self.started: dict[Mode, Started] = {}
        self._ran: dict[Mode, Ran] = {}
        for mode in modes:
            self.projects[mode] = make_project(**about)
            how["start_method"] = mode.start_method
            self.started[mode] = self.projects[mode].start_manage_test(*args, *mode.args, **how)

    def __getitem__(self, mode: Mode) -> Ran:
        """What the run in a mode came to."""
        if mode not in self._ran:
            self._ran[mode] = self.started[mode].finish()
        return self._ran[mode]

    def __del__(self) -> None:
        # A mode that no test asked for, because it was deselected or a test before it failed, is still under way.
        for mode, started in self.started.items():
            if mode not in self._ran:
                started.process.kill()
