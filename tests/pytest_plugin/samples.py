"""Test files that use what pytest-django offers; each passes, fails or is skipped the same with and without greenroom."""

EVERYTHING = {
    "conftest.py": """\
        import pytest

        @pytest.fixture(scope="session")
        def django_db_setup(django_db_setup, django_db_blocker):
            with django_db_blocker.unblock():
                from shop.models import Item
                Item.objects.create(name="of the session")
        """,
    "test_fixtures.py": """\
        import urllib.request

        import pytest
        from django.conf import settings as live_settings
        from django.core import mail
        from shop.models import Item

        def test_no_database():
            with pytest.raises(RuntimeError, match="Database access not allowed"):
                Item.objects.count()

        def test_blocked_is_a_failure():
            Item.objects.count()

        def test_db(db):
            assert list(Item.objects.values_list("name", flat=True)) == ["of the session"]
            Item.objects.create(name="rolled back")

        @pytest.mark.django_db
        class TestMarked:
            def test_mark(self):
                assert Item.objects.count() == 1

            @pytest.mark.parametrize("number", [1, 2, 3])
            def test_each(self, number):
                Item.objects.create(name=str(number))
                assert Item.objects.count() == 2

        def test_transactional(transactional_db):
            Item.objects.create(name="flushed")

        def test_after_flush(transactional_db):
            assert Item.objects.count() == 0

        @pytest.mark.django_db(reset_sequences=True)
        def test_sequences():
            assert Item.objects.create(name="first").pk == 1

        @pytest.mark.django_db(reset_sequences=True)
        def test_sequences_again():
            assert Item.objects.create(name="first").pk == 1

        def test_commit_callbacks(db, django_capture_on_commit_callbacks):
            from django.db import transaction
            with django_capture_on_commit_callbacks(execute=True) as callbacks:
                transaction.on_commit(lambda: None)
            assert len(callbacks) == 1

        def test_queries(db, django_assert_num_queries):
            with django_assert_num_queries(1):
                Item.objects.count()

        def test_too_many_queries(db, django_assert_max_num_queries):
            with django_assert_max_num_queries(0):
                Item.objects.count()

        def test_admin(admin_user, admin_client, django_user_model):
            assert django_user_model.objects.get().is_superuser

        def test_client(client, rf):
            assert client.get("/nothing/").status_code == 404
            assert rf.get("/x/").path == "/x/"

        def test_settings(settings):
            settings.USE_TZ = False
            assert not live_settings.USE_TZ

        def test_settings_are_back():
            assert live_settings.USE_TZ

        def test_mail(mailoutbox):
            mail.send_mail("s", "b", "a@example.com", ["b@example.com"])
            assert len(mailoutbox) == 1

        def test_no_mail():
            assert not mail.outbox

        def test_live(live_server):
            Item.objects.create(name="seen")
            assert urllib.request.urlopen(f"{live_server}/count/").read().endswith(b">1")

        def test_live_breaks(live_server):
            urllib.request.urlopen(f"{live_server}/boom/")

        @pytest.mark.urls("settings")
        def test_urls_mark(client):
            client.get("/count/")

        @pytest.fixture
        def broken(db):
            raise ValueError("in set-up")

        def test_error(broken):
            pass

        @pytest.fixture
        def breaks_later(db):
            yield
            raise ValueError("in tear-down")

        def test_teardown_error(breaks_later):
            pass

        def test_violates(db):
            from django.db import IntegrityError
            with pytest.raises(IntegrityError):
                Item.objects.create(name=None)

        @pytest.mark.xfail
        def test_xfail(db):
            assert Item.objects.count() == 77

        @pytest.mark.xfail(strict=True)
        def test_xpass(db):
            pass

        @pytest.mark.skip(reason="no")
        def test_skip(db):
            pass

        def test_subtests(db, subtests):
            for number in range(3):
                with subtests.test(number=number):
                    assert number != 1

        async def test_async_client(async_client):
            assert (await async_client.get("/nothing/")).status_code == 404
        """,
    "test_cases.py": """\
        from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase, tag
        import unittest
        import urllib.request
        import pytest
        from shop.models import Item

        class Simple(SimpleTestCase):
            def test_forbidden(self):
                Item.objects.count()

            def test_fine(self):
                pass

        class Rolled(TestCase):
            @classmethod
            def setUpTestData(cls):
                cls.item = Item.objects.create(name="of the class")

            def test_one(self):
                self.item.delete()

            def test_two(self):
                self.assertTrue(Item.objects.filter(name="of the class").exists())

            @tag("slow")
            def test_tagged(self):
                with self.subTest(n=1):
                    self.fail("in a subtest")

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()

            @unittest.skip("no")
            def test_skipped(self):
                pass

            async def test_async(self):
                await Item.objects.acreate(name="async")
                self.assertEqual(await Item.objects.filter(name="async").acount(), 1)

            def test_async_is_gone(self):
                self.assertFalse(Item.objects.filter(name="async").exists())

        class Broken(TestCase):
            @classmethod
            def setUpTestData(cls):
                raise ValueError("no data")

            def test_never(self):
                pass

        class Committing(TransactionTestCase):
            def test_one(self):
                Item.objects.create(name="flushed")
                self.assertEqual(Item.objects.count(), 1)

            test_two = test_one

        class Live(LiveServerTestCase):
            def test_page(self):
                Item.objects.create(name="seen")
                with urllib.request.urlopen(f"{self.live_server_url}/count/") as answer:
                    self.assertTrue(answer.read().endswith(b">1"))
        """,
}

