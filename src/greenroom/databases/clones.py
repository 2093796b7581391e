"""Leases over Django's own clones of the test databases: `<name>_1`, `<name>_2`, …"""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.db import connections

_ATTEMPTS = 6


class DjangoClones:
    """The worker databases that `setup_databases(parallel=N)` made.

    Args:
        aliases: the aliases that the run uses.
    """

    def __init__(self, aliases: Iterable[str]) -> None:
        self._aliases = list(aliases)

    def renew(self, slot: int) -> None:
        """Clone anew from the test database, which no test has touched.

        A server may take a moment to notice that a worker is dead: until then it refuses to drop its database.

        Raises:
            Exception: what the database raised at the last attempt.
        """
        seen = set()
        for alias in self._aliases:
            connection = connections[alias]
            settings = connection.settings_dict
            place = (connection.vendor, settings.get("HOST"), settings.get("PORT"), str(settings.get("NAME")))
            if place in seen:
                continue
            seen.add(place)
            connection.close()
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    connection.creation.clone_test_db(suffix=str(slot), verbosity=0, keepdb=False)
                    break
                except Exception:
                    if attempt == _ATTEMPTS:
                        raise
                    time.sleep(0.2 * attempt)
