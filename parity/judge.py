"""Compares one suite in one mode, and looks again at what differs before it says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parity.compare import (
    Comparison,
    Difference,
    Outcomes,
    Seen,
    Verdict,
    compare,
    faults_of_process,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.recording import Recording
    from parity.runs import Bench, Engine, Run

ALONE = 10
"""How many differing tests are run again alone; where more differ, the cause is not in one test."""
TRIES = 3
"""How often a test is run alone before the two sides count as apart: some measure time, on a machine that is shared."""
TOO_MANY = 100
"""From so many differences on, nothing is run again: they would not be unstable all at once."""

RUNNABLE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
"""An id that is a label as well."""
NEVER_ALONE = "unittest.loader."
"""Where the ids of modules that can't be imported begin."""


@dataclass(frozen=True)
class Judged:
    """What came of comparing one suite in one mode."""

    suite: str
    mode: str
    stock_mode: str
    """Stock Django's mode: another one where it can't run this suite so."""
    stock: Run
    other: Run
    comparison: Comparison
    verdicts: Mapping[str, Verdict]
    """For each id that differed."""
    faults: tuple[str, ...]

    @property
    def different(self) -> tuple[Difference, ...]:
        """What differs, and did so when it was looked at again."""
        return tuple(one for one in self.comparison.differences if self.verdicts[one.id] == "different")

    @property
    def unstable(self) -> tuple[Difference, ...]:
        """What differed once."""
        return tuple(one for one in self.comparison.differences if self.verdicts[one.id] == "unstable")

    @property
    def passed(self) -> int:
        """How many results are the same."""
        return self.comparison.equal

    @property
    def failed(self) -> int:
        """How many results differ; a fault of the whole counts as one more."""
        return sum(one.weight for one in self.different) + len(self.faults)


def judge(
    bench: Bench,
    mode: str,
    labels: Sequence[str] | None,
    *,
    against: Engine = "greenroom",
    fresh: bool = False,
) -> Judged:
    """Run both sides and compare.

    Args:
        bench: the suite.
        mode: one of `catalogue.MODES`.
        labels: a part of the suite; None for what its catalogue entry says.
        against: `stock` compares stock Django with itself: the control, in which nothing may differ.
        fresh: run stock Django even where its results are known.
    """
    stock = bench.stock(stock_mode(bench, mode), labels, fresh=fresh)
    other = bench.run(against, mode, labels)
    comparison = compare(stock.recording, other.recording)
    faults = list(comparison.faults)
    for who, run in (("stock", stock), ("greenroom", other)):
        faults += faults_of_process(who, run.recording, run.exit_code, run.printed)
    verdicts = _verdicts(bench, mode, labels, against, comparison, (stock, other))
    names = (bench.title, mode, stock_mode(bench, mode))
    return Judged(*names, stock, other, comparison, verdicts, tuple(faults))


def stock_mode(bench: Bench, mode: str) -> str:
    """The mode of stock Django that a mode is compared with."""
    return mode if mode in bench.package.stock_modes else "serial"


def _verdicts(
    bench: Bench,
    mode: str,
    labels: Sequence[str] | None,
    against: Engine,
    comparison: Comparison,
    first: tuple[Run, Run],
) -> dict[str, Verdict]:
    """Look again at each difference: alone where that can be, and then with all the others."""
    found = comparison.differences
    if not found or len(found) > TOO_MANY or not all(run.recording.tests for run in first):
        return {one.id: "different" for one in found}
    together = {one.id: Seen({one.stock}, {one.other}) for one in found}
    alone = {one.id: _alone(bench, mode, against, one.id) for one in found} if len(found) <= ALONE else {}
    if any((seen := alone.get(key)) is None or not seen.apart for key in together):
        again = (bench.stock(stock_mode(bench, mode), labels, fresh=True), bench.run(against, mode, labels))
        outcomes = {one.id: (one.stock, one.other) for one in compare(*(run.recording for run in again)).differences}
        for key, seen in together.items():
            mine, theirs = outcomes.get(key) or (_of(again[0].recording, key),) * 2
            seen.stock.add(mine)
            seen.other.add(theirs)
    return {key: verdict(seen, alone.get(key)) for key, seen in together.items()}


def _alone(bench: Bench, mode: str, against: Engine, key: str) -> Seen | None:
    """What both sides say of a test that is run alone; None where it can't be, or where stock doesn't find it so."""
    if not bench.package.takes_arguments or not RUNNABLE.fullmatch(key) or key.startswith(NEVER_ALONE):
        return None
    seen = Seen()
    for _ in range(TRIES):
        stock = _of(bench.run("stock", stock_mode(bench, mode), [key]).recording, key)
        if not stock:
            return None
        seen.stock.add(stock)
        seen.other.add(_of(bench.run(against, mode, [key]).recording, key))
        if not seen.apart:
            break
    return seen


def _of(recording: Recording, key: str) -> Outcomes:
    return tuple(sorted(result.outcome for result in recording.results if result.id == key))


def totals(judged: Iterable[Judged]) -> tuple[int, int]:
    """How many results are equal and how many are not, over all that was compared."""
    every = list(judged)
    return sum(one.passed for one in every), sum(one.failed for one in every)
