"""Hashes of unfinished uploads, kept between the requests of one upload.

A hash's state cannot be written down. The process that took the last chunk keeps it, which is the one that takes the
next as long as the client keeps its connection; any other process reads the file again.
"""

import functools
import hashlib
import os
import threading
import uuid
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

_LIMIT = 1000  # a state is a few hundred bytes

_kept: OrderedDict[tuple[uuid.UUID, str], tuple[int, Any]] = OrderedDict()
_lock = threading.Lock()


def new(algorithm: str) -> Any:
    """A hash that has seen nothing."""
    return hashlib.new(algorithm, usedforsecurity=False)


def beside(hasher: Any, piece: bytes) -> Future[None]:
    """Hash in another thread. Python's lock is free meanwhile, so two processors work on one upload."""
    return _pool().submit(hasher.update, piece)


@functools.cache
def _pool() -> ThreadPoolExecutor:
    # Made by the process that hashes: threads do not live through a fork.
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="hash")


def keep(upload: uuid.UUID, algorithm: str, offset: int, hasher: Any) -> None:
    """Remember the state after `offset` bytes."""
    with _lock:
        _kept[upload, algorithm] = (offset, hasher)
        _kept.move_to_end((upload, algorithm))
        while len(_kept) > _LIMIT:
            _kept.popitem(last=False)


def take(upload: uuid.UUID, algorithm: str, offset: int) -> Any | None:
    """The state after exactly `offset` bytes, where this process has it. It is the caller's alone from now on."""
    with _lock:
        kept = _kept.pop((upload, algorithm), None)
    return kept[1] if kept is not None and kept[0] == offset else None


os.register_at_fork(after_in_child=_pool.cache_clear)
