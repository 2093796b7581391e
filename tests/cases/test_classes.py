"""The case classes, each in what it promises, in every mode; and under stock Django's runner, where nothing else helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, Runs, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project

SETTINGS = """
LANGUAGE_CODE = "cs"
LANGUAGES = [("cs", "Czech"), ("de", "German"), ("en", "English")]
"""

FILES = {
    "shop/fixtures/one.json": '[{"model": "shop.item", "pk": 101, "fields": {"name": "loaded"}}]',
    "shop/prices.py": """\
        import socket

        from shop.models import Item

        def total():
            return Item.objects.count()

        def rate():
            return socket.create_connection(("127.0.0.1", 9))

        def rate_by_name():
            return socket.getaddrinfo("localhost", 80)
        """,
    "shop/templatetags/__init__.py": "",
    "shop/templatetags/shouting.py": """\
        from django import template

        register = template.Library()

        @register.filter
        def shout(text):
            return text.upper() + "!"
        """,
    "shop/tests/__init__.py": "",
    "shop/tests/test_unit.py": """\
        import socket
        import threading
        import tempfile

        from django.utils.translation import get_language
        from greenroom.cases import TemplateTagTestCase, UnitTestCase
        from shop.prices import rate, rate_by_name, total

        class Unit(UnitTestCase):
            def test_fine(self):
                self.assert_equal(self.client.get("/hello/").status_code, 200)

            def test_query(self):
                total()

            def test_query_in_a_thread(self):
                found = []
                def count():
                    try:
                        total()
                    except AssertionError as error:
                        found.append(str(error))
                thread = threading.Thread(target=count)
                thread.start()
                thread.join()
                self.assert_in("shop/prices.py:6", found[0])

            async def test_async_query(self):
                from shop.models import Item
                await Item.objects.acount()

            def test_language(self):
                self.assert_equal(get_language(), "cs")

        class Offline(UnitTestCase):
            no_network_interaction = True

            def test_connection(self):
                rate()

            def test_lookup(self):
                rate_by_name()

            def test_unix_socket(self):
                with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
                    server.bind(folder + "/s")
                    server.listen()
                    with socket.socket(socket.AF_UNIX) as client:
                        client.connect(folder + "/s")

        class Online(UnitTestCase):
            def test_connection(self):
                with self.assert_raises(OSError):
                    rate()

        class Tags(TemplateTagTestCase):
            preload = ["shouting"]

            def test_tag(self):
                self.assert_equal(self.render_template("{{ word|shout }}", word="a<b"), "A&lt;B!")

            def test_error(self):
                self.assert_raises(self.TemplateSyntaxError, self.render_template, "{% nothing %}")
        """,
    "shop/tests/test_rows.py": """\
        from django.db import connection, transaction
        from greenroom.cases import (
            DatabaseTestCase, DestructiveDatabaseTestCase, NoCleanupDatabaseTestCase, NonIsolatedDatabaseTestCase,
            NonIsolatedDestructiveDatabaseTestCase,
        )
        from shop.models import Item

        def names():
            return sorted(Item.objects.values_list("name", flat=True))

        class Rolled(DatabaseTestCase):
            fixtures = ["one.json"]

            @classmethod
            def setUpTestData(cls):
                cls.item = Item.objects.create(name="data")

            def change(self):
                self.assert_equal(names(), ["data", "loaded"])
                self.item.delete()
                Item.objects.create(name="written")

            test_one = test_two = lambda self: self.change()

            async def test_async(self):
                self.assert_equal(await Item.objects.acount(), 2)
                await Item.objects.acreate(name="written")

            def test_transaction(self):
                self.assert_is(self.transaction, transaction)

        class Together(NonIsolatedDatabaseTestCase):
            fixtures = ["one.json"]

            @classmethod
            def setUpTestData(cls):
                Item.objects.create(name="data")

            def test_1(self):
                self.assert_true(connection.in_atomic_block)
                Item.objects.create(name="first")

            async def test_2(self):
                await Item.objects.acreate(name="second")

            def test_3_breaks_its_transaction(self):
                Item.objects.create(name="broken")
                self.transaction.set_rollback(True)

            def test_4(self):
                with self.transaction.atomic(durable=True):
                    Item.objects.create(name="durable")
                self.assert_equal(names(), ["data", "durable", "first", "loaded", "second"])

        class TogetherAfter(DatabaseTestCase):
            def test_nothing_is_left(self):
                self.assert_equal(names(), [])

        class Committed(DestructiveDatabaseTestCase):
            fixtures = ["one.json"]

            def commit(self):
                self.assert_false(connection.in_atomic_block)
                self.assert_equal(names(), ["loaded"])
                Item.objects.create(name="committed")

            test_one = test_two = lambda self: self.commit()

        class CommittedTogether(NonIsolatedDestructiveDatabaseTestCase):
            fixtures = ["one.json"]

            def test_1(self):
                self.assert_equal(names(), ["loaded"])
                Item.objects.create(name="first")

            def test_2(self):
                self.assert_false(connection.in_atomic_block)
                self.assert_equal(names(), ["first", "loaded"])
                Item.objects.all().delete()

            async def test_3_fixtures_are_loaded_once(self):
                self.assert_equal(await Item.objects.acount(), 0)
                await Item.objects.acreate(name="third")

        class Read(NoCleanupDatabaseTestCase):
            fixtures = ["one.json"]

            def test_1_reads(self):
                self.assert_false(connection.in_atomic_block)
                self.assert_equal(names(), ["loaded"])

            def test_2_cleans_up_by_itself(self):
                Item.objects.create(name="mine").delete()

            def test_3_leaves_two_rows(self):
                Item.objects.create(name="a")
                Item.objects.create(name="b")

            def test_4_is_not_blamed(self):
                pass

            def test_5_leaves_a_transaction(self):
                self.transaction.atomic().__enter__()
                Item.objects.create(name="uncommitted")

            def test_6_is_not_blamed(self):
                self.assert_false(connection.in_atomic_block)

            def test_7_takes_a_row_away(self):
                Item.objects.create(name="to be taken")
                Item.objects.all().delete()
                Item.objects.create(name="left")

        class ReadAfter(NoCleanupDatabaseTestCase):
            def test_nothing_is_left(self):
                self.assert_equal(names(), [])
        """,
    "shop/tests/test_names.py": """\
        from greenroom.cases import DatabaseTestCase, UnitTestCase

        class Names(UnitTestCase):
            def assertEven(self, number):
                self.assertEqual(number % 2, 0)

            def test_snake_case(self):
                self.assert_equal(1, 1)
                self.assert_raises_regex(ValueError, "no", self.broken)
                self.assert_xml_equal("<a/>", "<a></a>")
                self.assert_html_equal("<p>a</p>", " <p>a</p>")
                self.assert_in_html("<b>a</b>", "<p><b>a</b></p>")
                self.assert_json_equal("{}", " {}")
                self.assert_contains(self.client.get("/hello/"), "hello")
                self.assert_even(2)

            def test_names_that_were_dropped(self):
                self.assert_equals(1, 1)
                self.assertEquals(1, 1)
                self.assert_almost_equals(1.0, 1.0)
                self.assert_items_equal([1, 2], [2, 1])
                self.assert_h_t_m_l_equal("<p>a</p>", " <p>a</p>")
                self.assert_dict_contains_subset({"a": 1}, {"a": 1, "b": 2})
                self.assert_(True)
                with self.assert_raises(AssertionError):
                    self.assert_dict_contains_subset({"a": 2}, {"a": 1})

            def test_failure(self):
                self.assert_equal(1, 2, "so far apart")

            def test_failure_of_its_own(self):
                self.assert_even(3)

            def test_skip(self):
                raise self.SkipTest("not today")

            def broken(self):
                raise ValueError("no")

        class Overridden(UnitTestCase):
            def assertEqual(self, first, second, msg=None):
                self.assertNotEqual(first, second)

            def test_the_alias_follows(self):
                self.assert_equal(1, 2)
                self.assert_equals(1, 2)

        class WithDatabase(DatabaseTestCase):
            def test_queries(self):
                from shop.models import Item
                with self.assert_num_queries(1):
                    Item.objects.count()
                self.assert_queryset_equal(Item.objects.none(), [])
                self.assert_query_set_equal(Item.objects.none(), [])
        """,
}

FAILED = {
    "shop.tests.test_unit.Unit.test_query": "shop/prices.py:6 (in total) `return Item.objects.count()` uses",
    "shop.tests.test_unit.Unit.test_async_query": "shop/tests/test_unit.py:30 (in test_async_query)",
    "shop.tests.test_unit.Offline.test_connection": "shop/prices.py:9 (in rate)",
    "shop.tests.test_unit.Offline.test_lookup": "shop/prices.py:12 (in rate_by_name)",
    "shop.tests.test_names.Names.test_failure": "so far apart",
    "shop.tests.test_names.Names.test_failure_of_its_own": "1 != 0",
    "shop.tests.test_rows.Read.test_3_leaves_two_rows": "left over: 2 rows in shop_item",
    "shop.tests.test_rows.Read.test_5_leaves_a_transaction": "1 row in shop_item, a transaction on 'default'",
    "shop.tests.test_rows.Read.test_7_takes_a_row_away": "left over: 1 row in shop_item",
}
"""Each test that must fail, and what it must say."""


@pytest.fixture(scope="module")
def runs(make_shared_project: Callable[..., Project]) -> Iterator[Runs]:
    """The project, with runs that are planned ahead."""
    made = Runs(make_shared_project(settings=SETTINGS, files=FILES))
    for mode in (SERIAL, FORK, SPAWN):
        made.plan(mode=mode)
    made.plan(runner="stock")
    yield made
    made.close()


@in_main_modes
def test_each_class_does_what_it_promises(runs: Runs, mode: Mode) -> None:
    """All tests pass but those that must fail, and these say why."""
    ran = runs(mode=mode)
    check_stream(ran.events)
    bad = {test: outcome for test, outcome in ran.outcomes.items() if outcome not in {"passed", "skipped"}}
    assert bad.keys() == FAILED.keys(), ran
    for test, text in FAILED.items():
        (problem,) = ran.events.problems(test)
        assert text in problem.text, problem.text
    assert not ran.events.fixtures


def test_a_failed_alias_ends_its_traceback_in_the_test(runs: Runs) -> None:
    """As unittest's own assertions do."""
    (problem,) = runs().events.problems("shop.tests.test_names.Names.test_failure")
    assert problem.text.count('File "') == 1
    assert "test_names.py" in problem.text


def test_they_work_under_stock_django(runs: Runs) -> None:
    """The classes fit themselves: with stock Django's runner each test comes out the same."""
    assert runs.stock().outcomes == runs().outcomes


def test_they_work_without_manage_py(runs: Runs) -> None:
    """Under `greenroom test`, which has no settings of its own to look at before."""
    label = "shop.tests.test_rows"
    ran = runs.project.greenroom_test(label)
    assert ran.outcomes == {test: outcome for test, outcome in runs().outcomes.items() if test.startswith(label)}
