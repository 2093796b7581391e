"""What runs when: locks, long classes first, results while a class still runs, and the history behind it."""

from __future__ import annotations

import itertools
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from greenroom.events import TestFinished, TestStarted
from greenroom.testing import EventLog, check_stream
from tests.e2e.support import FORK, SERIAL, Mode, in_every_mode, in_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

LOCKS = """\
    import time
    from django.test import SimpleTestCase, TestCase
    from django.test.testcases import SerializeMixin

    class Locked(SerializeMixin):
        lockfile = __file__

    def slow(self): time.sleep(0.25)

    class A(Locked, SimpleTestCase):
        test_one = test_two = test_three = slow

    class B(Locked, TestCase):
        test_one = test_two = test_three = slow

    class Free(SimpleTestCase):
        test_one = test_two = test_three = slow

    class FreeToo(SimpleTestCase):
        test_one = test_two = test_three = slow
    """


def spans(log: EventLog, group: str) -> list[tuple[float, float]]:
    """When the tests of a class ran: begin and end of each."""
    return [
        (event.at, event.at + event.seconds) for event in log.finished if event.test.startswith(f"shop.tests.{group}.")
    ]


@in_workers
def test_lockfile_classes_never_overlap_and_nobody_waits(make_project: Callable[..., Project], mode: Mode) -> None:
    """Classes of one `SerializeMixin` lockfile run one after the other, and other tests meanwhile fill both workers."""
    project = make_project(files={"shop/tests.py": LOCKS})
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert set(ran.outcomes.values()) == {"passed"}
    for (begin, end), (other_begin, other_end) in itertools.product(spans(ran.events, "A"), spans(ran.events, "B")):
        assert end <= other_begin + 0.005 or other_end <= begin + 0.005
    if mode is FORK:  # elsewhere most of the time goes into starting workers
        locked_first = min(max(end for _, end in spans(ran.events, group)) for group in "AB")
        assert min(begin for begin, _ in spans(ran.events, "Free")) < locked_first


MANY = (
    "import time\nfrom django.test import SimpleTestCase\n"
    + "".join(f"class Short{n:02}(SimpleTestCase):\n    def test_it(self): time.sleep(0.02)\n" for n in range(12))
    + "class ZLong(SimpleTestCase):\n    def test_it(self): time.sleep(0.6)\n"
)


@in_workers
def test_the_long_class_begins_first_on_the_second_run(make_project: Callable[..., Project], mode: Mode) -> None:
    """From its second run on, a parallel run begins with what takes longest."""
    project = make_project(files={"shop/tests.py": MANY})
    first, second = (project.manage_test(*mode.args, start_method=mode.start_method) for _ in range(2))
    assert first.outcomes == second.outcomes
    assert "shop.tests.ZLong.test_it" in second.order[:2]


def test_history_of_a_serial_run_serves_a_parallel_one(make_project: Callable[..., Project]) -> None:
    """Durations of serial runs count too; a serial run keeps Django's order all the same."""
    project = make_project(files={"shop/tests.py": MANY})
    serial = project.manage_test()
    assert project.manage_test().order == serial.order
    parallel = project.manage_test(*FORK.args, start_method="fork")
    assert "shop.tests.ZLong.test_it" in parallel.order[:2]


SPLIT = (
    "import time\nfrom django.test import SimpleTestCase\nclass Long(SimpleTestCase):\n"
    + "".join(f"    def test_{n:02}(self): time.sleep(0.1)\n" for n in range(12))
    + "class Short(SimpleTestCase):\n    def test_it(self): pass\n"
)


def test_a_long_class_is_shared_out(make_project: Callable[..., Project]) -> None:
    """A class that would keep one worker busy while the other idles is split between them, once its length is known."""
    project = make_project(files={"shop/tests.py": SPLIT})
    project.manage_test(*FORK.args, start_method="fork")
    ran = project.manage_test(*FORK.args, start_method="fork")
    check_stream(ran.events)
    workers = {event.worker for event in ran.events.finished if ".Long." in event.test}
    assert len(workers) == 2
    assert len(ran.outcomes) == 13


