"""`--repeat` and `--until-failure` through `manage.py test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenroom.testing import check_stream
from tests.e2e.retries_project import HEAD, tries
from tests.e2e.support import SERIAL, Mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

REPEATED = (
    HEAD
    + """
class Many(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        times("class")

    def test_fresh(self):
        self.assertFalse(hasattr(self, "kept"))
        self.kept = True

    def test_third(self):
        self.assertNotEqual(times("third"), 3)


class Emptying(TransactionTestCase):
    def test_last(self): pass
"""
)


@in_main_modes
def test_each_test_is_repeated(make_project: Callable[..., Project], mode: Mode) -> None:
    """Each time as a fresh object, with its class fixtures, and with a result; no bin runs behind a later one."""
    project = make_project(files={"shop/tests.py": REPEATED})
    ran = project.manage_test("--repeat", "4", *mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    ended = [(event.test.rpartition(".")[2], event.outcome) for event in ran.events.finished]
    assert ended.count(("test_fresh", "passed")) == 4
    assert ended.count(("test_third", "failed")) == 1
    assert ended.count(("test_third", "passed")) == 3
    assert ended.count(("test_last", "passed")) == 4
    assert len({event.index for event in ran.events.finished}) == 12
    assert tries(project, "class") == 4
    if mode is SERIAL:
        assert [name for name, _ in ended[:8]] == ["test_fresh", "test_third"] * 4
    assert not (project.root / ".greenroom" / "history.sqlite3").exists()


@in_main_modes
def test_until_a_test_fails(make_project: Callable[..., Project], mode: Mode) -> None:
    """The run stops there, and says what it did not come to."""
    project = make_project(files={"shop/tests.py": REPEATED})
    ran = project.manage_test("--until-failure", "--repeat", "50", *mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert (ran.returncode, ran.summary.failures) == (1, 1)
    assert 3 <= tries(project, "third") < 50
    assert ran.summary.not_run > 50
