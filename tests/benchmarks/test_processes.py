"""Memory of a process tree."""

from __future__ import annotations

import os
import threading

import pytest

from benchmarks.processes import Memory, MemoryWatcher, descendants, parent_of, parse_rollup, supported

ROLLUP = """55d5c7a00000-7ffd3d9fe000 ---p 00000000 00:00 0                          [rollup]
Rss:                9876 kB
Pss:                1234 kB
Pss_Anon:            500 kB
Shared_Clean:       4000 kB
"""


def test_sizes_are_bytes() -> None:
    """The kernel tells kB; `Pss_Anon` and the like are parts of what is already counted."""
    assert parse_rollup(ROLLUP) == Memory(rss=9876 * 1024, pss=1234 * 1024)


def test_a_process_may_have_any_name() -> None:
    """Blanks and brackets in it do not shift the fields."""
    assert parent_of("42 (a) b (c) S 7 42 42 0 -1") == 7


def test_descendants_are_found_at_any_depth() -> None:
    """Children, grandchildren, nobody else."""
    assert descendants(1, [(4, 3), (2, 1), (3, 2), (9, 8), (1, 0)]) == {2, 3, 4}


def test_a_process_that_is_its_own_parent_ends_the_search() -> None:
    """It can be seen so when ids are used again between two looks."""
    assert descendants(1, [(1, 1), (2, 1)]) == {1, 2}


@pytest.mark.skipif(not supported(), reason="needs /proc/PID/smaps_rollup")
def test_peaks_of_this_very_process() -> None:
    """Figures are MB; what is shared counts less in PSS than in RSS."""
    watcher = MemoryWatcher()
    ended = threading.Event()
    thread = threading.Thread(target=watcher.watch, args=(os.getpid(), ended))
    thread.start()
    while not watcher.looks:
        pass
    ended.set()
    thread.join()

    figures = watcher.figures()

    assert 1 < figures["parent_pss"] <= figures["parent_rss"]
    assert figures["tree_pss"] >= figures["parent_pss"] * 0.9
