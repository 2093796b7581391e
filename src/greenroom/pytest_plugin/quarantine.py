"""Tests in quarantine: they run, are told of, and do not fail the run.

For pytest such a failure is an expected one (`x`); greenroom's events have it as the failure that it is.
"""

from __future__ import annotations

import re
from typing import Any

from greenroom.pytest_engine.quarantine import said_reason
from greenroom.pytest_engine.uses import test_id
from greenroom.pytest_plugin.run import PytestRun
from greenroom.retry import matching

KEY = "quarantine"
"""Where the reason stands among what a report says beyond pytest's own."""


def reason_of(item: Any, run: PytestRun) -> str | None:
    """Why a test is in quarantine: by its mark, by `@greenroom.quarantine`, by an override, by the list; None where it is not.

    Args:
        item: of pytest's.
        run: the run.
    """
    if run.overrides:
        from greenroom.pytest_plugin.overriding import granted_of

        if (granted := granted_of(item)) is not None and granted.quarantine is not None:
            return granted.quarantine
    reason = said_reason(item)
    if reason is not None or not run.config.quarantine:
        return reason
    names = [test_id(item), item.nodeid, re.sub(r"[/:]+", ".", item.nodeid).replace(".py.", ".")]
    found = matching(run.config.quarantine, names)
    return f"{next(iter(found.values()))} is on the list" if found else None


def forgive(report: Any, extra: dict[str, Any], reason: str) -> None:
    """Make the report of a failure one that does not fail the run.

    Args:
        report: of pytest's.
        extra: what it says beyond that.
        reason: why.
    """
    extra[KEY] = reason
    report.outcome = "skipped"
    report.wasxfail = f"in quarantine: {reason}"
