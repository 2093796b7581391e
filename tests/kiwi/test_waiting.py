"""What a run does at its end: it waits for its sender for next to nothing, unless somebody says otherwise."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.reporters.kiwi.reporter import longest
from tools.kiwi.network import relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project


@pytest.mark.parametrize(
    ("given", "took", "waits"), [(None, 99.0, 0.0), (None, 200.0, 1.0), (None, 3600.0, 2.0), (30.0, 10.0, 30.0)]
)
def test_how_long(given: float | None, took: float, waits: float) -> None:
    """Half a percent of the run, two seconds at most, less than half a second not at all; or what is configured."""
    assert longest(given, took) == pytest.approx(waits)


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_it_goes_on_behind_everything_else(make_project: Callable[..., Project]) -> None:
    """The sender that a run has left has the lowest priority; the line says what is under way, and what to do."""
    tests = (
        "from django.test import SimpleTestCase\n\nclass One(SimpleTestCase):\n    def test_one(self):\n        pass\n"
    )
    project = make_project(files={"shop/tests.py": tests}, databases="none")
    with relay(0) as network:
        env = {"TCMS_API_URL": network.url, "TCMS_USERNAME": "tester", "TCMS_PASSWORD": "some", "TCMS_RUN_ID": "1"}
        ran = project.manage_test("--report", "kiwi", env={**env, "GREENROOM_KIWI_TIMEOUT": "300"})
        assert ran.returncode == 0, ran.stderr
        (journal,) = (project.root / ".greenroom" / "kiwi").glob("*.jsonl")
        line = (
            "greenroom: Kiwi TCMS: 0 of 1 results are delivered, the rest goes on in the background. "
            f"To send what is left: greenroom report kiwi {journal.relative_to(project.root)}"
        )
        assert line in ran.stderr.splitlines()
        sender = process_of(journal)
        assert os.getpriority(os.PRIO_PROCESS, sender) == 19
        os.kill(sender, signal.SIGKILL)


def process_of(journal: Path) -> int:
    """The id of the process that delivers a journal."""
    for found in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = found.read_bytes().split(b"\0")
        except OSError:  # It ended meanwhile.
            continue
        if str(journal).encode() in words and b"greenroom.reporters.kiwi.sender" in words:
            return int(found.parent.name)
    raise AssertionError("nobody delivers it")
