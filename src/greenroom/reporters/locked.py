"""Whether a file that a run keeps is at work still: who writes or sends it holds a lock, which ends with the process."""

from __future__ import annotations

import os
from pathlib import Path


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of a file.

    Args:
        path: the file.

    Returns:
        False as well where there are no such locks, as on Windows: there an open file can't be removed.

    Raises:
        OSError: it can't be opened; it may be gone.
    """
    try:
        import fcntl
    except ImportError:
        return False
    fd = os.open(path, os.O_RDONLY)
    try:
        # Shared: two that ask at the same time do not take each other for its holder.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False