ASYNC = {
    "test_async.py": """\
        import pytest
        from asgiref.sync import sync_to_async
        from django.db import connection, transaction
        from shop.models import Item

        @pytest.fixture
        async def row(db):
            return await Item.objects.acreate(name="from a fixture")

        @pytest.mark.django_db
        async def test_1_writes():
            await Item.objects.acreate(name="leaks?")
            assert await Item.objects.acount() == 1

        @pytest.mark.django_db
        def test_2_is_gone():
            assert Item.objects.count() == 0

        def test_3_fixture(row):
            assert Item.objects.get() == row

        async def test_4_mixed(row):
            assert await sync_to_async(Item.objects.count)() == 1
            assert [item.name async for item in Item.objects.all()] == ["from a fixture"]

        @pytest.mark.django_db
        def test_5_is_gone():
            assert Item.objects.count() == 0

        @pytest.mark.django_db
        async def test_6_client(async_client):
            await Item.objects.acreate(name="seen by the view")
            assert (await async_client.get("/count/")).content.endswith(b">1")

        async def test_7_blocked():
            with pytest.raises(RuntimeError, match="Database access not allowed"):
                await Item.objects.acount()

        @pytest.mark.django_db(transaction=True)
        async def test_8_commits():
            await Item.objects.acreate(name="committed")

        @pytest.mark.django_db(transaction=True)
        async def test_9_flushed():
            assert await Item.objects.acount() == 0
        """,
}

SCOPED = {
    "test_scoped_a.py": """\
        import pytest
        from shop.models import Item

        def names():
            return sorted(Item.objects.values_list("name", flat=True))

        @pytest.fixture(scope="module")
        def town(scoped_db, countries):
            return Item.objects.create(name="town of a")

        @pytest.mark.django_db
        def test_without():
            assert names() == []

        def test_country(countries):
            assert names() == ["x", "y"]
            Item.objects.create(name="mine")

        def test_town(town):
            assert names() == ["town of a", "x", "y"]
            Item.objects.all().delete()

        def test_town_again(town, countries):
            assert names() == ["town of a", "x", "y"]

        @pytest.mark.parametrize("color", ["red", "blue"], scope="module", indirect=True)
        class TestColors:
            @pytest.fixture(scope="class")
            def mine(self, scoped_db, color):
                return Item.objects.create(name="of the class")

            def test_color(self, color, mine):
                assert names() == sorted([color.name, "of the class"])

            def test_color_again(self, color, mine):
                assert names() == sorted([color.name, "of the class"])

        @pytest.fixture(scope="module")
        def color(request, scoped_db):
            return Item.objects.create(name=request.param)
        """,
    "test_scoped_b.py": """\
        import pytest
        from django.test import TestCase
        from shop.models import Item
        from test_scoped_a import names

        def test_country(countries):
            assert names() == ["x", "y"]

        @pytest.mark.usefixtures("countries")
        class Case(TestCase):
            @classmethod
            def setUpTestData(cls):
                Item.objects.create(name="of the class")

            def test_one(self):
                self.assertEqual(names(), ["of the class", "x", "y"])
                Item.objects.all().delete()

            def test_two(self):
                self.assertEqual(names(), ["of the class", "x", "y"])

        def test_country_after_the_class(countries):
            assert names() == ["x", "y"]

        class Without(TestCase):
            def test_nothing(self):
                self.assertEqual(names(), [])

        async def test_async(countries):
            assert await Item.objects.acount() == 2
            await Item.objects.acreate(name="async")

        @pytest.mark.django_db(transaction=True)
        def test_commits():
            assert names() == []
            Item.objects.create(name="committed")
        """,
    "conftest.py": """\
        import pytest

        @pytest.fixture(scope="session")
        def countries(scoped_db):
            from shop.models import Item
            with open("made.txt", "a") as file:
                file.write("once\\n")
            yield [Item.objects.create(name=name) for name in "xy"]
            assert Item.objects.count() == 2
        """,
}

SERIALIZED = {
    "conftest.py": EVERYTHING["conftest.py"],
    "shop/migrations/0002_row.py": """\
        from django.db import migrations

        def add(apps, schema_editor):
            apps.get_model("shop", "Item").objects.create(name="of a migration")

        class Migration(migrations.Migration):
            dependencies = [("shop", "0001_initial")]
            operations = [migrations.RunPython(add, migrations.RunPython.noop)]
        """,
    "test_serialized.py": """\
        import pytest
        from django.test import TransactionTestCase
        from shop.models import Item

        @pytest.mark.django_db(transaction=True, serialized_rollback=True)
        @pytest.mark.parametrize("number", [1, 2])
        def test_mark(number):
            assert Item.objects.filter(name="of a migration").delete()[0] == 1

        @pytest.mark.parametrize("number", [1, 2])
        def test_fixture(django_db_serialized_rollback, transactional_db, number):
            assert Item.objects.filter(name="of a migration").delete()[0] == 1

        class Restoring(TransactionTestCase):
            serialized_rollback = True

            def test_one(self):
                self.assertEqual(Item.objects.filter(name="of a migration").delete()[0], 1)

            test_two = test_one
        """,
}
