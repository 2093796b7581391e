"""pytest-cov under `manage.py test`: where it would measure too little, it is refused."""

from __future__ import annotations

from typing import Any

from greenroom.errors import ConfigError

_LEAVE_OUT = "Where it stands in pytest's configuration, add `-- --no-cov`."


def refuse_cov(option: Any, *, workers: bool, coverage: bool) -> None:
    """Refuse `--cov` where something else measures, or where tests run in workers.

    Args:
        option: pytest's options.
        workers: whether tests run in worker processes.
        coverage: whether the run is measured already.

    Raises:
        ConfigError: it is refused.
    """
    if not getattr(option, "cov_source", None) or getattr(option, "no_cov", False):
        return
    if coverage:
        raise ConfigError("pytest-cov's --cov can't measure what --coverage measures", f"Leave it out. {_LEAVE_OUT}")
    if workers:
        raise ConfigError(
            "pytest-cov's --cov measures nothing in the workers of --parallel: --coverage does",
            f"Give --coverage instead. {_LEAVE_OUT}",
        )
