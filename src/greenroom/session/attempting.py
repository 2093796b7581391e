"""Setting up retries and quarantine for a run, from its configuration and what tests say themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from greenroom.attempts import MARKED, quarantine_of
from greenroom.collect.specs import rank_of
from greenroom.config import Config
from greenroom.retry import Ledger, TestPolicy, budget_of, matching
from greenroom.session.again import Remaker, RetryingSuite
from greenroom.session.attempts import Attempts
from greenroom.session.overriding import with_overrides
from greenroom.session.run import Session

UNPLANNED = TestPolicy()
"""What a test is granted that another one made on the way: nobody could make it again."""


def policies(config: Config, tests: Sequence[Any], ids: Sequence[str]) -> Mapping[int, TestPolicy]:
    """What each planned test is granted, by its index.

    Args:
        config: of the run.
        tests: unittest tests.
        ids: their ids.
    """
    plain = TestPolicy(config.retries, config.retry_delay or 0.0)
    found = dict.fromkeys(range(len(tests)), plain)
    for index, pattern in matching(config.quarantine, ids).items():
        found[index] = TestPolicy(quarantine=f"{pattern} is on the list")
    if MARKED:
        for index, test in enumerate(tests):
            reason = quarantine_of(test)
            if reason is not None:
                found[index] = TestPolicy(quarantine=reason)
    return found


def plan_attempts(session: Session, tests: Sequence[Any]) -> Attempts | None:
    """What stands between the executors and the dispatcher of a run; None where it is not to be.

    Raises:
        ConfigError: the budget is none.
    """
    options = session.options
    ids = session.roster.ids
    budget = budget_of(str(options.config.retry_budget), len(ids))
    of = with_overrides({**policies(options.config, tests, ids), **session.granted}, session.overridden)
    granting = any(policy.retries or policy.quarantine is not None for policy in of.values())
    if not granting and not session.rounds:
        return None
    if options.no_attempts:
        if granting:
            session.warn(f"no retries and no quarantine in this run: {options.no_attempts}")
        return None
    return Attempts(
        session.dispatcher,
        Ledger(lambda index: of.get(index, UNPLANNED), budget),
        ids,
        [index for index, policy in of.items() if policy.quarantine is not None],
        Remaker(tests),
        session.warn,
    )


def retrying_suites(
    session: Session, suite_class: Callable[[Sequence[Any]], Any], bins: Sequence[type]
) -> Callable[[Sequence[Any]], Any]:
    """What makes the suites of a run in this process.

    Args:
        session: the run.
        suite_class: what makes them else.
        bins: the classes of `DiscoverRunner.reorder_by`.
    """
    attempts = session.attempts

    def bin_of(test: Any) -> tuple[int, int]:
        return rank_of(type(test), bins), session.round_of(session.roster.known(test))

    def make(tests: Sequence[Any]) -> RetryingSuite:
        return RetryingSuite(
            tests,
            bin_of,
            suite_class,
            attempts=attempts,
            remake=attempts.remake,
            roster=session.roster,
            control=session.control,
        )

    return make
