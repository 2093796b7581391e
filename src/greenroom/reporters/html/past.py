"""What earlier runs say about a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from greenroom.model import PastRun
from greenroom.reporters.html.rows import CODES, Row, code_of

MOST = 20
"""So many earlier runs are shown of a test that has anything to tell."""
FEW = 5
"""And so many of one that always passed."""


Known = Mapping[str, Sequence[PastRun]]
"""The earlier runs of tests by their ids, oldest first."""

Past = Known | Callable[[Sequence[str]], Known]
"""What is known, or a function that is given the ids of tests and tells what is known of those."""

_PASSED = CODES["passed"]


def past_data(rows: Sequence[Row], past: Past, before: float) -> dict[str, object]:
    """The history of the tests as the page wants it.

    Args:
        rows: the tests of the report.
        past: a function is asked once, for all of them.
        before: what is not earlier is no history: the run itself may have been written down already.

    Returns:
        `runs`, their beginnings in order; `tests`, by the number of a row its runs as (place in `runs`, code, seconds).
    """
    known = past if isinstance(past, Mapping) else past([row.test for row in rows])
    kept: dict[int, Sequence[PastRun]] = {}
    for number, row in enumerate(rows):
        runs = [run for run in known.get(row.test, ()) if run.at < before]
        if runs:
            dull = row.code == _PASSED and all(run.outcome == "passed" and not run.flaky for run in runs)
            kept[number] = runs[-FEW if dull else -MOST :]
    times = sorted({run.at for runs in kept.values() for run in runs})
    place = {at: number for number, at in enumerate(times)}
    return {
        "runs": [round(at) for at in times],
        "tests": {
            str(number): [[place[run.at], code_of(run.outcome, flaky=run.flaky), round(run.seconds, 4)] for run in runs]
            for number, runs in kept.items()
        },
    }
