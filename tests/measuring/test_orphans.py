"""Waiting for what is left of a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to others than init")

CODE = """
import subprocess, sys, time
from greenroom.measuring.orphans import adopt_orphans, outlast_orphans

adopt_orphans()
late = "import time; from pathlib import Path; time.sleep(0.5); Path('late').touch()"
parent = f"import subprocess, sys; subprocess.Popen([{sys.argv[1]!r}, *{sys.argv[2:]!r}, {late!r}])"
subprocess.run([sys.executable, "-c", parent], check=True)
outlast_orphans(float(sys.stdin.read()))
"""


@pytest.mark.parametrize(
    ("program", "seconds", "there"),
    [((sys.executable, "-c"), 30, True), ((sys.executable, "-c"), 0, False), (("sh", "-c", "sleep 4"), 0.5, False)],
    ids=["waited for", "no time", "no Python"],
)
def test_orphans_are_waited_for(tmp_path: Path, program: tuple[str, ...], seconds: float, there: bool) -> None:
    """As long as there is time, and only where they may be measured."""
    command = [sys.executable, "-c", CODE, *program]
    done = subprocess.run(command, cwd=tmp_path, input=str(seconds), text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert (tmp_path / "late").exists() is there
