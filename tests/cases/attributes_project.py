"""Tests with each of the attributes."""

from __future__ import annotations

SETTINGS = """
LANGUAGE_CODE = "en"
LANGUAGES = [("cs", "Czech"), ("de", "German"), ("en", "English")]
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "one"},
    "second": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "two"},
    "in-database": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cached"},
}
"""

FILES = {
    "shop/fixtures/one.json": '[{"model": "shop.item", "pk": 101, "fields": {"name": "loaded"}}]',
    "shop/other_urls.py": """\
        from django.http import HttpResponse
        from django.urls import path

        urlpatterns = [path("other/", lambda request: HttpResponse("other"))]
        """,
    "shop/tests/__init__.py": "",
    "shop/tests/names.py": """\
        from shop.models import Item

        def names(alias="default"):
            return sorted(Item.objects.using(alias).values_list("name", flat=True))

        def depth():
            from django.db import connection
            return len(connection.savepoint_ids) if connection.in_atomic_block else -1
        """,
    "shop/tests/test_databases.py": """\
        import unittest

        from django.db import connection
        from django.test import SimpleTestCase, TestCase, TransactionTestCase
        from shop.models import Item
        from shop.tests.names import depth, names

        class Plain(unittest.TestCase):
            database_single_transaction = True
            fixtures = ["one.json"]

            def setUp(self):
                self.before = names()

            def write(self):
                self.assertEqual(depth(), 0)
                self.assertEqual(self.before, ["loaded"])
                self.assertEqual(names("other"), ["loaded"])
                Item.objects.create(name="written")

            test_one = test_two = lambda self: self.write()

        # What `databases` says stays said.
        Plain.databases = {"default", "other"}

        class Everywhere(unittest.TestCase):
            database_single_transaction = multi_db = True

            def write(self):
                self.assertEqual(names() + names("other"), [])
                Item.objects.create(name="written")
                Item.objects.using("other").create(name="written")

            test_one = test_two = lambda self: self.write()

        class Derived(Plain):
            def setUp(self):
                super().setUp()

        class Mixin:
            database_single_transaction = True

            @classmethod
            def setUpClass(cls):
                pass

        class Mixed(Mixin, unittest.TestCase):
            def setUp(self):
                pass

            def write(self):
                self.assertEqual(depth(), 0)
                self.assertEqual(names(), [])
                Item.objects.create(name="written")

            test_one = test_two = lambda self: self.write()

        class MixedSimple(Mixed, SimpleTestCase):
            pass

        class Async(unittest.IsolatedAsyncioTestCase):
            database_single_transaction = True

            async def asyncSetUp(self):
                await Item.objects.acreate(name="set up")

            async def write(self):
                self.assertEqual(await Item.objects.acount(), 1)
                await Item.objects.acreate(name="written")

            async def test_one(self):
                await self.write()

            async def test_two(self):
                await self.write()

        class AsyncFlushed(Async):
            database_single_transaction = False
            database_flush = True

        class PlainTogether(unittest.TestCase):
            database_single_transaction_at_end = True
            fixtures = ["one.json"]

            def test_1(self):
                Item.objects.create(name="first")

            def test_2(self):
                self.assertEqual(names(), ["first", "loaded"])

        class SimpleTogether(PlainTogether, SimpleTestCase):
            pass

        class Together(TestCase):
            database_single_transaction_at_end = True

            def test_1(self):
                Item.objects.create(name="first")

            def test_2(self):
                self.assertEqual(names(), ["first"])

        class TransactionTogether(TransactionTestCase):
            database_single_transaction_at_end = True
            fixtures = ["one.json"]

            def test_1(self):
                Item.objects.create(name="first")

            def test_2(self):
                self.assertEqual(names(), ["first", "loaded"])

        class RolledBack(TransactionTestCase):
            database_single_transaction = True

            def test_it(self):
                self.assertEqual(depth(), 0)

        class Flushed(unittest.TestCase):
            database_flush = True
            fixtures = ["one.json"]

            def commit(self):
                self.assertEqual(depth(), -1)
                self.assertEqual(names(), ["loaded"])
                Item.objects.create(name="committed")

            test_one = test_two = lambda self: self.commit()

        class FlushedAtEnd(unittest.TestCase):
            database_flush_at_end = True
            fixtures = ["one.json"]

            def test_1(self):
                Item.objects.create(name="first")

            def test_2(self):
                self.assertEqual(depth(), -1)
                self.assertEqual(names(), ["first", "loaded"])

        class TransactionFlushedAtEnd(TransactionTestCase):
            database_flush_at_end = True
            available_apps = ["shop"]

            def test_1(self):
                Item.objects.create(name="first")

            def test_2(self):
                self.assertEqual(names(), ["first"])

        class Methods(unittest.TestCase):
            def test_1(self):
                Item.objects.create(name="flushed")
            test_1.database_flush = True

            def test_2(self):
                self.assertEqual(names(), [])
                Item.objects.create(name="rolled back")
            test_2.database_single_transaction = True

            def test_3(self):
                self.assertEqual(names(), [])

        class NoDatabase(TestCase):
            def test_with(self):
                self.assertEqual(names(), [])

            def test_without(self):
                names()
            test_without.no_database_interaction = True

            def test_with_again(self):
                self.assertEqual(names(), [])

        class AsyncWithout(unittest.IsolatedAsyncioTestCase):
            databases = {"default"}

            async def test_1_with(self):
                self.assertEqual(await Item.objects.acount(), 0)

            async def test_2_without(self):
                await Item.objects.acount()
            test_2_without.no_database_interaction = True

        class AllWithout(TestCase):
            no_database_interaction = True

            def test_it(self):
                self.assertEqual(self.databases, frozenset())
                self.assertFalse(connection.in_atomic_block)

        class NoFixture(unittest.TestCase):
            database_single_transaction = True
            fixtures = ["no_such_fixture"]

            def test_it(self):
                pass

        class AfterAll(TransactionTestCase):
            databases = "__all__"

            def test_nothing_is_left(self):
                self.assertEqual(names() + names("other"), [])
        """,
    "shop/tests/test_rest.py": """\
        import socket
        import unittest

        from django.core.cache import caches
        from django.test import SimpleTestCase, TestCase
        from django.urls import reverse
        from django.utils import translation

        class Languages(unittest.TestCase):
            translation_language_code = "cs"

            def test_of_the_class(self):
                self.assertEqual(translation.get_language(), "cs")
                translation.activate("de")

            def test_of_the_method(self):
                self.assertEqual(translation.get_language(), "de")
            test_of_the_method.translation_language_code = "de"

            def test_none(self):
                self.assertEqual(translation.get_language(), "en")
            test_none.make_translations = False

        class AsyncLanguages(unittest.IsolatedAsyncioTestCase):
            make_translation = True
            translation_language_code = "cs"

            async def test_it(self):
                self.assertEqual(translation.get_language(), "cs")

        class LanguageKept(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.enterClassContext(translation.override("de"))

            def test_1_other(self):
                self.assertEqual(translation.get_language(), "en")
            test_1_other.make_translations = True

            def test_2_before(self):
                self.assertEqual(translation.get_language(), "de")

        class LanguagesAfter(unittest.TestCase):
            def test_it_is_the_settings_again(self):
                with self.settings_of("cs"):
                    self.assertEqual(translation.get_language(), "cs")

            def settings_of(self, code):
                from django.test import override_settings
                return override_settings(LANGUAGE_CODE=code)

        class Urls(SimpleTestCase):
            urls = "shop.other_urls"
            make_translations = True

            def test_of_the_class(self):
                self.assertEqual(self.client.get("/other/").content, b"other")

            def test_of_the_method(self):
                self.assertEqual(self.client.get("/hello/").content, b"hello")
            test_of_the_method.urls = "shop.urls"

        class UrlsOfItsOwn(SimpleTestCase):
            urls = "shop.other_urls"
            multi_db = True
            test_type = "whatever"

            def test_nothing_is_done(self):
                self.assertEqual(self.client.get("/hello/").content, b"hello")
                self.assertEqual(self.databases, frozenset())
                self.assertNotIn("setUp", vars(type(self)))

        class Cache(TestCase):
            flush_django_cache = True

            def leave(self):
                for alias in caches:
                    self.assertIsNone(caches[alias].get("key"))
                    caches[alias].set("key", "left over")

            test_one = test_two = lambda self: self.leave()

            def test_kept(self):
                caches["second"].set("kept", 1)
            test_kept.flush_django_cache = False

        class CacheAfter(unittest.TestCase):
            def test_nothing_is_left(self):
                self.assertIsNone(caches["default"].get("key"))
                self.assertIsNone(caches["second"].get("key"))

        class Network(unittest.TestCase):
            def test_offline(self):
                socket.create_connection(("127.0.0.1", 9))
            test_offline.no_network_interaction = True

            def test_online(self):
                with self.assertRaises(OSError):
                    socket.create_connection(("127.0.0.1", 9))

            def test_offline_udp(self):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                    out.sendto(b"", ("127.0.0.1", 9))
            test_offline_udp.no_network_interaction = True

        class AsyncNetwork(unittest.IsolatedAsyncioTestCase):
            no_network_interaction = True

            async def test_offline(self):
                import asyncio
                await asyncio.open_connection("127.0.0.1", 9)
        """,
}
