"""Keeps count of the tries of each test, and says after each what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from greenroom.retry.policy import TestPolicy, delay_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.model import Outcome


class Verdict(msgspec.Struct, frozen=True):
    """What the end of a try means."""

    attempt: int
    """Which try it was, from 1."""
    of: int
    """How many there are at most."""
    again: bool = False
    """Whether the test is to be tried again."""
    delay: float = 0.0
    """The seconds to wait before."""
    flaky: bool = False
    """Whether it passed after it had failed."""
    stands: bool = False
    """Whether the failure before is what counts, as this try showed nothing."""
    quarantine: str | None = None
    """Why the failure does not count; None: it does."""


class Ledger:
    """Decides, and does nothing: no clock, no process.

    The rules:

    - A test that failed or had an error is tried again as often as its policy grants.
    - An unexpected success is not: it says that a decorator is wrong, which no further try makes less true.
    - A test that passes, or fails as expected, after it had failed is flaky.
    - A later try that is skipped or broken off shows nothing: the failure before stands.
    - When more tests have failed than the budget allows, nothing is tried again any more. Tests in quarantine
      don't count, and are not tried again, as their failures don't count either.

    Args:
        policy_of: the policy of a test, by its index.
        budget: how many tests may fail; None: any number.
    """

    def __init__(self, policy_of: Callable[[int], TestPolicy], budget: int | None = None) -> None:
        self._policy_of = policy_of
        self._budget = budget
        self._tries: dict[int, int] = {}
        self.failed = 0
        """How many tests have failed at their first try."""

    @property
    def exhausted(self) -> bool:
        """Whether more tests have failed than the budget allows."""
        return self._budget is not None and self.failed > self._budget

    def grants(self, index: int) -> bool:
        """Whether a test is tried again if the try that comes next fails.

        Args:
            index: of the test.
        """
        policy = self._policy_of(index)
        tries = self._tries.get(index, 0)
        failed = self.failed + (tries == 0)
        spent = self._budget is not None and failed > self._budget
        return policy.quarantine is None and tries < policy.retries and not spent

    def judge(self, index: int, outcome: Outcome, *, interrupted: bool = False) -> Verdict:
        """Take note of the end of a try.

        Args:
            index: of the test.
            outcome: of the try.
            interrupted: whether it was broken off.
        """
        policy = self._policy_of(index)
        attempt = self._tries[index] = self._tries.get(index, 0) + 1
        of = 1 if policy.quarantine is not None else policy.retries + 1
        verdict = Verdict(attempt, max(of, attempt), quarantine=policy.quarantine)
        if interrupted or outcome == "skipped":
            return msgspec.structs.replace(verdict, stands=attempt > 1)
        if outcome not in ("failed", "error"):
            return msgspec.structs.replace(verdict, flaky=attempt > 1 and outcome != "unexpected_success")
        if policy.quarantine is not None:
            return verdict
        self.failed += attempt == 1
        if attempt >= of or self.exhausted:
            return verdict
        return msgspec.structs.replace(verdict, again=True, delay=delay_before(attempt + 1, policy.delay))
