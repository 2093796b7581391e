"""A project whose tests were written for django-sane-testing: all of its classes, attributes and settings.

What is new is the line that imports the classes, and Python 3.
"""

from __future__ import annotations

FORMERLY, TODAY = "from djangosanetesting.cases import", "from greenroom.cases import"

SETTINGS = """
LANGUAGE_CODE = "cs"
LANGUAGES = [("cs", "Czech"), ("de", "German")]

LIVE_SERVER_ADDRESS = "127.0.0.1"
LIVE_SERVER_PORT = int(os.environ.get("PORT_OF_TESTS", "0"))
URL_ROOT_SERVER_ADDRESS = "localhost"
CHERRYPY_TEST_SERVER = True
SELENIUM_BROWSER_COMMAND = "chromium"
FORCE_SELENIUM_TESTS = True

from shop.flushing import flush as TEST_DATABASE_FLUSH_COMMAND

FLUSH_TEST_DATABASE_AFTER_INITIAL_SYNCDB = True
DST_FLUSH_DJANGO_CACHE = True
DST_RUN_SOUTH_MIGRATIONS = False
"""

FILES = {
    "shop/flushing.py": """\
        from django.core.management import call_command

        def flush(test_case):
            from shop.models import Item
            call_command("flush", verbosity=0, interactive=False)
            Item.objects.create(name="by our own flush")
        """,
    "shop/fixtures/loaded.json": '[{"model": "shop.item", "pk": 101, "fields": {"name": "loaded"}}]',
    "shop/templatetags/__init__.py": "",
    "shop/templatetags/words.py": """\
        from django import template

        register = template.Library()

        @register.filter
        def shout(text):
            return text.upper() + "!"
        """,
    "shop/urls.py": """\
        from django.http import HttpResponse
        from django.urls import path
        from shop.models import Item

        def front(request):
            return HttpResponse('<html><title>Shop</title><a id="items" href="/items/">All items</a></html>')

        def items(request):
            return HttpResponse(",".join(Item.objects.order_by("name").values_list("name", flat=True)))

        def broken(request):
            raise ValueError("out of stock")

        urlpatterns = [path("", front), path("items/", items), path("broken/", broken)]
        """,
    "shop/other_urls.py": """\
        from django.http import HttpResponse
        from django.urls import path

        urlpatterns = [path("other/", lambda request: HttpResponse("other"))]
        """,
    "tests/__init__.py": "",
    "tests/test_unit.py": """\
        from django.core.cache import cache
        from django.utils import translation
        from djangosanetesting.cases import TemplateTagTestCase, UnitTestCase
        from shop.models import Item

        class TestPrices(UnitTestCase):
            def test_sums(self):
                self.assert_equals(4, 2 + 2)
                self.assertEquals(4, 2 + 2)
                self.assert_raises(ZeroDivisionError, lambda: 1 / 0)
                self.assert_true(True)

            def test_may_not_ask_the_database(self):
                self.assert_raises(AssertionError, Item.objects.count)

            def test_client(self):
                self.assert_contains(self.client.get("/"), "All items")

            def test_language(self):
                self.assert_equals("cs", translation.get_language())

            def test_skips(self):
                raise self.SkipTest("not today")

        class TestGerman(UnitTestCase):
            translation_language_code = "de"

            def test_language(self):
                self.assert_equals("de", translation.get_language())

        class TestUntranslated(UnitTestCase):
            make_translations = False

            def test_nothing_is_activated(self):
                with self.settings(LANGUAGE_CODE="de"):
                    self.assert_equals("de", translation.get_language())

        class TestUrls(UnitTestCase):
            urls = "shop.other_urls"

            def test_other(self):
                self.assert_equals(200, self.client.get("/other/").status_code)
                self.assert_equals(404, self.client.get("/items/").status_code)

        class TestCache(UnitTestCase):
            def leave(self):
                self.assert_equals(None, cache.get("key"))
                cache.set("key", 1)

            test_one = test_two = lambda self: self.leave()

        class TestTags(TemplateTagTestCase):
            preload = ("words",)

            def test_shout(self):
                self.assert_equals("MILK!", self.render_template("{{ what|shout }}", what="milk"))

            def test_error(self):
                self.assert_raises(self.TemplateSyntaxError, self.render_template, "{% nothing %}")
        """,
    "tests/test_database.py": """\
        from djangosanetesting.cases import (
            DatabaseTestCase, DestructiveDatabaseTestCase, NoCleanupDatabaseTestCase, NonIsolatedDatabaseTestCase,
            NonIsolatedDestructiveDatabaseTestCase,
        )
        from django.db import connection
        from shop.models import Item

        OURS = "by our own flush"

        def names():
            return sorted(item.name for item in Item.objects.all())

        class TestRolledBack(DatabaseTestCase):
            fixtures = ["loaded"]

            def write(self):
                self.assert_equals([OURS, "loaded"], names())
                Item.objects.create(name="written")

            test_one = test_two = lambda self: self.write()

            def test_transaction(self):
                with self.transaction.atomic():
                    Item.objects.create(name="nested")
                self.assert_num_queries(1, Item.objects.count)

        class TestTogether(NonIsolatedDatabaseTestCase):
            def test_a(self):
                Item.objects.create(name="first")

            def test_b(self):
                self.assert_equals([OURS, "first"], names())

        class TestCommitted(DestructiveDatabaseTestCase):
            multi_db = True

            def commit(self):
                self.assert_equals([OURS], names())
                Item.objects.create(name="committed")
                self.assert_false(connection.in_atomic_block)

            test_one = test_two = lambda self: self.commit()

        class TestCommittedTogether(NonIsolatedDestructiveDatabaseTestCase):
            def test_a(self):
                Item.objects.create(name="first")

            def test_b(self):
                self.assert_equals([OURS, "first"], names())

        class TestReadOnly(NoCleanupDatabaseTestCase):
            def test_reads(self):
                self.assert_equals([OURS], names())

            def test_writes(self):
                Item.objects.create(name="rolled back")
            test_writes.database_single_transaction = True
        """,
    "tests/test_attributes.py": """\
        import unittest

        from django.db import connection
        from django.utils import translation
        from shop.models import Item

        class TestWithoutBase(unittest.TestCase):
            database_single_transaction = True

            def write(self):
                self.assertTrue(connection.in_atomic_block)
                self.assertEqual(Item.objects.count(), 1)
                Item.objects.create(name="written")

            test_one = test_two = lambda self: self.write()

        class TestFlushed(unittest.TestCase):
            database_flush = True
            multi_db = True
            translation_language_code = "de"

            def commit(self):
                self.assertEqual(translation.get_language(), "de")
                self.assertEqual(Item.objects.count(), 1)
                Item.objects.create(name="committed")

            test_one = test_two = lambda self: self.commit()

        class TestAtEnd(unittest.TestCase):
            database_flush_at_end = True

            def test_a(self):
                Item.objects.create(name="first")

            def test_b(self):
                self.assertEqual(Item.objects.count(), 2)

        class TestTransactionAtEnd(TestAtEnd):
            database_flush_at_end = False
            database_single_transaction_at_end = True

        class TestPlugins(unittest.TestCase):
            required_sane_plugins = ["django", "oracle"]

            def test_never_runs(self):
                self.fail()
        """,
    "tests/test_http.py": """\
        import unittest
        import urllib.error
        import urllib.request

        from djangosanetesting.cases import HttpTestCase
        from shop.models import Item

        class TestServer(HttpTestCase):
            def test_page(self):
                Item.objects.create(name="milk")
                self.assert_equals(b"by our own flush,milk", self.urlopen(self.live_server_url + "/items/").read())

            def test_page_again(self):
                Item.objects.create(name="bread")
                self.assert_equals(b"bread,by our own flush", self.urlopen("/items/").read())

            def test_error(self):
                with self.assert_raises(urllib.error.HTTPError) as caught:
                    self.urlopen("/broken/")
                self.assert_equals("out of stock", str(caught.exception.__cause__))

            def test_address(self):
                self.assert_true(self.live_server_url.startswith("http://localhost:"))

        class TestServerByAttribute(unittest.TestCase):
            start_live_server = True
            database_flush = True

            def test_page(self):
                with urllib.request.urlopen(self.live_server_url + "/items/") as answer:
                    self.assertEqual(answer.read(), b"by our own flush")
        """,
    "tests/test_twill.py": """\
        import urllib.error

        from djangosanetesting.cases import HttpTestCase

        class TestTwill(HttpTestCase):
            def test_pages(self):
                self.twill.go("/")
                self.assert_code(200)
                self.twill.go_xpath("//a[@id='items']")
                self.assert_equals("by our own flush", self.twill.get_html().strip())
                self.twill.commands.code("200")

            def test_no_page(self):
                self.twill.go("/nowhere/")
                self.assert_code(404)
                self.assert_raises(AssertionError, self.assert_code, 200)

            def test_error(self):
                self.assert_raises(urllib.error.HTTPError, self.twill.go, "/broken/")
        """,
}

SELENIUM = {
    "tests/test_selenium.py": """\
        from djangosanetesting.cases import SeleniumTestCase

        class TestBrowser(SeleniumTestCase):
            def test_front(self):
                self.selenium.get(self.live_server_url + "/")
                self.assert_equals("Shop", self.selenium.title)
        """,
}
"""For where there is a browser."""


def translated(files: dict[str, str]) -> dict[str, str]:
    """The files with the one line of each that changes."""
    return {name: source.replace(FORMERLY, TODAY) for name, source in files.items()}
