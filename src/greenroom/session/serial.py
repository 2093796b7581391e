"""What runs tests in the process of the command."""

from __future__ import annotations

from typing import Any

from greenroom.execute.inline import InlineExecutor
from greenroom.session.run import Session


def inline_executor(session: Session, suite: Any, result: Any = None, *, pdb: bool) -> InlineExecutor:
    """What runs a suite in this process.

    Args:
        session: the run.
        suite: any suite over its tests.
        result: a result object of the project's own; None: one of greenroom's is made.
        pdb: whether a debugger is opened where a test fails.
    """
    options, attempts = session.options, session.attempts
    on_problem = None
    if pdb and result is None:
        from greenroom.session.debugger import open_debugger

        on_problem = open_debugger
    return InlineExecutor(
        session.roster,
        suite,
        result=result,
        failfast=options.failfast and attempts is None,
        buffer=options.buffer,
        debug_sql=options.debug_sql,
        verbosity=options.verbosity,
        timeout=options.config.timeout,
        # Under the debugger no clock runs: a breakpoint may be looked at for as long as one likes.
        timed=session.timed and not pdb,
        give_up=session.give_up,
        on_problem=on_problem,
        boundary=attempts.take_boundary if attempts is not None else None,
        capture=session.capture,
        hooks=session.reporting.in_process(),
    )
