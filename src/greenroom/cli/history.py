"""`greenroom history`: the last runs, the slowest and the flakiest tests, and how a test fared."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from greenroom.cli.recordings import Project
from greenroom.errors import ConfigError, ExitCode, NoTestsError
from greenroom.history import RunRow, open_history
from greenroom.history.judging import flakiest, slowest, steadiness, trend, typical
from greenroom.model import PastRun
from greenroom.reporters.choosing import warn
from greenroom.select import nearest_labels

Known = Mapping[str, Sequence[PastRun]]
_LETTERS = {
    "passed": ".", "failed": "F", "error": "E", "skipped": "s", "expected_failure": "x", "unexpected_success": "u",
}  # fmt: skip


def run(arguments: Sequence[str]) -> int:
    """Print what is known.

    Returns:
        0; 4 where nothing is known of a test that was named.
    """
    parser = argparse.ArgumentParser("greenroom history", description=__doc__)
    parser.add_argument(
        "labels", nargs="*", metavar="label", help="Tests, classes or modules. By default the whole suite."
    )
    parser.add_argument(
        "-n", type=_count, default=10, dest="most", metavar="N", help="So many of each. Defaults to 10."
    )
    parser.add_argument("--json", action="store_true", help="Print a JSON object.")
    options = parser.parse_args(list(arguments))
    project = Project()
    if not project.config.history:
        raise ConfigError("no history is kept here: history is off", "Set history = true, and run some tests.")
    history = open_history(project.root / project.config.directory, warn)
    known, runs = history.past(), history.runs(options.most)
    if options.labels:
        known = _chosen(known, options.labels)
    if options.json:
        _print_json(known, runs, whole=not options.labels)
    elif options.labels:
        _print_tests(known, options.most)
    elif runs or known:
        _print_all(known, runs, options.most)
    else:
        print("Nothing is known yet: no run was remembered.")
    return ExitCode.OK


def _chosen(known: Known, labels: Sequence[str]) -> Known:
    found = {}
    for label in labels:
        members = {
            test: past for test, past in known.items() if test == label or test.startswith((f"{label}.", f"{label}::"))
        }
        if not members:
            near = nearest_labels(label, known)
            hint = (
                f"Did you mean {' or '.join(near)}?"
                if near
                else "Known are tests that once failed or took a millisecond."
            )
            raise NoTestsError(f"the history knows nothing of {label!r}", hint)
        found.update(members)
    return found


def _print_all(known: Known, runs: Sequence[RunRow], most: int) -> None:
    if runs:
        print("Last runs")
        for row in runs:
            print(f"  {_when(row.at)}  {_of_run(row)}")
    if unsteady := flakiest(known, most):
        print("\nFlakiest tests")
        for each in unsteady:
            print(f"  {strip(known[each.test]):>20}  {each.test}  {_of_steadiness(each)}")
    timed = [(test, seconds) for test, seconds in slowest(known, most) if seconds > 0]
    if timed:
        print("\nSlowest tests")
        for test, seconds in timed:
            print(f"  {seconds:9.3f} s  {test}{_of_trend(known[test])}")


def _print_tests(known: Known, most: int) -> None:
    ordered = sorted(known) if len(known) <= most else [test for test, _ in slowest(known, most)]
    for test in ordered:
        past = known[test]
        print(
            f"{test}\n  {strip(past)}  {_of_steadiness(steadiness(test, past))}, {typical(past):.3f} s{_of_trend(past)}"
        )
        if len(known) == 1:
            for run in reversed(past):
                words = "flaky" if run.flaky else run.outcome.replace("_", " ")
                print(f"  {_when(run.at)}  {run.seconds:9.3f} s  {words}")
    if len(ordered) < len(known):
        print(f"and {len(known) - len(ordered)} more; -n {len(known)} shows all")


def strip(past: Sequence[PastRun]) -> str:
    """The outcomes as letters, oldest first: those of unittest's dots, and `~` for flaky."""
    return "".join("~" if run.flaky else _LETTERS.get(run.outcome, "?") for run in past)


def _of_steadiness(each: Any) -> str:
    words = [f"{count} {what}" for count, what in ((each.failed, "failed"), (each.flaky, "flaky")) if count]
    return f"{' and '.join(words) or 'none failed'} of {each.runs}, {each.changes} changes"


def _of_trend(past: Sequence[PastRun]) -> str:
    ratio = trend(past)
    if ratio is None or 2 / 3 < ratio < 1.5:
        return ""
    return f", {ratio:.1f} times as long as before" if ratio > 1 else f", {ratio:.2f} of what it was"


def _of_run(row: RunRow) -> str:
    counts = [
        (row.failures, "failures"),
        (row.errors, "errors"),
        (row.skipped, "skipped"),
        (row.flaky, "flaky"),
        (row.not_run, "not run"),
    ]
    told = "".join(f", {count} {what}" for count, what in counts if count)
    return f"{row.seconds:9.2f} s  {row.tests} tests{told}  (exit code {row.exit_code})"


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _print_json(known: Known, runs: Sequence[RunRow], *, whole: bool) -> None:
    tests = {
        test: {
            "seconds": typical(past),
            "trend": trend(past),
            **{name: value for name, value in msgspec.structs.asdict(steadiness(test, past)).items() if name != "test"},
            "past": [msgspec.structs.asdict(run) for run in past],
        }
        for test, past in sorted(known.items())
    }
    about: dict[str, object] = {"tests": tests}
    if whole:
        about["runs"] = [msgspec.structs.asdict(row) for row in runs]
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(about)).decode() + "\n")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {text}")
    return number
