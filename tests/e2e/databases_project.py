"""Tests on two databases, with rows from a migration and with fixtures."""

from __future__ import annotations

TESTS = {
    "shop/migrations/0002_rows.py": """\
        from django.db import migrations

        def add(apps, schema_editor):
            Item = apps.get_model("shop", "Item")
            Item.objects.using(schema_editor.connection.alias).create(name="from a migration")

        class Migration(migrations.Migration):
            dependencies = [("shop", "0001_initial")]
            operations = [migrations.RunPython(add, migrations.RunPython.noop)]
        """,
    "shop/fixtures/some.json": '[{"model": "shop.item", "pk": 101, "fields": {"name": "json"}}]',
    "shop/fixtures/more.xml": """\
        <?xml version="1.0" encoding="utf-8"?>
        <django-objects version="1.0">
          <object model="shop.item" pk="102"><field name="name" type="CharField">xml</field></object>
        </django-objects>
        """,
    "shop/fixtures/most.yaml": "- model: shop.item\n  pk: 103\n  fields:\n    name: yaml\n",
    "shop/tests/__init__.py": "",
    "shop/tests/test_two.py": """\
        from django.test import TestCase, TransactionTestCase
        from shop.models import Item

        class Both(TestCase):
            databases = {"default", "other"}

            @classmethod
            def setUpTestData(cls):
                Item.objects.create(name="here")
                Item.objects.using("other").create(name="there")
                Item.objects.using("other").create(name="there too")

            def change(self):
                self.assertEqual(Item.objects.count(), 2)
                self.assertEqual(Item.objects.using("other").count(), 3)
                Item.objects.using("other").create(name="gone again")

            test_one = test_two = lambda self: self.change()

        class All(TransactionTestCase):
            databases = "__all__"

            def change(self):
                for alias in ("default", "other"):
                    self.assertFalse(Item.objects.using(alias).exclude(name="from a migration").exists())
                    Item.objects.using(alias).create(name="committed")

            test_one = test_two = lambda self: self.change()

        class OnlyDefault(TestCase):
            def test_other_is_forbidden(self):
                Item.objects.using("other").count()

            def test_default(self):
                self.assertEqual(Item.objects.count(), 1)

        class OnlyOther(TestCase):
            databases = {"other"}

            def test_default_is_forbidden(self):
                Item.objects.count()
        """,
    "shop/tests/test_transactions.py": """\
        from django.db import connection
        from django.test import TransactionTestCase
        from django.test.testcases import SerializeMixin
        from shop.models import Item

        class Emptied(TransactionTestCase):
            serialized_rollback = False

            def test_a(self):
                Item.objects.create(name="committed")

            def test_b(self):
                # In a worker where it comes first, the row that a migration put there is still there.
                self.assertFalse(Item.objects.exclude(name="from a migration").exists())

        class Sequences(TransactionTestCase):
            reset_sequences = True

            def check_pk(self):
                Item.objects.all().delete()  # in a fresh worker, the row that a migration put there
                self.assertEqual(Item.objects.create(name="first").pk, 1)

            test_one = test_two = lambda self: self.check_pk()

        class Available(TransactionTestCase):
            available_apps = ["shop"]

            def check_apps(self):
                from django.apps import apps
                self.assertFalse(apps.is_installed("django.contrib.auth"))
                self.assertFalse(Item.objects.exclude(name="from a migration").exists())
                Item.objects.create(name="committed")

            test_one = test_two = lambda self: self.check_apps()

        class AllApps(TransactionTestCase):
            def test_apps(self):
                from django.apps import apps
                self.assertTrue(apps.is_installed("django.contrib.auth"))
        """,
    "shop/tests/test_fixtures.py": """\
        from django.test import TestCase, TransactionTestCase
        from shop.models import Item

        class Loaded(TestCase):
            fixtures = ["some", "more.xml", "most"]

            def test_names(self):
                names = set(Item.objects.filter(pk__gt=100).values_list("name", flat=True))
                self.assertEqual(names, {"json", "xml", "yaml"})
                Item.objects.all().delete()

            def test_names_again(self):
                self.assertEqual(Item.objects.filter(pk__gt=100).count(), 3)

        class LoadedAndCommitted(TransactionTestCase):
            fixtures = ["some.json"]

            def check_name(self):
                self.assertEqual(Item.objects.get(pk=101).name, "json")
                Item.objects.all().delete()

            test_one = test_two = lambda self: self.check_name()

        class Missing(TestCase):
            fixtures = ["no_such_fixture"]

            def test_it(self):
                pass
        """,
}
