"""`--repeat` and `--until-failure`: the tests of a run several times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, groupby
from typing import Any

from greenroom.collect.specs import rank_of
from greenroom.config import Config
from greenroom.session.again import recipe
from greenroom.session.run import Session

UNTIL_FAILURE = 100
"""How many times `--until-failure` runs the tests at most where `--repeat` says nothing."""
MOST = 100_000
"""How many tests `--until-failure` runs at most in all then, once each had its turn."""


def rounds_of(config: Config, tests: int) -> int:
    """How many times each test is run.

    Args:
        config: of the run.
        tests: how many there are.
    """
    if config.until_failure and config.repeat <= 1:
        return max(1, min(UNTIL_FAILURE, MOST // max(1, tests)))
    return max(1, config.repeat)


def repeat(
    session: Session, stages: list[list[Any]], tests: list[Any], bins: Sequence[type]
) -> tuple[list[list[Any]], list[Any]]:
    """Have a session run its tests as often as the configuration says; before it plans them.

    Args:
        session: is told which time it is that a test runs.
        stages: the tests of each kind, under `--pipeline`; else none.
        tests: all of them.
        bins: the classes of `DiscoverRunner.reorder_by`.

    Returns:
        The stages and the tests, with a fresh object for each time.
    """
    rounds = rounds_of(session.options.config, len(tests))
    if rounds == 1:
        return stages, tests
    made, session.rounds = repeated(stages or [tests], rounds, lambda test: rank_of(type(test), bins))
    return made if stages else [], list(chain(*made))


def repeated(
    stages: Sequence[Sequence[Any]], rounds: int, rank_of: Callable[[Any], int]
) -> tuple[list[list[Any]], list[int]]:
    """The tests of each stage so many times, bin by bin, so that none runs behind one that it must not follow.

    Args:
        stages: tests in Django's order.
        rounds: how many times.
        rank_of: the bin of a test (`DiscoverRunner.reorder_by`).

    Returns:
        The stages, with a fresh object for each time; and of each test in its turn which time it is, from 0.
    """
    made: list[list[Any]] = []
    numbers: list[int] = []
    for stage in stages:
        made.append([])
        for _, of_rank in groupby(stage, key=rank_of):
            tests = list(of_rank)
            makers = [recipe(test) for test in tests]
            for number in range(rounds):
                made[-1] += tests if number == 0 else [make() for make in makers]
                numbers += [number] * len(tests)
    return made, numbers
