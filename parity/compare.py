"""Compares two recordings, and judges what differs. Pure: data in, data out."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parity.recording import Recording, Result

Outcomes = tuple[str, ...]
"""The outcomes that a run has for one id, sorted; empty where it has none. (Ids need not be unique.)"""

Verdict = Literal["different", "unstable"]

LOST_NAME = "? ("
"""How a stock recording starts a fixture whose name got lost: see `recorder.fixture_name`."""


@dataclass(frozen=True)
class Difference:
    """One id of which two recordings do not say the same."""

    id: str
    stock: Outcomes
    other: Outcomes
    stock_text: str = ""
    other_text: str = ""

    @property
    def weight(self) -> int:
        """How many results differ: most often one."""
        common = Counter(self.stock) & Counter(self.other)
        return max(len(self.stock), len(self.other)) - common.total()


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two recordings."""

    equal: int
    """How many results are the same on both sides."""
    differences: tuple[Difference, ...]
    faults: tuple[str, ...]
    """What is wrong with a recording as a whole, so that equality would mean little."""


def compare(stock: Recording, other: Recording) -> Comparison:
    """Compare what two runs said of each test and fixture."""
    other_sides = _by_id(other.results)
    stock_sides = _by_id(_with_names(stock.results, other_sides))
    equal = 0
    differences = []
    for key in sorted(stock_sides.keys() | other_sides.keys()):
        first, second = stock_sides.get(key, ()), other_sides.get(key, ())
        mine, theirs = _outcomes(first), _outcomes(second)
        equal += (Counter(mine) & Counter(theirs)).total()
        if mine != theirs:
            differences.append(Difference(key, mine, theirs, _text(first), _text(second)))
    faults = (*faults_of("stock", stock), *faults_of("greenroom", other))
    return Comparison(equal, tuple(differences), faults)


def faults_of(who: str, recording: Recording) -> tuple[str, ...]:
    """What keeps a recording from being evidence: two empty ones would be equal."""
    faults = []
    if recording.ran is None:
        faults.append(f"{who}: the run broke off before its end")
    if not recording.tests:
        faults.append(f"{who}: no test was recorded")
    if recording.ran is not None and recording.ran != recording.tests:
        faults.append(f"{who}: says that it ran {recording.ran} tests, and recorded {recording.tests}")
    return tuple(faults)


def faults_of_process(who: str, recording: Recording, exit_code: int, printed: int | None) -> tuple[str, ...]:
    """Where a process said something else than its recording.

    Args:
        who: which side it was.
        recording: what it recorded.
        exit_code: what it ended with.
        printed: N of the last `Ran N tests` that it printed; None where there was none.
    """
    faults = []
    wanted = int(recording.failing)
    if exit_code != wanted:
        faults.append(f"{who}: exit code {exit_code}, where its results ask for {wanted}")
    if printed != recording.tests:
        faults.append(f"{who}: printed “Ran {printed} tests”, and recorded {recording.tests}")
    return tuple(faults)


def _by_id(results: Iterable[Result]) -> dict[str, tuple[Result, ...]]:
    sides: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        sides[result.id].append(result)
    return {key: tuple(group) for key, group in sides.items()}


def _outcomes(results: Iterable[Result]) -> Outcomes:
    return tuple(sorted(result.outcome for result in results))


def _text(results: Iterable[Result]) -> str:
    return "\n".join(result.text for result in results if result.text)


def _with_names(results: Iterable[Result], other: dict[str, tuple[Result, ...]]) -> list[Result]:
    """Give fixtures whose name stock lost the name that the other side has for the same class and outcome.

    Only the name is taken from the other side. Where nothing there fits, the fixture stays without, and differs.
    """
    free = Counter({(key, one.outcome): 1 for key, group in other.items() for one in group if one.fixture})
    named = []
    for result in results:
        found = result
        if result.fixture and result.id.startswith(LOST_NAME):
            for key, outcome in free:
                if outcome == result.outcome and free[key, outcome] and _same_scope(key, result.id):
                    free[key, outcome] -= 1
                    found = replace(result, id=key)
                    break
        named.append(found)
    return named


def _same_scope(fixture: str, lost: str) -> bool:
    """Whether `setUpClass (app.tests.Case)`, or `setUpModule (app.tests)`, may be `? (app.tests.Case)`."""
    scope = fixture.partition("(")[2].removesuffix(")")
    cls = lost.removeprefix(LOST_NAME).removesuffix(")")
    return cls == scope or cls.startswith(f"{scope}.")


@dataclass
class Seen:
    """The outcomes that each side has shown for one id, over several runs of the same kind."""

    stock: set[Outcomes] = field(default_factory=set)
    other: set[Outcomes] = field(default_factory=set)

    @property
    def apart(self) -> bool:
        """Whether stock never showed what the other side showed."""
        return not self.stock & self.other


def verdict(together: Seen, alone: Seen | None) -> Verdict:
    """Whether a test that differed once differs.

    A test is unstable only where both sides were seen to agree under equal circumstances: in one of several runs of
    the whole, without disagreeing when run alone. To pass alone is not enough: what fails in company only is as real.

    Args:
        together: what it showed in runs of the whole.
        alone: what it showed when only it was run; None where it can't be run alone.
    """
    if together.apart or (alone is not None and alone.apart):
        return "different"
    return "unstable"
