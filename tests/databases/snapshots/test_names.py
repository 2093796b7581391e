"""Names fit the servers, tell checkouts and runs apart, and marks are known again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.databases.locks import Lock, locked
from greenroom.databases.marks import is_mark, lane_mark, marked_key, snapshot_mark
from greenroom.databases.names import checkout_hash, lane_name, lane_path, snapshot_name


@given(st.text(min_size=1, max_size=80), st.sampled_from(["", "ab12cd"]), st.integers(1, 99))
def test_names_fit(usual: str, checkout: str, run: int) -> None:
    """Also with what Django adds for a worker; only a name that the project chose itself may be as long as it likes."""
    name = lane_name(usual, checkout, run)
    if checkout or run > 1:
        assert len(f"{name}_12".encode()) <= 63
    else:
        assert name == usual


def test_names_tell_checkouts_and_runs_apart(tmp_path: Path) -> None:
    """Also where the usual name is long."""
    here, there = checkout_hash(tmp_path / "a"), checkout_hash(tmp_path / "b")
    assert here != there
    assert checkout_hash(tmp_path / "a") == here
    for usual in ("test_shop", "test_" + "x" * 80):
        names = {lane_name(usual, checkout, run) for checkout in (here, there) for run in (1, 2, 3)}
        assert len(names) == 6
    assert lane_path("folder/test.sqlite3", 1) == "folder/test.sqlite3"
    assert lane_path("folder/test.sqlite3", 2) == "folder/test_r2.sqlite3"


def test_snapshot_names_fit() -> None:
    """Each state has its own."""
    key = "0123456789abcdef" * 2
    assert snapshot_name(key, "ready") != snapshot_name(key, "bare")
    assert len(snapshot_name(key, "bare_new")) <= 63


@pytest.mark.parametrize(
    "comment", [None, "", "the shop's data", "greenroom", "greenroom:2:lane:x", "x greenroom:1:lane:"]
)
def test_what_is_no_mark(comment: str | None) -> None:
    """Whatever else a comment says, greenroom did not write it."""
    assert not is_mark(comment)
    assert marked_key(comment) == ""


def test_marks_are_known_again() -> None:
    """With the key that they carry."""
    assert is_mark(lane_mark())
    assert marked_key(lane_mark("abc1")) == "abc1"
    assert marked_key(snapshot_mark("abc1")) == "abc1"


_HOLD = """
import sys
from pathlib import Path
from greenroom.databases.locks import Lock
lock = Lock(Path(sys.argv[1]), "it")
assert lock.take(wait=False)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """Another process is kept out while the holder lives, and let in when it is killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    lock = Lock(tmp_path, "it")
    assert not lock.take(wait=False)
    assert Lock(tmp_path, "something else").take(wait=False)
    holder.kill()
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    assert lock.take(wait=True)
    lock.release()
    with locked(tmp_path, "it"):
        pass
