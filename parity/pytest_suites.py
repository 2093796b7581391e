"""Suites that others wrote for pytest-django: the same outcomes with greenroom as without, test by test.

    python -m parity.pytest_suites                   all of them, in every mode
    python -m parity.pytest_suites NAME --mode plain
    python -m parity.pytest_suites --list

Each is started by `pytest` in a fresh copy of its sources, once with `-p no:greenroom` and once for each mode. What is
compared is each test's outcome in the JUnit file that pytest itself writes, and the exit code. What differs is run again on
both sides; what does not differ a second time, or differs between two runs without greenroom, is *unstable*: it is shown and
does not fail the command.

The last line is `N passed, N failed`: results that are equal and results that are not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from parity import sources, venvs
from parity.catalogue import Package
from parity.errors import ParityError
from parity.places import CACHE, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE = Path(__file__).with_name("pytest_suites.toml")
FORMAT = 1
MODES: dict[str, tuple[str, ...]] = {"plain": (), "workers": ("--workers", "2"), "xdist": ("-n", "2")}
"""How pytest with greenroom is called."""
STOCK: dict[str, tuple[str, ...]] = {"plain": (), "workers": (), "xdist": ("-n", "2")}
"""How it is called without, to compare with."""
TOOLS = ("pytest==9.2.0", "pytest-django==4.14.0", "pytest-xdist==3.8.0")
_CHECKS = "The run fails for it. --checks=off leaves the system checks out."
_BAD = ("failure", "error", "skipped")

Outcomes = dict[str, tuple[str, ...]]
"""By class and name; a test that failed and whose teardown failed too has two."""


@dataclass(frozen=True)
class Suite:
    """A suite and how it is started."""

    name: str
    version: str
    sha256: str
    """Of the source distribution."""
    django: str = "6.1.3"
    requirements: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    """Of pytest: which tests, and how."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that it wants."""

    @property
    def package(self) -> Package:
        """Where its sources come from."""
        return Package(self.name, self.version, self.sha256)


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    code: int
    outcomes: Outcomes
    checks_failed: bool = False
    """Whether greenroom said that Django's system checks failed, which pytest-django does not run: the run then fails."""


@dataclass(frozen=True)
class Judged:
    """A comparison."""

    suite: Suite
    mode: str
    equal: int
    different: tuple[str, ...]
    """Each as a line."""
    unstable: tuple[str, ...]


def load(file: Path = FILE) -> tuple[Suite, ...]:
    """Read the list of suites.

    Raises:
        ParityError: it is of another format, or has a key that means nothing.
    """
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    if data.get("format") != FORMAT:
        raise ParityError(f"{file.name} has format {data.get('format')!r}; this code reads {FORMAT}")
    return tuple(_suite(table) for table in data["suite"])


