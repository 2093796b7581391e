"""`greenroom diff`: what is different between two recorded runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from greenroom.cli.recordings import WHICH, recording
from greenroom.errors import ExitCode
from greenroom.reporters.comparing import Change, Difference, Ran, Verdict, compare, ran_of
from greenroom.reporters.recording import read_recording

_TITLES = {
    "failing": "Newly failing",
    "not_run": "No longer run",
    "slower": "Newly slow",
    "passing": "Newly passing",
    "still_failing": "Still failing",
    "vanished": "Vanished",
    "new": "New",
}


def run(arguments: Sequence[str]) -> int:
    """Print the differences.

    Returns:
        0; 1 where a test fails in the second run that did not in the first, or did not come to run; 3 where the second
        recording ends in the middle.
    """
    parser = argparse.ArgumentParser("greenroom diff", description=__doc__)
    parser.add_argument("first", help=f"The run before. {WHICH}")
    parser.add_argument("second", nargs="?", default="last", help="The run after. Defaults to last.")
    parser.add_argument("--json", action="store_true", help="Print a JSON object.")
    parser.add_argument(
        "--slower", type=_factor, default=2.0, metavar="FACTOR", help="So many times as long is slow. Defaults to 2."
    )
    parser.add_argument(
        "--least", type=_seconds, default=0.1, metavar="SECONDS", help="And so many seconds longer. Defaults to 0.1."
    )
    options = parser.parse_args(list(arguments))
    paths = [recording(options.first), recording(options.second)]
    first, second = (ran_of(read_recording(path)) for path in paths)
    found = compare(first, second, factor=options.slower, least=options.least)
    if options.json:
        _print_json(paths, found)
    else:
        _print(paths, (first, second), found)
    for path, ran in zip(paths, (first, second), strict=True):
        if not ran.ended:
            print(
                f"greenroom: the recording {path} ends in the middle: its run was killed, or is still going on",
                file=sys.stderr,
            )
    if not second.ended:
        return ExitCode.BROKEN
    return ExitCode.FAILED if found.failing or found.not_run else ExitCode.OK


def _print_json(paths: Sequence[Path], found: Difference) -> None:
    about = {"first": str(paths[0]), "second": str(paths[1]), **msgspec.to_builtins(found)}
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(about)).decode() + "\n")


def _print(paths: Sequence[Path], runs: Sequence[Ran], found: Difference) -> None:
    for path, ran in zip(paths, runs, strict=True):
        print(f"{path}: {len(ran.tests)} tests")
    for name, title in _TITLES.items():
        changes: list[Change] = getattr(found, name)
        if changes:
            print(f"\n{title} ({len(changes)})")
            for change in changes:
                print(f"  {change.test}  {_words(name, change)}")
    if not any(getattr(found, name) for name in _TITLES):
        print("\nNo difference.")


def _words(name: str, change: Change) -> str:
    was, now = change.before, change.after
    if name == "slower" and was is not None and now is not None:
        return f"{was.seconds:.3f} s, now {now.seconds:.3f} s"
    parts = [_word(was), _word(now)]
    return ", now ".join(part for part in parts if part)


def _word(verdict: Verdict | None) -> str:
    return "" if verdict is None else verdict.outcome.replace("_", " ")


def _factor(text: str) -> float:
    return _number(text, 1.0)


def _seconds(text: str) -> float:
    return _number(text, 0.0)


def _number(text: str, least: float) -> float:
    number = float(text)
    if not least <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number from {least:g} up, not {text}")
    return number
