"""Whether a file is at work still."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from greenroom.reporters.locked import is_locked


@pytest.mark.parametrize(("lock", "held"), [(fcntl.LOCK_EX, True), (fcntl.LOCK_SH, False)], ids=["held", "asked for"])
def test_only_who_holds_it_locks_it(tmp_path: Path, lock: int, held: bool) -> None:
    """Not somebody who asks at the same time; and it ends with the file's being closed."""
    path = tmp_path / "run.jsonl"
    path.touch()
    with path.open() as other:
        fcntl.flock(other, lock)
        assert is_locked(path) is held
    assert not is_locked(path)


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """Who asks knows what that means."""
    with pytest.raises(FileNotFoundError):
        is_locked(tmp_path / "run.jsonl")
