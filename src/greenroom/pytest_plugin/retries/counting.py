"""How many tests have failed in all processes of a run: a broken build is one in however many workers it runs."""

from __future__ import annotations

import os
from typing import Any

_NAME = "failed"


class Failures:
    """A number that the workers of a run count together: a byte for each test that failed, in a file of the run.

    Args:
        config: pytest's. In a process that is no worker it counts nothing.
    """

    def __init__(self, config: Any) -> None:
        self._file: int | None = None
        if hasattr(config, "workerinput"):
            # Imported here: where there are no such locks there are workers of pytest-xdist's all the same.
            try:
                from greenroom.pytest_plugin.workers.once import shared_of
            except ImportError:
                return
            path = shared_of(config).folder / _NAME
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def add(self, count: int) -> None:
        """So many more have failed."""
        if self._file is not None and count:
            os.write(self._file, b"." * count)

    def of_all(self, own: int) -> int:
        """How many there are.

        Args:
            own: how many failed in this process.
        """
        return own if self._file is None else os.fstat(self._file).st_size
