"""Nothing of a driver is left, however it or the tests end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.browsers.processes import PREFIX, Den
from tests.browsers.project import APPS, FILES

if TYPE_CHECKING:
    from greenroom.testing import Project

CLINGING = """\
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):  # a child, a grandchild in a session of its own, and one that lost its parent
    if os.fork():
        if _ == 1:
            os._exit(0)
        break
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(1, b"ready\\n")  # In one piece: three write at a time.
time.sleep(300)
"""

SLOW = """\
    import pathlib, time
    from greenroom.cases import PlaywrightTestCase, SeleniumTestCase
    from greenroom.cases.browsing import session_of

    class Slow(PlaywrightTestCase):
        def test_slow(self):
            self.page.goto("/")
            pathlib.Path(f"opened-{type(self).__name__}").write_text(str(session_of(self).den.folder))
            time.sleep(120)

    class SlowToo(SeleniumTestCase):
        def test_slow(self):
            self.selenium.get("/")
            pathlib.Path(f"opened-{type(self).__name__}").write_text(str(session_of(self).den.folder))
            time.sleep(120)
    """


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something comes true."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def naming(text: str) -> set[int]:
    """The processes whose command line or environment has this text."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            known = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            if text.encode() in known and int(folder.name) != os.getpid():
                found.add(int(folder.name))
    return found


on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture
def den() -> Iterator[Den]:
    """A folder for a driver."""
    made = Den()
    yield made
    made.close()


@on_linux
def test_stopping_takes_all_descendants_along(den: Den, tmp_path: Path) -> None:
    """Those too that ignore a polite request, have a session of their own, or lost their parent."""
    program = tmp_path / "clinging.py"
    program.write_text(CLINGING)
    driver = den.start(Path(sys.executable), [str(program)])
    for _ in range(3):
        assert driver.output.readline() == b"ready\n"
    assert len(naming(str(program)) - {driver.process.pid}) == 3
    driver.stop()
    assert not naming(str(program))
    assert not den.folder.exists()


def test_a_driver_that_ends_by_itself(den: Den) -> None:
    """Its exit code is the keeper's."""
    driver = den.start(Path(sys.executable), ["-c", "raise SystemExit(7)"])
    assert driver.process.wait(10) == 7
    driver.stop()


def test_a_program_that_can_not_be_started(den: Den, tmp_path: Path) -> None:
    """The log says why."""
    driver = den.start(tmp_path / "nowhere", [])
    # Looked at before the keeper removes the folder.
    assert driver.process.wait(10) == 127
    driver.stop()


def test_what_a_killed_keeper_left(den: Den) -> None:
    """The folder goes as soon as another one is needed and its maker has ended; a living maker's stays."""
    script = "from greenroom.browsers.processes import Den; import os, signal; print(Den().folder); "
    done = subprocess.run(
        [sys.executable, "-c", script + "import sys; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)"],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    left = Path(done.stdout.strip())
    assert left.name.startswith(PREFIX)
    assert left.exists()
    another = Den()
    assert not left.exists()
    assert den.folder.exists()
    another.close()


@on_linux
@pytest.mark.parametrize("whom", ["runner", "worker"])
def test_nothing_outlives_a_kill(make_project: Callable[..., Project], whom: str) -> None:
    """Killed without warning, the runner or a worker leaves neither a browser, nor a driver, nor a profile."""
    project = make_project(apps=APPS, files={**FILES, "shop/tests/test_slow.py": SLOW})
    started = project.start_manage_test("shop.tests.test_slow", "--parallel", "2", start_method="fork", timeout=100)
    opened = [project.root / f"opened-{name}" for name in ("Slow", "SlowToo")]
    assert eventually(lambda: all(file.exists() and file.read_text() for file in opened), 60)
    folders = [file.read_text() for file in opened]
    assert all(naming(folder) for folder in folders)
    if whom == "runner":
        started.process.kill()
    else:
        for worker in workers_of(started.events_file):
            os.kill(worker, signal.SIGKILL)
        started.finish()
    assert eventually(lambda: not any(naming(folder) for folder in folders))
    assert eventually(lambda: not any(Path(folder).exists() for folder in folders))


def workers_of(events_file: Path) -> list[int]:
    """The processes of the workers of a run."""
    from greenroom.events import WorkerStarted
    from greenroom.testing import read_events

    return [event.pid for event in read_events(events_file, growing=True).of(WorkerStarted)]
