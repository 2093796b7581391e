"""Whether anything is tried again in a run, and what each test is granted."""

from __future__ import annotations

from typing import Any

from greenroom.errors import ConfigError
from greenroom.pytest_plugin.run import PytestRun
from greenroom.retry import TestPolicy, budget_of

_LOOK_INTO = {"usepdb": "--pdb", "trace": "--trace", "setupshow": "--setup-show", "setuponly": "--setup-only"}
"""Options by which somebody looks into the one try that there is."""
_RERUNS = "rerunfailures"
"""The name of pytest-rerunfailures, and its mark."""
_MARK = "flaky"


def begin(config: Any, run: PytestRun) -> dict[str, Any]:
    """The plugin of pytest's that tries again, by name; none where nothing is.

    Args:
        config: pytest's.
        run: the run.

    Raises:
        ConfigError: two want to try failed tests again, or the budget is none.
    """
    granted = run.config.retries or any(override.retries for override in run.overrides)
    if not granted:
        return {}
    budget_of(str(run.config.retry_budget), 1)
    if config.getoption("reruns", None):
        raise ConfigError("--retries and --reruns (pytest-rerunfailures) both try failed tests again: give one of them")
    asked = next((option for name, option in _LOOK_INTO.items() if config.getoption(name, default=False)), "")
    if asked:
        run.say(f"no retries in this run: {asked}")
        return {}
    # Imported here: most runs try nothing again.
    from greenroom.pytest_plugin.retries.loop import Retries

    run.retries = True
    return {"retries": Retries(run)}


def policy_of(item: Any, run: PytestRun) -> TestPolicy:
    """What a test is granted. Whether it is in quarantine is asked when it has failed: such a failure is none then.

    Args:
        item: of pytest's.
        run: the run.
    """
    config = run.config
    retries, delay = config.retries, config.retry_delay or 0.0
    if run.overrides:
        from greenroom.pytest_plugin.overriding import granted_of

        if (granted := granted_of(item)) is not None:
            retries = retries if granted.retries is None else granted.retries
            delay = delay if granted.retry_delay is None else granted.retry_delay
    if retries and item.get_closest_marker(_MARK) is not None and item.config.pluginmanager.hasplugin(_RERUNS):
        return TestPolicy()  # Its mark says what is to be done.
    return TestPolicy(retries, delay)
