"""Programs that are not trusted to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from greenroom.conformance import command
from greenroom.conformance.command import ProgramError, run_command, tail

CHILD = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
print("waiting", flush=True)
time.sleep(60 if sys.argv[2] == "stay" else 0)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that mind no SIGTERM are not waited for as long as usual."""
    monkeypatch.setattr(command, "_GRACE", 0.3)


def run(tmp_path: Path, *program: str, limit: float = 30.0) -> int:
    """Run a program; it prints to `log`."""
    return run_command(program, log=tmp_path / "log", environment=os.environ, limit=limit)


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_exit_codes_and_output(tmp_path: Path) -> None:
    """The code of the program, or minus the signal; both of its outputs in one file, its input at an end."""
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(len(sys.stdin.read()) + 7)"
    assert run(tmp_path, sys.executable, "-c", code) == 7
    assert sorted(tail(tmp_path / "log").split()) == ["err", "out"]
    assert run(tmp_path, sys.executable, "-c", "import os; os.kill(os.getpid(), 9)") == -9


def test_no_such_program(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(ProgramError, match="no-such-program"):
        run(tmp_path, "no-such-program")


def test_the_limit_ends_children_too(tmp_path: Path) -> None:
    """Also those that mind no SIGTERM; the message has what was printed."""
    with pytest.raises(ProgramError, match="longer than 1 seconds") as caught:
        run(tmp_path, sys.executable, "-c", CHILD, str(tmp_path / "pid"), "stay", limit=1)
    assert "waiting" in str(caught.value)
    assert gone(int((tmp_path / "pid").read_text()))


def test_nothing_outlives_the_program(tmp_path: Path) -> None:
    """A child that it left behind is ended with it."""
    assert run(tmp_path, sys.executable, "-c", CHILD, str(tmp_path / "pid"), "leave") == 0
    assert gone(int((tmp_path / "pid").read_text()))


INTERRUPTED = """
import signal, sys
from pathlib import Path
from greenroom.conformance import command
signal.signal(signal.SIGINT, signal.default_int_handler)
command._GRACE = 0.3
folder, *words = sys.argv[1:]
try:
    command.run_command(words, log=Path(folder, "log"), environment={}, limit=30)
except KeyboardInterrupt:
    sys.exit(42)
"""


def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    """KeyboardInterrupt goes on its way when the program is gone."""
    pid = tmp_path / "pid"
    words = [sys.executable, "-c", CHILD, str(pid), "stay"]
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(tmp_path), *words]) as process:
        while not pid.exists() or not pid.read_text():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 42
    assert gone(int(pid.read_text()))
