"""`--locals`: what variables held when a test failed, without what is sensitive, and without changing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import SERIAL, SPAWN, Mode, Trials

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.events import Raised, TestFinished
    from greenroom.testing import Project, Ran

TESTS = """\
    from django.db import connection
    from django.http import QueryDict
    from django.test import RequestFactory, TestCase
    from django.utils.functional import SimpleLazyObject
    from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
    from shop.models import Item

    class Broken:
        def __repr__(self):
            raise ValueError("no")

    class Asks:
        def __repr__(self):
            return f"{Item.objects.count()} items"

    @sensitive_variables("card")
    def pay(card, amount):
        fee = amount // 100
        raise LookupError("refused")

    @sensitive_variables()
    def hide_all(card):
        raise LookupError("refused")

    @sensitive_post_parameters("number")
    def answer(request):
        data = request.POST
        raise LookupError("refused")

    def woken():
        raise AssertionError("it was woken")

    class Locals(TestCase):
        def test_values(self):
            broken, asks, lazy = Broken(), Asks(), SimpleLazyObject(woken)
            items, nested = Item.objects.all(), [Item.objects.filter(name="x"), lazy]
            long, many, marked = "<b>" * 1000, list(range(100)), "two\\nlines \\udcff"
            item = Item(name="pen")
            password = "hunter2-password"
            options = {"api_key": "hunter2-key", "level": 3, "inner": [{"token": "hunter2-token"}]}
            self.assertEqual(item.name, "ink")

        def test_sensitive(self):
            pay("hunter2-card", 300)

        def test_all_sensitive(self):
            hide_all("hunter2-all")

        def test_post(self):
            answer(RequestFactory().post("/", {"number": "hunter2-number", "size": "3"}))

        def test_cause(self):
            try:
                pay("hunter2-cause", 500)
            except LookupError as error:
                raise RuntimeError("outer") from error

        def test_nothing_changes(self):
            items = Item.objects.all()
            asks = Asks()
            with self.assertNumQueries(1):
                with self.subTest("first"):
                    self.fail("looked at")
                self.assertEqual(list(items), [])

        def test_good(self):
            secret = "hunter2-good"
    """

PYTEST = """\
    def test_py():
        number, token = 3, "hunter2-pytest"
        assert number == 4
    """


def of(ran: Ran, test: str) -> TestFinished:
    """The end of a test."""
    [event] = [event for event in ran.events.finished if event.test == f"shop.tests.Locals.{test}"]
    return event


def held(raised: Raised | None, function: str) -> dict[str, str]:
    """The variables of a function's frame."""
    assert raised is not None
    [frame] = [frame for frame in raised.frames if frame.function == function]
    return dict(frame.locals)


@pytest.fixture(scope="module")
def trials(make_shared_project: Callable[..., Project]) -> Trials:
    """The same tests in one process and in workers."""
    files = {"shop/tests.py": TESTS, "shop/test_py.py": PYTEST}
    return Trials(make_shared_project, [SERIAL, SPAWN], "--locals", about={"files": files}, timeout=60)


both = pytest.mark.parametrize("mode", [SERIAL, SPAWN], ids=str)


@both
def test_values(trials: Trials, mode: Mode) -> None:
    """Each as a bounded text; what would be evaluated by looking at it, or can't be shown, is said to be so."""
    ran = trials[mode]
    check_stream(ran.events)
    found = held(of(ran, "test_values").problems[0].raised, "test_values")
    assert "broken" in found, found
    assert found["broken"] == "<Broken: its repr() raised ValueError>"
    assert found["asks"].startswith("<Asks: its repr() raised ")
    assert found["lazy"] == "<SimpleLazyObject, not evaluated>"
    assert found["items"] == "<QuerySet of Item, not evaluated>"
    assert found["nested"] == "[<QuerySet of Item, not evaluated>, <SimpleLazyObject, not evaluated>]"
    assert found["marked"] == r"'two\nlines \udcff'"
    assert len(found["long"]) < 1100
    assert found["many"].startswith("[0, 1, 2,")
    assert len(found["many"]) < 200
    assert found["item"].startswith("<Item: ")
    assert found["self"] == "<shop.tests.Locals testMethod=test_values>"


@both
def test_where_they_are_shown(trials: Trials, mode: Mode) -> None:
    """Below the traceback, the project's own frames only, those of causes too; in the order of the frames."""
    ran = trials[mode]
    raised = of(ran, "test_cause").problems[0].raised
    assert raised is not None
    assert held(raised.cause, "pay")["fee"] == "5"
    own = {frame.function for frame in raised.frames if frame.locals}
    assert own == {"test_cause"}
    assert "\nLocal variables:\n" in ran.stderr
    assert "in test_values\n    self = <shop.tests.Locals testMethod=test_values>\n    broken = " in ran.stderr
    assert ran.stderr.count("    fee = 3\n") == 1


@both
def test_nothing_sensitive(trials: Trials, mode: Mode) -> None:
    """What Django's decorators name, what has a name that says it, in dictionaries too: in no event, and not printed."""
    ran = trials[mode]
    assert held(of(ran, "test_sensitive").problems[0].raised, "pay") == {
        "card": "'********************'",
        "amount": "300",
        "fee": "3",
    }
    assert set(held(of(ran, "test_all_sensitive").problems[0].raised, "hide_all").values()) == {
        "'********************'"
    }
    assert "'size': '3'" in held(of(ran, "test_post").problems[0].raised, "answer")["data"]
    options = held(of(ran, "test_values").problems[0].raised, "test_values")["options"]
    assert "'level': 3" in options
    shown = "".join(text for event in ran.events.finished for text in texts(event))
    for name in ("password", "key", "token", "card", "all", "number", "cause", "good"):
        assert f"hunter2-{name}" not in shown, name


def texts(event: TestFinished) -> list[str]:
    """All texts of variables that an event has."""
    found = []
    for problem in event.problems:
        raised = problem.raised
        while raised is not None:
            found += [text for frame in raised.frames for _, text in frame.locals]
            raised = raised.cause or raised.context
    return found


@both
def test_pytest(trials: Trials, mode: Mode) -> None:
    """A test of pytest's shows its own, without those that its rewritten asserts make."""
    [event] = [event for event in trials[mode].events.finished if event.test == "shop/test_py.py::test_py"]
    assert held(event.problems[0].raised, "test_py") == {"number": "3", "token": "'********************'"}


@both
def test_nothing_changes(trials: Trials, mode: Mode) -> None:
    """A subtest's failure is looked at while its test goes on: no query set has its rows, no query is counted."""
    [problem] = of(trials[mode], "test_nothing_changes").problems
    assert problem.subtest == "[first]"
    assert of(trials[mode], "test_good").outcome == "passed"


def test_without_the_option(make_project: Callable[..., Project]) -> None:
    """No variable is told. A profile or the file can ask for them."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test("-k", "test_sensitive")
    assert not texts(of(ran, "test_sensitive"))
    assert "Local variables" not in ran.stderr
