"""The command line of `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.catalog import CATALOG
from benchmarks.model import BenchmarkError, Report
from benchmarks.page import Block, write_block
from benchmarks.session import Benchmark, Session
from benchmarks.tables import markdown
from benchmarks.toolbox import CACHE, DEFAULT_DJANGO, ROOT, Toolbox, open_toolbox

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = ROOT / "docs" / "benchmarks.md"
ROUNDS = 5
QUICK_ROUNDS = 3


@dataclass(frozen=True)
class Occasion:
    """What is told of a run of benchmarks besides its figures."""

    command: str
    load: float | None
    """The load average before the first benchmark: later ones see the load of those before them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run benchmarks.

    Returns:
        0 when all contenders did their work, however long they took; 1 when one did not; 2 for a mistake in the
        arguments; 3 when a benchmark could not be run.
    """
    options = _options(arguments)
    given = sys.argv[1:] if arguments is None else arguments
    occasion = Occasion(told(given), machine.load())
    try:
        toolbox = open_toolbox(options.django, refresh=options.refresh)
        if toolbox.greenroom_missing:
            _say(f"greenroom is left out, it can't be imported: {toolbox.greenroom_missing}")
        failures = [failure for name in _chosen(options) for failure in _run(CATALOG[name], toolbox, options, occasion)]
    except BenchmarkError as error:
        _say(f"benchmarks: {error}")
        return 3
    for failure in failures:
        _say(f"failed: {failure}")
    return int(bool(failures))


def told(arguments: Sequence[str]) -> str:
    """The command as the page tells it: without the page's own path, which says something of a machine."""
    kept = list(arguments)
    if "--page" in kept:
        place = kept.index("--page")
        del kept[place : place + 2]
    return shlex.join(["python", "-m", "benchmarks", *(one for one in kept if not one.startswith("--page="))])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks", description="greenroom's speed as ratios to other runners")
    listed = "; ".join(
        f"{name}: {one.title}{'' if one.by_default else ' (only by name)'}" for name, one in CATALOG.items()
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=listed)
    parser.add_argument(
        "--rounds", type=_positive, help=f"turns of each contender ({ROUNDS}; {QUICK_ROUNDS} with --quick)"
    )
    parser.add_argument("--quick", action="store_true", help="leave out the slow contenders; sleep a tenth as long")
    parser.add_argument("--scale", type=_share, default=1.0, help="share of the tests to make, to try a benchmark out")
    parser.add_argument("--labels", nargs="+", default=(), metavar="LABEL", help="parts of Django's suite to run")
    parser.add_argument("--django", default=DEFAULT_DJANGO, metavar="REQUIREMENT", help=f"default: {DEFAULT_DJANGO}")
    parser.add_argument("--refresh", action="store_true", help="make the virtual environment anew")
    parser.add_argument("--write", action="store_true", help="write the tables to the page")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page, docs/benchmarks.md by default")
    return parser


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, checked.

    Names are checked here and not by `choices`, which in Python 3.11 refuses an empty list of them.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in CATALOG]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(CATALOG)}")
    if options.write and options.scale != 1:
        parser.error("a page of figures from a part of the tests would mislead: leave out --scale or --write")
    return options


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("has to be at least 1")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("has to be above 0 and at most 1")
    return value


def _chosen(options: argparse.Namespace) -> Sequence[str]:
    return options.names or [name for name, benchmark in CATALOG.items() if benchmark.by_default]


def _run(benchmark: Benchmark, toolbox: Toolbox, options: argparse.Namespace, occasion: Occasion) -> tuple[str, ...]:
    """Run one benchmark, tell of it, and return what failed."""
    _say(f"== {benchmark.name}: {benchmark.title}")
    with tempfile.TemporaryDirectory(prefix="greenroom-benchmarks-") as work:
        session = Session(
            toolbox,
            Path(work).resolve(),
            rounds=options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS),
            quick=options.quick,
            scale=options.scale,
            labels=tuple(options.labels),
            say=_say,
        )
        report = benchmark.run(session)
    text = f"{markdown(report)}\n\n{_provenance(toolbox, session.rounds, occasion)}"
    print(f"## {benchmark.title}\n\n{text}\n", flush=True)
    _keep(benchmark, report, occasion.command)
    if options.write:
        write_block(options.page, Block(benchmark.name, benchmark.title, benchmark.intro, text))
    return tuple(f"{benchmark.name}: {failure}" for failure in report.failures)


def _provenance(toolbox: Toolbox, rounds: int, occasion: Occasion) -> str:
    """Where the figures come from, in one paragraph without names of machines or paths."""
    date = datetime.now(UTC).date().isoformat()
    told = [
        f"{date}, {rounds} round{'s' if rounds > 1 else ''}, `{occasion.command}`.",
        f"{machine.describe(toolbox.versions)}.",
    ]
    if occasion.load is not None:
        told.append(f"Load average before the start: {occasion.load:.1f}.")
    if machine.is_busy(occasion.load):
        told.append("Other work kept the cores busy: trust the CPU times, not the wall times of several workers.")
    return " ".join(told)


def _keep(benchmark: Benchmark, report: Report, command: str) -> None:
    """Keep the samples, for whoever wants to look closer."""
    parts = {
        part: {name: {"failure": series.failure, "samples": series.samples} for name, series in results.items()}
        for part, results in report.results.items()
    }
    folder = CACHE / "results"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"benchmark": benchmark.name, "command": command, "results": parts}
    (folder / f"{benchmark.name}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
