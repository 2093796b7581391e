"""The start method of worker processes, as Django sees it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def start_method_set(method: str, *, wanted: bool) -> Iterator[None]:
    """Have multiprocessing say this method within the block.

    Django's database backends ask it: it must be the one that is used.

    Args:
        method: fork, forkserver or spawn.
        wanted: whether there are workers at all.
    """
    before = multiprocessing.get_start_method()
    if not wanted or before == method:
        yield
        return
    multiprocessing.set_start_method(method, force=True)
    try:
        yield
    finally:
        multiprocessing.set_start_method(before, force=True)
