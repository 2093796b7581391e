"""Runs one suite under one runner in one mode, and brings back what it said.

Each run has its own copy of the tests and its own generated settings, so that nothing that a run leaves behind can
reach another, and several can go on at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from parity import sources, venvs
from parity.places import RESULTS, RUNS, SNAPSHOTS
from parity.recording import Recording, read_greenroom, read_stock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parity.catalogue import Package
    from parity.servers import Served

Engine = Literal["stock", "greenroom"]

RUNNERS: dict[Engine, str] = {"stock": "parity_recorder.RecordingRunner", "greenroom": "greenroom.TestRunner"}
WORKERS = 2
TIME_LIMIT = 3600.0
"""Seconds that one run may take."""
HERE = Path(__file__).parent
INSIDE = {"parity_recorder.py": HERE / "recorder.py", "parity_launch.py": HERE / "launch.py"}
"""What a run finds beside its settings, so that it need not find this repository."""
RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
NOT_INHERITED = ("DJANGO_", "GREENROOM_", "PARITY_", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "COVERAGE_")
"""Starts of the names of variables that would make a run depend on who asked for it."""


@dataclass(frozen=True)
class Run:
    """One run that has ended."""

    recording: Recording
    seconds: float
    exit_code: int
    printed: int | None
    """N of the last `Ran N tests` on its terminal."""
    log: Path
    """What it printed."""
    cached: bool = False

    def tail(self, lines: int = 25) -> str:
        """The end of what it printed."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


@dataclass(frozen=True)
class Bench:
    """A package, and the environment that its suite runs in."""

    package: Package
    django: str
    """The version of Django."""
    environment: venvs.Environment
    served: Served | None = None
    """The server that it runs on; None for the databases of its own settings."""

    @property
    def title(self) -> str:
        """What is compared, and on what: `Django on PostgreSQL 15.13`."""
        return self.package.name + (f" on {self.served.title}" if self.served else "")

    @property
    def _slug(self) -> str:
        """The same for names of files."""
        return self.package.name + (f"-{self.served.database.name}" if self.served else "")

    def run(self, engine: Engine, mode: str, labels: Sequence[str] | None = None) -> Run:
        """Run the suite, or the labels given, and read the recording."""
        RUNS.mkdir(parents=True, exist_ok=True)
        with self._place(engine) as place:
            record, log = place / "record.jsonl", place / "log.txt"
            began = time.perf_counter()
            exit_code = self._start(place, mode, labels, log)
            seconds = time.perf_counter() - began
            recording = read_stock(record) if engine == "stock" else read_greenroom(record)
            kept = RUNS / f"{self._slug}-{engine}-{mode}{'-part' if labels is not None else ''}.log"
            shutil.copyfile(log, kept)
            text = log.read_text(encoding="utf-8", errors="replace")
        printed = [int(number) for number in RAN.findall(text)]
        return Run(recording, seconds, exit_code, printed[-1] if printed else None, kept)

    def show(self, mode: str, labels: Sequence[str] | None = None) -> int:
        """Run under greenroom on this very terminal; give its exit code."""
        RUNS.mkdir(parents=True, exist_ok=True)
        with self._place("greenroom") as place:
            return self._start(place, mode, labels, None)

    def stock(self, mode: str, labels: Sequence[str] | None = None, *, fresh: bool = False) -> Run:
        """Run under stock Django, or give what it said when it ran the same before."""
        file = RESULTS / f"{self._key(mode, labels)}.json"
        if not fresh and file.exists():
            return _thawed(file)
        run = self.run("stock", mode, labels)
        if run.recording.ran:
            _freeze(file, run)
        return run

    def _key(self, mode: str, labels: Sequence[str] | None) -> str:
        """Changes with whatever may change stock's results."""
        parts = [self.django, platform.python_version(), self.package.start, mode, repr(labels)]
        parts += [path.read_text() for path in INSIDE.values()]
        parts += self.environment.installed
        if self.served:
            parts += [self.served.title, repr(self.served.database)]
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return f"{self._slug}-{mode}-{digest[:20]}"

    @contextlib.contextmanager
    def _place(self, engine: Engine) -> Iterator[Path]:
        """A folder with a copy of the sources in `tree` and the generated modules in `inside`."""
        with tempfile.TemporaryDirectory(dir=RUNS, ignore_cleanup_errors=True) as name:
            place = Path(name)
            _copy(sources.unpacked(self.package), place / "tree", self.package.directory)
            inside = place / "inside"
            inside.mkdir()
            for file, origin in INSIDE.items():
                shutil.copyfile(origin, inside / file)
            settings = settings_source(self.package, RUNNERS[engine], place / "tree")
            if self.served:
                settings += self.served.source(engine)
            (inside / f"{self.package.settings_name}.py").write_text(settings)
            yield place

    def _start(self, place: Path, mode: str, labels: Sequence[str] | None, log: Path | None) -> int:
        package = self.package
        start = place / "tree" / package.directory
        launch = [str(self.environment.python), str(place / "inside" / "parity_launch.py")]
        command = [*launch, "default" if mode == "serial" else mode, *package.command]
        if package.takes_arguments:
            command += ["--noinput", f"--parallel={1 if mode == 'serial' else WORKERS}"]
            command += package.labels if labels is None else labels
        variables = self._variables(place, start)
        if log is None:
            return subprocess.run(command, check=False, cwd=start, env=variables, stdin=subprocess.DEVNULL).returncode
        with log.open("wb") as stream:
            return _run_to_end(command, start, variables, stream.fileno())

    def _variables(self, place: Path, start: Path) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(NOT_INHERITED)}
        path = [place / "inside", *((start / entry).resolve() for entry in self.package.path)]
        return {
            **kept,
            "PATH": os.pathsep.join([str(self.environment.python.parent), kept.get("PATH", "")]),
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            # Sets of strings iterate alike in every run.
            "PYTHONHASHSEED": "0",
            "DJANGO_SETTINGS_MODULE": self.package.settings_name,
            "PARITY_RECORD": str(place / "record.jsonl"),
            "GREENROOM_EVENTS": str(place / "record.jsonl"),
            # Snapshots are on: all but the first run of a suite start from them.
            "GREENROOM_CACHE": str(SNAPSHOTS),
        }


