"""Contenders take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.model import Contender, ContenderFailed
from benchmarks.rounds import interleave, run_rounds

if TYPE_CHECKING:
    from benchmarks.model import Sample


def quiet(text: str) -> None:
    """Say nothing."""


def named(name: str, rounds: int | None = None) -> Contender:
    """A contender that is always as fast."""
    return Contender(name, lambda: {"wall": 1.0}, rounds)


def test_contenders_take_turns() -> None:
    """A B C A B C, not A A B B C C."""
    order = [(number, contender.name) for number, contender in interleave([named("A"), named("B"), named("C")], 2)]

    assert order == [(0, "A"), (0, "B"), (0, "C"), (1, "A"), (1, "B"), (1, "C")]


def test_a_slow_contender_takes_part_in_the_first_rounds() -> None:
    """One with fewer rounds leaves early; the others go on."""
    order = [contender.name for _, contender in interleave([named("A"), named("slow", rounds=1)], 3)]

    assert order == ["A", "slow", "A", "A"]


def test_more_rounds_than_asked_for_are_never_run() -> None:
    """A contender's own limit does not raise the number of rounds."""
    assert len(list(interleave([named("A", rounds=5)], 2))) == 2


def test_samples_are_kept_by_round() -> None:
    """Ratios are taken within rounds, so a sample has to know its round."""
    figures = iter([1.0, 2.0, 3.0])

    results = run_rounds([Contender("A", lambda: {"wall": next(figures)})], 3, quiet)

    assert results["A"].metric("wall") == {0: 1.0, 1: 2.0, 2: 3.0}


def test_a_contender_that_failed_is_out() -> None:
    """It has no turn and no samples any more; the others have all of theirs."""
    turns: list[str] = []

    def failing() -> Sample:
        turns.append("bad")
        if len(turns) > 1:
            raise ContenderFailed("ran 7 tests of 8")
        return {"wall": 1.0}

    results = run_rounds([Contender("bad", failing), named("good")], 4, quiet)

    assert len(turns) == 2
    assert results["bad"].failure == "ran 7 tests of 8"
    assert not results["bad"].samples
    assert len(results["good"].samples) == 4


def test_a_bug_is_not_taken_for_a_failed_contender() -> None:
    """Other exceptions pass through."""

    def broken() -> Sample:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_rounds([Contender("broken", broken)], 1, quiet)
