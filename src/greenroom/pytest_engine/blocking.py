"""What pytest has for the whole process, and here has within its own tests alone.

pytest-django lets no code use databases outside of tests that say so. pytest's `filterwarnings` count from its configuration to
its end. unittest's tests of the same run are to see neither.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Blocking:
    """What opens connections, and which warnings are shown or raised, for pytest's tests and for all others."""

    def __init__(self) -> None:
        self._within: Any = None
        self._filters: list[Any] | None = None
        self._depth = 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be where pytest-django says who may use databases, and pytest what is done with a warning."""
        from django.db.backends.base.base import BaseDatabaseWrapper

        if self._depth:
            yield
            return
        wrapper: Any = BaseDatabaseWrapper
        outside = wrapper.ensure_connection
        if self._within is not None:
            wrapper.ensure_connection = self._within
        self._depth += 1
        try:
            with warnings.catch_warnings():
                if self._filters is not None:
                    warnings.filters[:] = self._filters  # type: ignore[index] # typeshed has a sequence, Python a list
                try:
                    yield
                finally:
                    self._filters = list(warnings.filters)
        finally:
            self._depth -= 1
            self._within, wrapper.ensure_connection = wrapper.ensure_connection, outside
