"""What a test logs, prints and asks of databases: in the events and with its failure, in every mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.events import AttemptFailed, FixtureFinished, GroupFinished
from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Trials, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.events import TestFinished
    from greenroom.testing import Project, Ran

TESTS = """\
    import logging
    import sys
    import threading

    from django.test import SimpleTestCase, TestCase
    from shop.models import Item

    LOG = logging.getLogger("shop.orders")

    class Logs(SimpleTestCase):
        def test_fails(self):
            LOG.warning("first of %s", "two")
            thread = threading.Thread(target=LOG.error, args=("from a thread",))
            thread.start()
            thread.join()
            self.fail("told")

        def test_good(self):
            LOG.warning("of a good one")

        def test_silent(self):
            self.fail("not a word")

        def test_subtests(self):
            for number in range(2):
                with self.subTest(number=number):
                    LOG.warning("number %s", number)
                    self.assertEqual(number, 0)

        def test_handlers(self):
            self.assertEqual(logging.root.handlers, [])
            self.assertFalse(LOG.hasHandlers())

    class Rows(TestCase):
        @classmethod
        def setUpTestData(cls):
            Item.objects.create(name="before")

        def test_counts(self):
            LOG.warning("%s", Item.objects.all())
            with self.assertNumQueries(1):
                Item.objects.count()
            print("to stdout")
            print("to stderr", file=sys.stderr)
            self.fail("with queries")

        def test_good(self):
            list(Item.objects.filter(name="x"))
            print("of a good one")

    class Unfit(TestCase):
        @classmethod
        def setUpClass(cls):
            super().setUpClass()
            Item.objects.filter(name="unfit").exists()
            raise LookupError("unfit")

        def test_never(self):
            pass
    """


def of(ran: Ran, test: str) -> TestFinished:
    """The end of a test."""
    [event] = [event for event in ran.events.finished if event.test == f"shop.tests.{test}"]
    return event


@pytest.fixture(scope="module")
def trials(make_shared_project: Callable[..., Project]) -> Trials:
    """The same tests in three modes."""
    about = {"files": {"shop/tests.py": TESTS}, "settings": "LOGGING_CONFIG = None"}
    return Trials(make_shared_project, [SERIAL, FORK, SPAWN], "--buffer", "--debug-sql", about=about, timeout=60)


@in_main_modes
def test_logs_come_with_a_failure(trials: Trials, mode: Mode) -> None:
    """In the events and below the traceback; of a test that passes nothing is kept."""
    ran = trials[mode]
    check_stream(ran.events)
    assert [(line.level, line.message) for line in of(ran, "Logs.test_fails").logs] == [
        ("WARNING", "first of two"),
        ("ERROR", "from a thread"),
    ]
    section = "\nLogged meanwhile:\n  WARNING  shop.orders: first of two\n  ERROR    shop.orders: from a thread\n"
    assert section in ran.stderr
    assert [line.message for line in of(ran, "Logs.test_subtests").logs] == ["number 0", "number 1"]
    assert of(ran, "Logs.test_good").logs == of(ran, "Logs.test_silent").logs == ()
    assert ran.stderr.count("Logged meanwhile:") == 3


@in_main_modes
def test_logging_is_what_it_was(trials: Trials, mode: Mode) -> None:
    """No handler more, and nothing that a test counts."""
    ran = trials[mode]
    assert of(ran, "Logs.test_handlers").outcome == "passed"
    assert [problem.kind for problem in of(ran, "Rows.test_counts").problems] == ["failure"]
    assert "with queries" in of(ran, "Rows.test_counts").problems[0].text


@in_main_modes
def test_output_that_was_held_back_is_data(trials: Trials, mode: Mode) -> None:
    """Beside being in the text of the failure."""
    ran = trials[mode]
    event = of(ran, "Rows.test_counts")
    assert event.output.startswith("to stdout\n")
    assert event.output.endswith("to stderr\n")
    assert "Stdout:\nto stdout\n" in event.problems[0].text
    assert of(ran, "Rows.test_good").output == ""


@in_main_modes
def test_queries_are_data_under_debug_sql(trials: Trials, mode: Mode) -> None:
    """Those of the test itself, with the line of the project that asked; the fixtures' are not its own."""
    ran = trials[mode]
    queries = of(ran, "Rows.test_counts").queries
    asked = [query for query in queries if "COUNT(*)" in query.sql]
    assert [(query.alias, query.function) for query in asked] == [("default", "Rows.test_counts")]
    assert asked[0].file.endswith("shop/tests.py")
    assert TESTS.splitlines()[asked[0].line - 1].strip() == "Item.objects.count()"
    assert not any(word in query.sql for query in queries for word in ("INSERT", "SAVEPOINT", "ROLLBACK"))
    assert of(ran, "Rows.test_good").queries == ()


@in_main_modes
def test_queries_of_class_fixtures_are_data(trials: Trials, mode: Mode) -> None:
    """With the group whose fixtures asked, without what Django does around them; those of a fixture that fails with it."""
    events = trials[mode].events
    groups = {event.group: event for event in events if isinstance(event, GroupFinished)}
    [insert] = groups["shop.tests.Rows"].queries
    assert (insert.sql[:6], insert.alias, insert.function) == ("INSERT", "default", "Rows.setUpTestData")
    assert TESTS.splitlines()[insert.line - 1].strip() == 'Item.objects.create(name="before")'
    assert not groups["shop.tests.Logs"].queries
    [failed] = [event for event in events if isinstance(event, FixtureFinished)]
    assert [(query.sql[:6], query.function) for query in failed.queries] == [("SELECT", "Unfit.setUpClass")]
    assert failed.fixture == "setUpClass (shop.tests.Unfit)"


@pytest.mark.parametrize("mode", [SERIAL, FORK], ids=str)
def test_it_can_be_turned_off(make_project: Callable[..., Project], mode: Mode) -> None:
    """Or down."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test("--capture-logs", "off", "shop.tests.Logs", "shop.tests.Rows", *mode.args)
    assert of(ran, "Logs.test_fails").logs == ()
    assert "Logged meanwhile" not in ran.output
    ran = project.manage_test("--log-level", "error", "shop.tests.Logs", "shop.tests.Rows", *mode.args)
    assert [line.message for line in of(ran, "Logs.test_fails").logs] == ["from a thread"]


@in_main_modes
def test_a_reporter_gets_the_queries_of_each_test(make_project: Callable[..., Project], mode: Mode) -> None:
    """Also of those that pass."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test("--report", "sql", *mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    [query] = of(ran, "Rows.test_good").queries
    assert (query.function, query.alias) == ("Rows.test_good", "default")
    assert "Most queries:" in ran.stdout
    assert of(ran, "Logs.test_good").queries == ()


def test_a_retry_has_its_own(make_project: Callable[..., Project]) -> None:
    """Each try is told with what was logged in it."""
    project = make_project(files={"shop/tests.py": TESTS})
    ran = project.manage_test("--retries", "1", "shop.tests.Logs.test_fails")
    [attempt] = ran.events.of(AttemptFailed)
    assert [line.message for line in attempt.logs] == ["first of two", "from a thread"]
    assert len(of(ran, "Logs.test_fails").logs) == 2
