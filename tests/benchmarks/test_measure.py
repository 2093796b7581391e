"""Commands are run to their end and nothing of them is left."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import last_lines, run, run_checked
from benchmarks.model import Command, ContenderFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., Command]:
    """Makes a command that runs Python source."""

    def make(source: str, timeout: float = 60.0) -> Command:
        return Command((sys.executable, "-c", source), tmp_path, {"PATH": os.environ["PATH"], "GIVEN": "yes"}, timeout)

    return make


def test_output_and_exit_code_are_kept(python: Callable[..., Command]) -> None:
    """Both streams, in their order."""
    finished = run(python("import sys; print('one', flush=True); print('two', file=sys.stderr); sys.exit(3)"))

    assert (finished.returncode, finished.output.splitlines()) == (3, ["one", "two"])


def test_only_the_given_environment_is_seen(python: Callable[..., Command], monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens to be set here may not reach a contender."""
    monkeypatch.setenv("GREENROOM_EVENTS", "x")

    finished = run(python("import os; print(os.environ.get('GREENROOM_EVENTS'), os.environ['GIVEN'])"))

    assert finished.output.split() == ["None", "yes"]


def test_a_command_that_hangs_is_killed(python: Callable[..., Command]) -> None:
    """With all of its group, and it is said."""
    finished = run(python("import time; time.sleep(600)", timeout=0.2))

    assert finished.timed_out
    assert finished.returncode == -signal.SIGKILL


def test_what_a_command_leaves_behind_is_killed(
    python: Callable[..., Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An orphan would take CPU time from the next contender."""
    monkeypatch.setattr("benchmarks.measure.ORPHAN_GRACE", 0.0)
    source = (
        "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    )

    finished = run(python(source))

    with pytest.raises(ProcessLookupError):
        os.kill(int(finished.output), 0)


def test_a_watcher_looks_on_until_the_end(python: Callable[..., Command]) -> None:
    """It is told the process and when that has ended."""
    seen: list[int] = []

    class Looker:
        def watch(self, pid: int, ended: threading.Event) -> None:
            seen.append(pid)
            assert ended.wait(60)
            seen.append(pid)

    finished = run(python("import os; print(os.getpid())"), Looker())

    assert seen == [int(finished.output)] * 2


@pytest.mark.parametrize(
    ("source", "timeout", "reason"),
    [
        ("print('a', flush=True); raise SystemExit('b')", 60.0, "exit code 1: a / b"),
        ("import time; time.sleep(600)", 0.2, "killed after"),
    ],
)
def test_a_command_that_has_to_succeed(
    python: Callable[..., Command], source: str, timeout: float, reason: str
) -> None:
    """Otherwise its time means nothing."""
    with pytest.raises(ContenderFailed, match=reason):
        run_checked(python(source, timeout))


def test_last_lines() -> None:
    """The end of an output, without blank lines, in one line."""
    assert last_lines("a\n\nb\n  c  \n\nd\n") == "b / c / d"
