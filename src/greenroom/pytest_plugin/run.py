"""What the parts of the plugin have in common: one object for each run of pytest."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.config.schema import Config
from greenroom.running.place import Place

if TYPE_CHECKING:
    from greenroom.config.overrides import Override

KINDS_OF_MARKS = "unit", "database", "destructive", "http", "browser", "requires", "quarantine"
"""The marks that are greenroom's, unless the project has registered one of that name as its own."""


class PytestRun:
    """A run of pytest, in the process that the command line started or in a worker of xdist's.

    Args:
        pytest_config: pytest's configuration.
        config: greenroom's.
        root: the folder of the project.
    """

    def __init__(self, pytest_config: pytest.Config, config: Config, root: Path) -> None:
        self.pytest = pytest_config
        self.config = config
        self.overrides: tuple[Override, ...] = ()
        """What the configuration says of some tests."""
        self.worker_input: dict[str, Any] | None = getattr(pytest_config, "workerinput", None)
        """What xdist tells a worker; None where this is none."""
        name = (self.worker_input or {}).get("greenroom_run")
        self.place = Place(root, config, name or f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")
        self.slot = _number((self.worker_input or {}).get("workerid", ""))
        self.retries = False
        """Whether tests that failed are tried again."""
        self.workers = 0
        """The processes that `--workers` asks for; 0: tests run in this one."""
        self.aliases: tuple[str, ...] = ()
        """The databases that were set up."""
        self.doctest_aliases: set[str] = set()
        """Those that doctests may come to, which need them only then."""
        self.notes: list[str] = []
        """Lines for the end of pytest's report."""
        self.needs: frozenset[str] = frozenset((self.worker_input or {}).get("greenroom_needs", ()))
        """What reporters ask for of each test."""
        self.broken_plugins: list[str] = []
        """The names of greenroom's plugins that failed in this process, where it is a worker."""
        self.kept: Any = None
        """What keeps it, in a process that runs tests."""
        self.trouble = ""
        """Why the run fails, whatever its tests say."""
        self.steps: list[Any] = []
        """`DatabaseStep` events that were not told yet."""
        self.checked: Any = None
        """The `ChecksFinished` event, once there is one."""
        self.needy: dict[Any, bool] = {}
        """By class, module or whatever tests are in: whether it says that they need a resource."""
        self.set_up_seconds = 0.0
        """What the fixtures of the running test took that are the whole run's."""
        own = {line.partition(":")[0].partition("(")[0].strip() for line in pytest_config.getini("markers")}
        self.marks = frozenset(KINDS_OF_MARKS) - own
        """Those of greenroom's marks that the project has not registered for itself."""

    @property
    def is_worker(self) -> bool:
        """Whether this is a worker of xdist's."""
        return self.worker_input is not None

    @property
    def is_controller(self) -> bool:
        """Whether the tests run in workers of xdist's, and none in this process."""
        return bool(self.pytest.pluginmanager.hasplugin("dsession"))

    def say(self, text: str) -> None:
        """A line that the user should know."""
        if text not in self.notes:
            self.notes.append(text)

    def blocker(self) -> Any:
        """pytest-django's object that lets tests use the database, or not."""
        from pytest_django.plugin import blocking_manager_key

        return self.pytest.stash[blocking_manager_key]


RUN = pytest.StashKey[PytestRun]()
"""On the configuration."""


def _number(worker: str) -> int:
    """The slot of a worker of xdist's: `gw0` is the first."""
    digits = worker.removeprefix("gw")
    return int(digits) + 1 if digits.isdigit() else 0
