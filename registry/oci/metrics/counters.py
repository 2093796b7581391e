"""Counters that several processes share.

Each process counts in memory and writes its counts to a file of its own, at most once a second. Who is asked adds up
the files. Those of processes that have ended are added to one that stays, so that no counter ever falls.
"""

import contextlib
import fcntl
import json
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from oci.metrics.conf import conf

# A series: the metric's name, and its labels as Prometheus writes them.
Series = tuple[str, str]

_EVERY = 1.0  # seconds
_ENDED = "ended.json"


class Counters:
    """The counts of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dirty = threading.Event()
        self._begin()

    def add(self, name: str, value: float = 1, **labels: str) -> None:
        """Count."""
        self.add_all((((name, formatted(labels)), value),))

    def add_all(self, more: Iterable[tuple[Series, float]]) -> None:
        """Count several at once. For what each request does: their labels are formatted already."""
        with self._lock:
            if self._pid != os.getpid():
                self._begin()  # what was counted before a fork is the parent's
            counts = self._counts
            for series, value in more:
                counts[series] = counts.get(series, 0) + value
            if not self._writes and conf().folder is not None:
                self._writes = True
                threading.Thread(target=self._run, name="metrics", daemon=True).start()
        if not self._dirty.is_set():
            self._dirty.set()

    def totals(self) -> dict[Series, float]:
        """The counts of all processes."""
        folder = conf().folder
        if folder is None:
            with self._lock:
                return dict(self._counts)
        self.flush()
        _fold(folder)
        totals: Counter[Series] = Counter()
        for path in folder.glob("*.json"):
            totals.update(_read(path))
        return dict(totals)

    def flush(self) -> None:
        """Write the counts of this process."""
        folder = conf().folder
        with self._lock:
            counts = dict(self._counts)
        if folder is not None and counts:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / self._file, counts)

    def _begin(self) -> None:
        self._pid = os.getpid()
        # A process id comes again one day; the random part does not.
        self._file = f"{self._pid}-{secrets.token_hex(4)}.json"
        self._counts: dict[Series, float] = {}
        self._writes = False

    def _run(self) -> None:
        while True:
            self._dirty.wait()
            self._dirty.clear()
            with contextlib.suppress(OSError):  # a full disk must not end the counting
                self.flush()
            time.sleep(_EVERY)


def formatted(labels: dict[str, str]) -> str:
    """Labels in Prometheus' text format, sorted."""
    return ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(labels.items()))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _read(path: Path) -> dict[Series, float]:
    try:
        return {(name, labels): value for name, labels, value in json.loads(path.read_bytes())}
    except (OSError, ValueError):
        return {}


def _write(path: Path, counts: dict[Series, float]) -> None:
    # Under another name first: a reader sees the old counts or the new ones.
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    part.write_text(json.dumps([[name, labels, value] for (name, labels), value in counts.items()]))
    part.replace(path)


def _fold(folder: Path) -> None:
    """Add the files of ended processes to the one that stays."""
    ended = [path for path in folder.glob("*-*.json") if not _is_running(path)]
    if not ended:
        return
    with _locked(folder):
        counts = Counter(_read(folder / _ENDED))
        for path in ended:
            counts.update(_read(path))
        _write(folder / _ENDED, dict(counts))
        for path in ended:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with open(folder / "lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_running(path: Path) -> bool:
    try:
        os.kill(int(path.name.partition("-")[0]), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError, OverflowError):
        return True
    return True


counters = Counters()
