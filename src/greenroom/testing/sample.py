"""The form of a sample: a module of tests with what must come of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from greenroom.events import ProblemKind
    from greenroom.model import Outcome


@dataclass(frozen=True)
class Expected:
    """How one test, or one class or module fixture, must end."""

    outcome: Outcome
    kinds: tuple[ProblemKind, ...] = ()
    """Its problems, in order."""
    text: tuple[str, ...] = ()
    """What its problems' texts hold."""
    subtests: tuple[str, ...] = ()
    """The subtests that its problems name, in order."""


PASSED = Expected("passed")
UNEXPECTED = Expected("unexpected_success", ("unexpected_success",))


def failed(*text: str) -> Expected:
    """One failed assertion."""
    return Expected("failed", ("failure",), text)


def error(*text: str) -> Expected:
    """One exception other than a failed assertion."""
    return Expected("error", ("error",), text)


def skipped(reason: str) -> Expected:
    """Skipped, once."""
    return Expected("skipped", ("skip",), (reason,))


def expected_failure(*text: str) -> Expected:
    """Failed as its decorator says it would."""
    return Expected("expected_failure", ("expected_failure",), text)


@dataclass(frozen=True)
class Sample:
    """A module of tests."""

    name: str
    """Its module is `samples.test_<name>`."""
    about: str
    """What it shows."""
    source: str
    """The module, below the imports that all samples share (`outcomes.HEADER`)."""
    tests: Mapping[str, Expected] = field(default_factory=dict)
    """What comes of each test that starts, by `Class.method`, or by whole id where that does not fit."""
    fixtures: Mapping[str, Expected] = field(default_factory=dict)
    """The fixtures that fail or skip, by unittest's name for them; `{}` in it stands for the module."""
    not_started: tuple[str, ...] = ()
    """The tests that a fixture keeps from starting, by `Class.method`."""
    bounded: bool = False
    """Its text is too long to be shown whole, and need not equal stock's."""

    @property
    def module(self) -> str:
        """The dotted name of its module."""
        return f"samples.test_{self.name}"

    def id(self, test: str) -> str:
        """The id of one of its tests."""
        return test if test.startswith("unittest.loader.") else f"{self.module}.{test}"

    def by_id(self) -> dict[str, Expected]:
        """What comes of each test that starts, by id."""
        return {self.id(test): expected for test, expected in self.tests.items()}

    def fixtures_by_name(self) -> dict[str, Expected]:
        """What comes of its fixtures, by unittest's name for them."""
        return {name.replace("{}", self.module): expected for name, expected in self.fixtures.items()}
