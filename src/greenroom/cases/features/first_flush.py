"""A flush before the first test that uses a database: `flush_after_migrate`, `FLUSH_TEST_DATABASE_AFTER_INITIAL_SYNCDB`."""

from __future__ import annotations

import os
from typing import Any

from greenroom.cases.features.databases import aliases_of
from greenroom.cases.features.flush import flush

NAMES: frozenset[str] = frozenset()
_done: set[tuple[int, str, str]] = set()
"""The process, the alias and the name of each database that was flushed."""


def set_up_class(cls: Any) -> None:
    """Flush those of the class's databases that no test of this process has used before."""
    from django.db import connections

    new = []
    for alias in aliases_of(cls, mirrors=False):
        key = (os.getpid(), alias, str(connections[alias].settings_dict["NAME"]))
        if key not in _done:
            _done.add(key)
            new.append(alias)
    if new:
        flush(cls, new)