def settings_source(package: Package, runner: str, tree: Path) -> str:
    """The generated settings module: theirs, what the catalogue changes of them, and the runner."""
    lines = []
    if package.settings_file:
        file = tree / package.settings_file
        lines += ["import runpy", f"globals().update(runpy.run_path({str(file)!r}))"]
    elif package.settings:
        lines.append(f"from {package.settings} import *")
    lines += [package.override.strip(), f"TEST_RUNNER = {runner!r}", ""]
    return "\n".join(lines)


def _copy(origin: Path, tree: Path, directory: str) -> None:
    """Copy the folder that the suite is started in, and link to what is beside it: thousands of files take seconds."""
    if directory == ".":
        shutil.copytree(origin, tree, copy_function=_copy_file)
        return
    tree.mkdir()
    for entry in origin.iterdir():
        if entry.name == directory:
            shutil.copytree(entry, tree / entry.name, copy_function=_copy_file)
        else:
            (tree / entry.name).symlink_to(entry)


def _copy_file(origin: str, copy: str) -> str:
    """Compiled modules are linked, which is quicker: Python replaces them, and never writes into one."""
    if origin.endswith(".pyc"):
        os.link(origin, copy)
        return copy
    return str(shutil.copy2(origin, copy))


def _run_to_end(command: Sequence[str], cwd: Path, variables: dict[str, str], output: int) -> int:
    """Run a command in a process group of its own, so that whatever it started ends with it."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait(TIME_LIMIT)
    except subprocess.TimeoutExpired:
        return 124
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name != "nt":
                os.killpg(process.pid, 9)
        process.wait()


def _freeze(file: Path, run: Run) -> None:
    """Keep a stock run: its recording as the recorder writes it, and its log beside."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, object]] = [
        {"fixture" if one.fixture else "test": one.id, "outcome": one.outcome, "text": one.text, "seconds": one.seconds}
        for one in run.recording.results
    ]
    if run.recording.ran is not None:
        lines.append({"ran": run.recording.ran})
    file.with_suffix(".jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    shutil.copyfile(run.log, file.with_suffix(".log"))
    # Last, since its being there means that the others are.
    file.write_text(json.dumps({"seconds": run.seconds, "exit_code": run.exit_code, "printed": run.printed}))


def _thawed(file: Path) -> Run:
    kept = json.loads(file.read_text())
    recording = read_stock(file.with_suffix(".jsonl"))
    log = file.with_suffix(".log")
    return Run(recording, kept["seconds"], kept["exit_code"], kept["printed"], log, cached=True)
