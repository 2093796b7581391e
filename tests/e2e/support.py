"""What the end-to-end tests share: the modes of a run, and runs that several tests look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import pytest

if TYPE_CHECKING:
    from greenroom.testing import How, Project, Ran, StartMethod


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

in_every_mode = pytest.mark.parametrize("mode", [SERIAL, *PARALLEL], ids=str)
in_workers = pytest.mark.parametrize("mode", list(PARALLEL), ids=str)
in_main_modes = pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
"""Where forkserver can't differ from spawn."""


class Runs:
    """Runs of one project, each of them made once however many tests look at it.

    Args:
        project: what is run.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._made: dict[str, Ran] = {}

    def __call__(self, *args: str, mode: Mode = SERIAL, **how: Unpack[How]) -> Ran:
        """Run `manage.py test` with these arguments in a mode, or give what it came to the last time."""
        key = repr((args, mode, sorted(how.items())))
        if key not in self._made:
            how["start_method"] = mode.start_method
            self._made[key] = self.project.manage_test(*args, *mode.args, **how)
        return self._made[key]

    def stock(self, *args: str, **how: Unpack[How]) -> Ran:
        """Run `manage.py test` under stock Django, serially."""
        how["runner"] = "stock"
        return self(*args, mode=SERIAL, **how)
