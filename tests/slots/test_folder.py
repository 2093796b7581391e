"""The worker's folder."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from greenroom import slots
from greenroom.running.ending import close_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_it_goes_with_the_worker(
    be_worker: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can enter it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = slots.folder()
    assert folder == slots.folder()
    assert folder.stat().st_mode & 0o077 == 0
    (folder / "upload").write_text("x")
    assert close_all() == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_worker_left_goes_with_the_next(
    be_worker: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders of workers that live, and of others, stay."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    foreign = tmp_path / "greenroom-slot-foreign"
    foreign.mkdir()
    mine = slots.folder()
    child = os.fork()
    if not child:
        (slots.folder() / "upload").write_text("x")
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 3
    child = os.fork()
    if not child:
        slots.folder()
        found = {path for path in tmp_path.iterdir() if path not in {foreign, mine.parent}}
        close_all()
        os._exit(0 if found == set() or len(found) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert {*tmp_path.iterdir()} == {foreign, mine.parent}
