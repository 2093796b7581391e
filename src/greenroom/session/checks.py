"""Django's system checks beside the first tests.

On large projects the checks take seconds, in which no test runs. Here a forked child carries them out while the tests
begin. What the checks leave behind in the process that runs them (imported URLconfs, facts about the database server)
is loaded in this process first, so that tests find what they find under Django's own runner. Where a check fails, the
run is stopped, and the checks run once more in this process: their exception and its text are Django's own.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

from django.db import connections

from greenroom import clock
from greenroom.cpus import usable_cpus
from greenroom.databases import traces
from greenroom.history import History

_WORTH_FORKING = 0.5
"""Seconds that the system checks must have taken in an earlier run for them to go beside the tests."""


def go_beside(wanted: str, history: History | None) -> bool:
    """Whether the checks of a run go beside its tests.

    Args:
        wanted: what the configuration says: `auto`, `before` or `beside`.
        history: knows how long they took before; None where none is kept.
    """
    if wanted == "before" or not hasattr(os, "fork") or sys.platform == "darwin":
        return False
    if wanted == "beside":
        return True
    if usable_cpus() < 2 or history is None:
        return False
    return (history.fact("checks") or 0.0) >= _WORTH_FORKING


def leave_traces(databases: Any) -> None:
    """Load what running the checks would leave loaded in this process."""
    from django.conf import settings
    from django.urls import get_resolver

    if getattr(settings, "ROOT_URLCONF", None):
        _load_patterns(get_resolver())
    traces.leave_traces(databases)


def _load_patterns(resolver: Any) -> None:
    try:
        patterns = resolver.url_patterns
    except Exception:
        return  # The check itself will say so.
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            _load_patterns(pattern)


class ChecksBeside:
    """The checks in a forked child.

    Args:
        run: runs the checks, raising what they raise.
        databases: what it is given.
    """

    def __init__(self, run: Callable[[Any], None], databases: Any) -> None:
        self.began = clock.now()
        self.text = ""
        """What they printed to stdout."""
        self.warnings = ""
        """What they printed to stderr."""
        self.ok: bool | None = None
        """None while they run."""
        self.seconds = 0.0
        # No two processes may talk over one connection. (One to a database in memory stays: Django does not close it.)
        for connection in connections.all(initialized_only=True):
            connection.close()
        sys.stdout.flush()
        sys.stderr.flush()
        reader, writer = os.pipe()
        self._output = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - shared with the child
        self._pid = os.fork()
        if self._pid == 0:
            os.close(reader)
            self._be_the_child(run, databases, writer)
        os.close(writer)
        self._reader = reader

    def _be_the_child(self, run: Callable[[Any], None], databases: Any, writer: int) -> None:
        code = b"-"
        # Whatever is raised: the parent runs the checks again, and raises it.
        with suppress(BaseException):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                run(databases)
            self._output.write(json.dumps([out.getvalue(), err.getvalue()]))
            self._output.flush()
            code = b"+"
        os.write(writer, code)
        os._exit(0)

    def poll(self) -> bool:
        """Whether they are done by now."""
        if self.ok is None and select.select([self._reader], [], [], 0)[0]:
            self._finish()
        return self.ok is not None

    def wait(self) -> bool:
        """Wait for them; whether they passed."""
        if self.ok is None:
            self._finish()
        return bool(self.ok)

    def cancel(self) -> None:
        """Nobody is interested any more."""
        if self.ok is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._finish()

    def _finish(self) -> None:
        # A child that died has closed the pipe without a word: that is no success.
        self.ok = os.read(self._reader, 1) == b"+"
        os.close(self._reader)
        # A test may have reaped it already: `os.waitpid(-1, …)`, or SIGCHLD ignored.
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        self.seconds = clock.now() - self.began
        self._output.seek(0)
        told = self._output.read()
        self.text, self.warnings = json.loads(told) if told else ("", "")
        self._output.close()
