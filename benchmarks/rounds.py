"""Contenders take turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.model import Contender, ContenderFailed, Results, Sample, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def interleave(contenders: Sequence[Contender], rounds: int) -> Iterator[tuple[int, Contender]]:
    """Yield (round, contender) as A B C A B C ...; one with fewer rounds takes part in the first ones.

    Args:
        contenders: in the order in which they take turns.
        rounds: how many rounds, at least one.
    """
    for number in range(rounds):
        for contender in contenders:
            if contender.rounds is None or number < contender.rounds:
                yield number, contender


def run_rounds(contenders: Sequence[Contender], rounds: int, say: Callable[[str], None] = print) -> Results:
    """Let all contenders take their turns.

    A contender that failed is out: its failure is kept, and its earlier samples are dropped, as it is not known what
    they are worth.
    """
    samples: dict[str, dict[int, Sample]] = {contender.name: {} for contender in contenders}
    failures: dict[str, str] = {}
    for number, contender in interleave(contenders, rounds):
        if contender.name in failures:
            continue
        try:
            sample = contender.measure()
        except ContenderFailed as failure:
            failures[contender.name] = str(failure)
            say(f"  round {number + 1}  {contender.name}: {failure}")
            continue
        samples[contender.name][number] = sample
        say(f"  round {number + 1}  {contender.name}: {_brief(sample)}")
    return {
        name: Series(failure=failures[name]) if name in failures else Series(samples=taken)
        for name, taken in samples.items()
    }


def _brief(sample: Sample) -> str:
    return "  ".join(
        f"{metric} {value:,.0f}" if value >= 1000 else f"{metric} {value:.4g}" for metric, value in sample.items()
    )
