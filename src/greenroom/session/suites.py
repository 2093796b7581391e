"""The suites through which unittest's runners reach the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from django.test.runner import ParallelTestSuite


class Engine(Protocol):
    """What runs a suite: `greenroom.TestRunner`."""

    def run_engine(self, suite: Any, result: Any) -> Any: ...


class EngineSuite(ParallelTestSuite):
    """What `build_suite()` gives under `--parallel`: Django's suite, run by greenroom's workers.

    `init_worker`, `process_setup` and `process_setup_args` may be overridden as on Django's.
    """

    greenroom_runner: Engine | None = None

    def run(self, result: Any, debug: bool = False) -> Any:
        if self.greenroom_runner is None:
            return super().run(result)
        self.greenroom_runner.run_engine(self, result)
        return result


class EngineCall:
    """The suite that a custom test runner is given: running it runs the engine."""

    def __init__(self, runner: Engine, suite: Any) -> None:
        self._runner = runner
        self._suite = suite

    def __call__(self, result: Any) -> Any:
        return self.run(result)

    def run(self, result: Any, debug: bool = False) -> Any:
        self._runner.run_engine(self._suite, result)
        return result

    def __iter__(self) -> Iterator[Any]:
        return iter(self._suite)

    def countTestCases(self) -> int:
        """How many tests there are."""
        count: int = self._suite.countTestCases()
        return count


def only_prepares_workers(suite: ParallelTestSuite) -> bool:
    """Whether a parallel suite only says how workers are made ready, and leaves running them to Django's.

    A suite that overrides how tests are run can't be honoured by an engine of another kind.
    """
    names = ("run", "handle_event", "run_subsuite", "runner_class")
    return all(
        getattr(type(suite), name) in (getattr(ParallelTestSuite, name), getattr(EngineSuite, name)) for name in names
    )