def _suite(table: Mapping[str, Any]) -> Suite:
    known = set(Suite.__dataclass_fields__)
    if unknown := set(table) - known:
        raise ParityError(f"{FILE.name}: {table.get('name', '?')} has unknown keys {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Suite(**values)


def outcomes_of(file: Path) -> Outcomes:
    """The outcomes in a JUnit file."""
    found: dict[str, list[str]] = {}
    for case in ET.parse(file).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        ways = [child.get("type") or child.tag for child in case if child.tag in _BAD]
        found.setdefault(name, []).extend(ways or ["passed"])
    return {name: tuple(sorted(ways)) for name, ways in found.items()}


def run(suite: Suite, python: Path, arguments: Sequence[str]) -> Ran:
    """Run a suite in a fresh copy of its sources.

    Raises:
        ParityError: it recorded nothing, or could not be collected whole.
    """
    RUNS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RUNS) as scratch:
        folder = Path(scratch, "suite")
        shutil.copytree(sources.unpacked(suite.package), folder, symlinks=True)
        # A suite without a configuration of pytest's must not be given that of a folder above.
        Path(scratch, "pytest.ini").touch()
        xml = Path(scratch, "outcomes.xml")
        command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={xml}"]
        foreign = ("DJANGO_", "GREENROOM_", "PYTEST_")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        done = subprocess.run(
            [*command, *suite.arguments, *arguments],
            cwd=folder,
            env={**variables, **suite.environ, "GREENROOM_CACHE": str(CACHE / "pytest-snapshots")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        outcomes = outcomes_of(xml) if xml.exists() else {}
        if not outcomes or done.returncode not in {0, 1}:
            raise ParityError(f"{suite.name} is no evidence with {' '.join(arguments)}", done.stdout[-3000:])
        return Ran(done.returncode, outcomes, _CHECKS in done.stdout)


def differences(before: Ran, after: Ran) -> dict[str, str]:
    """What is not the same in two runs: a line for each test, and one for the exit code."""
    lines = {}
    for name in sorted({*before.outcomes, *after.outcomes}):
        old, new = before.outcomes.get(name, ("missing",)), after.outcomes.get(name, ("missing",))
        if old != new:
            lines[name] = f"{name}: {' '.join(old)} without, {' '.join(new)} with greenroom"
    expected = before.code or int(after.checks_failed)
    if expected != after.code and not lines:
        lines["exit code"] = f"exit code: {before.code} without, {after.code} with greenroom"
    return lines


def judge(suite: Suite, mode: str, python: Path, known: dict[tuple[str, ...], Ran]) -> Judged:
    """Compare a suite in a mode.

    Args:
        suite: the suite.
        mode: one of `MODES`.
        python: of its environment.
        known: runs without greenroom by their arguments; what is run is added.
    """
    alone = ("-p", "no:greenroom", *STOCK[mode])
    if alone not in known:
        known[alone] = run(suite, python, alone)
    before = known[alone]
    first = differences(before, run(suite, python, MODES[mode]))
    certain = dict(first)
    if first:
        again, once_more = run(suite, python, alone), run(suite, python, MODES[mode])
        second = differences(again, once_more)
        wavering = differences(before, again)
        certain = {name: line for name, line in first.items() if name in second and name not in wavering}
    unstable = tuple(line for name, line in first.items() if name not in certain)
    equal = len(before.outcomes) - len(first.keys() & before.outcomes.keys())
    return Judged(suite, mode, equal, tuple(certain.values()), unstable)


def compare(suites: Sequence[Suite], modes: Sequence[str]) -> Iterator[Judged | ParityError]:
    """Compare suites, one after the other."""
    for suite in suites:
        try:
            requirements = [f"Django=={suite.django}", *TOOLS, *suite.requirements, str(sources.archive(suite.package))]
            environment = venvs.ensure(f"pytest-{suite.name}-{suite.version}", requirements)
            known: dict[tuple[str, ...], Ran] = {}
            for mode in modes:
                print(f"{suite.name} {suite.version}, {mode} …", flush=True)
                yield judge(suite, mode, environment.python, known)
        except ParityError as error:
            yield error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code: 0 where nothing differs, 1 where something does, 3 where one can't be compared."""
    parser = argparse.ArgumentParser("python -m parity.pytest_suites", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("names", nargs="*", help="by default all")
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("--list", action="store_true", help="what there is")
    options = parser.parse_args(arguments)
    suites = load()
    if unknown := set(options.names) - {suite.name for suite in suites}:
        parser.error(f"no suite {', '.join(sorted(unknown))}; known: {', '.join(suite.name for suite in suites)}")
    chosen = [suite for suite in suites if not options.names or suite.name in options.names]
    if options.list:
        print("\n".join(f"{suite.name} {suite.version}, Django {suite.django}" for suite in chosen))
        return 0
    equal, code = Counter[str](), 0
    for judged in compare(chosen, options.mode or list(MODES)):
        if isinstance(judged, ParityError):
            print(judged)
            code = 3
            continue
        for title, lines in (("different", judged.different), ("unstable", judged.unstable)):
            for line in lines:
                print(f"  {title}: {line}")
        print(f"  {judged.equal} equal, {len(judged.different)} different, {len(judged.unstable)} unstable", flush=True)
        equal["passed"] += judged.equal
        equal["failed"] += len(judged.different)
    print(f"{equal['passed']} passed, {equal['failed']} failed")
    return code or int(bool(equal["failed"]))


if __name__ == "__main__":
    sys.exit(main())
