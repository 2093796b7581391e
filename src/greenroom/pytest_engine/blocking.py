"""pytest-django lets no code use databases outside of tests that say so; here this holds within its tests alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Blocking:
    """What opens connections, as it is for pytest's tests and for all others."""

    def __init__(self) -> None:
        self._within: Any = None
        self._depth = 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be where pytest-django says who may use databases."""
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
            yield
        finally:
            self._depth -= 1
            self._within, wrapper.ensure_connection = wrapper.ensure_connection, outside