def test_a_class_with_costly_set_up_is_not_split(make_project: Callable[..., Project]) -> None:
    """A class whose set-up costs more than a split would save stays whole."""
    project = make_project()
    project.write(
        "shop/tests.py",
        "import time\nfrom django.test import SimpleTestCase\nclass Long(SimpleTestCase):\n"
        "    @classmethod\n    def setUpClass(cls):\n        super().setUpClass()\n        time.sleep(0.8)\n"
        + "".join(f"    def test_{n:02}(self): time.sleep(0.02)\n" for n in range(10))
        + "class Short(SimpleTestCase):\n    def test_it(self): pass\n",
    )
    for _ in range(2):
        ran = project.manage_test(*FORK.args, start_method="fork")
        assert len({event.worker for event in ran.events.finished if ".Long." in event.test}) == 1


STREAMING = """\
    import time
    from pathlib import Path
    from django.test import SimpleTestCase

    go = Path(__file__).with_name("go")

    class Long(SimpleTestCase):
        def test_a_quick(self): pass
        def test_b_fails(self): self.fail("early")
        def test_c_waits(self):
            for _ in range(1000):
                if go.exists():
                    return
                time.sleep(0.02)
            self.fail("nobody said go")

    class Other(SimpleTestCase):
        def test_it(self): pass
    """


@in_every_mode
def test_results_come_while_a_class_still_runs(make_project: Callable[..., Project], mode: Mode) -> None:
    """The result of a test can be read in the events as soon as it has ended, while its class goes on."""
    project = make_project(files={"shop/tests.py": STREAMING})
    started = project.start_manage_test(*mode.args, start_method=mode.start_method, timeout=40)

    def early(log: EventLog) -> set[str]:
        return {event.test.rpartition(".")[2] for event in log.of(TestFinished)}

    started.wait_for_event(
        lambda event: isinstance(event, TestStarted) and event.test.endswith("test_c_waits"),
        "the waiting test starts",
        15,
    )
    started.process.wait_for(
        lambda: {"test_a_quick", "test_b_fails"} <= early(started.events_so_far()), "the first two results", 5
    )
    (project.root / "shop" / "go").touch()
    ran = started.finish()
    assert ran.outcomes["shop.tests.Long.test_c_waits"] == "passed"


def test_dots_come_while_a_class_still_runs(make_project: Callable[..., Project]) -> None:
    """The dots of a parallel run appear test by test, not when a class has ended."""
    project = make_project(files={"shop/tests.py": STREAMING})
    started = project.start_manage_test(*FORK.args, start_method="fork", timeout=40)
    started.process.wait_for(
        lambda: re.search(r"^[.F]*(\.[.F]*F|F[.F]*\.)[.F]*$", started.process.stderr, re.MULTILINE),
        "a dot and an F",
        15,
    )
    assert not (project.root / "shop" / "go").exists()
    (project.root / "shop" / "go").touch()
    assert started.finish().returncode == 1


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_history_is_kept(make_project: Callable[..., Project], mode: Mode) -> None:
    """Durations are kept in `.greenroom/history.sqlite3`, which ignores itself to git."""
    project = make_project(files={"shop/tests.py": MANY})
    project.manage_test(*mode.args, start_method=mode.start_method)
    folder = project.root / ".greenroom"
    with closing(sqlite3.connect(f"file:{folder / 'history.sqlite3'}?mode=ro", uri=True)) as history:
        assert history.execute("select count(*) from sqlite_master").fetchone()[0] > 0
    assert (folder / ".gitignore").read_text().strip().endswith("*")


@pytest.mark.parametrize(
    "broken", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 4096], ids=["text", "damaged"]
)
def test_a_broken_history_is_a_warning(make_project: Callable[..., Project], broken: bytes) -> None:
    """A history file that can't be read costs a warning, not the run, and is not silently deleted."""
    project = make_project(files={"shop/tests.py": MANY})
    folder = project.root / ".greenroom"
    folder.mkdir()
    (folder / "history.sqlite3").write_bytes(broken)
    ran = project.manage_test(*FORK.args, start_method="fork")
    assert ran.returncode == 0, ran
    assert "history" in ran.output
    assert "Traceback" not in ran.output
    assert any(path.read_bytes() == broken for path in folder.iterdir() if path.is_file())


def test_a_folder_that_cannot_be_written(make_project: Callable[..., Project]) -> None:
    """Where `.greenroom` can't be made a folder, tests run all the same, with a warning."""
    project = make_project(files={"shop/tests.py": MANY})
    (project.root / ".greenroom").write_text("a file is in the way")
    ran = project.manage_test(*FORK.args, start_method="fork")
    assert ran.returncode == 0, ran
    assert ".greenroom" in ran.output
    assert "Traceback" not in ran.output
