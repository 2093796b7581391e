"""Memory of a process tree, from Linux's /proc."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

PROC = Path("/proc")
INTERVAL = 0.03
"""Seconds between two looks. Each look walks the pages of each process, so this is not for runs that are timed."""


@dataclass(frozen=True)
class Memory:
    """Memory of one process in bytes."""

    rss: int
    """Resident: all pages it has in memory, shared ones counted in full."""
    pss: int
    """Proportional: shared pages are divided among those who share them, so that a sum over processes is true."""


def supported() -> bool:
    """Whether this system tells the memory of its processes the way it is read here."""
    return (PROC / "self" / "smaps_rollup").exists()


def parse_rollup(text: str) -> Memory:
    """Read the content of /proc/PID/smaps_rollup (proc(5)); sizes there are in kB."""
    sizes = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name in {"Rss", "Pss"}:
            sizes[name] = int(rest.split()[0]) * 1024
    return Memory(sizes.get("Rss", 0), sizes.get("Pss", 0))


def parent_of(stat: str) -> int:
    """The parent's id in the content of /proc/PID/stat, whose second field may hold blanks and brackets."""
    return int(stat.rpartition(")")[2].split()[1])


def descendants(root: int, parents: Iterable[tuple[int, int]]) -> set[int]:
    """All processes below `root`, without it.

    Args:
        root: a process id.
        parents: (process id, id of its parent) pairs.
    """
    children: dict[int, list[int]] = {}
    for pid, parent in parents:
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    waiting = [root]
    while waiting:
        fresh = [pid for pid in children.get(waiting.pop(), ()) if pid not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return found


@dataclass
class MemoryWatcher:
    """Keeps the peaks of a process and its descendants while it runs."""

    root: int = 0
    peaks: dict[int, Memory] = field(default_factory=dict)
    """The peak of each process by its id."""
    tree_pss: int = 0
    """The peak of the sum over all processes, in bytes."""
    looks: int = 0

    def watch(self, pid: int, ended: threading.Event) -> None:
        """Look every `INTERVAL` seconds until the process has ended."""
        self.root, self.peaks, self.tree_pss, self.looks = pid, {}, 0, 0
        while not ended.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        now = {pid: memory for pid in (self.root, *descendants(self.root, _parents())) if (memory := _memory(pid))}
        for pid, memory in now.items():
            peak = self.peaks.get(pid, memory)
            self.peaks[pid] = Memory(max(peak.rss, memory.rss), max(peak.pss, memory.pss))
        self.tree_pss = max(self.tree_pss, sum(memory.pss for memory in now.values()))
        self.looks += 1

    def figures(self) -> dict[str, float]:
        """Peaks in MB: of the parent, of its largest child or grandchild, and of the whole tree."""
        parent = self.peaks.get(self.root, Memory(0, 0))
        others = [memory for pid, memory in self.peaks.items() if pid != self.root]
        sizes = {
            "parent_rss": parent.rss,
            "parent_pss": parent.pss,
            "worker_rss": max((memory.rss for memory in others), default=0),
            "worker_pss": max((memory.pss for memory in others), default=0),
            "tree_pss": self.tree_pss,
        }
        return {name: size / 1e6 for name, size in sizes.items()}


def _parents() -> Iterable[tuple[int, int]]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), parent_of((entry / "stat").read_text(encoding="utf-8", errors="replace"))
            except (OSError, ValueError, IndexError):
                continue  # it ended meanwhile


def _memory(pid: int) -> Memory | None:
    try:
        return parse_rollup((PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8"))
    except OSError:
        return None  # it ended meanwhile
