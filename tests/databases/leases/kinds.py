"""A project with a data migration, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from greenroom.events import DatabaseStep
from greenroom.testing import Project, Ran

FILL = """\
    from django.db import migrations


    def fill(apps, schema_editor):
        apps.get_model("shop", "Item").objects.create(name="from a migration")


    class Migration(migrations.Migration):
        dependencies = [("shop", "0001_initial")]
        operations = [migrations.RunPython(fill)]
    """

PRICE = """\
    from django.db import migrations, models


    class Migration(migrations.Migration):
        dependencies = [("shop", "0002_fill")]
        operations = [migrations.AddField("item", "price", models.IntegerField(default=7))]
    """

TESTS = """\
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType
    from django.test import TestCase, TransactionTestCase

    from shop.models import Item


    class RowTests(TestCase):
        def test_the_row_of_the_migration_is_there(self):
            self.assertEqual([item.name for item in Item.objects.all()], ["from a migration"])

        def test_permissions_are_there(self):
            self.assertEqual(Permission.objects.filter(content_type__app_label="shop").count(), 4)


    class CommitTests(TransactionTestCase):
        def test_a(self):
            Item.objects.create(name="a")

        def test_b(self):
            self.assertEqual(Item.objects.count(), 0)
            self.assertEqual(ContentType.objects.filter(app_label="shop").count(), 1)
            Item.objects.create(name="b")
            ContentType.objects.all().delete()

        def test_c(self):
            self.assertEqual(Item.objects.count(), 0)
            self.assertEqual(Permission.objects.filter(content_type__app_label="shop").count(), 4)
    """


@dataclass
class Kind:
    """A project on one kind of database."""

    name: str
    project: Project

    def run(self, *args: str, **how: Any) -> Ran:
        """`manage.py test`."""
        return self.project.manage_test(*args, **how)

    def good(self, *args: str, **how: Any) -> list[DatabaseStep]:
        """The same, all of whose tests must pass; what was done to databases is given back."""
        ran = self.run(*args, **how)
        assert ran.returncode == 0, ran
        return steps(ran)


def steps(ran: Ran) -> list[DatabaseStep]:
    """What a run did to databases."""
    return [event for event in ran.events if isinstance(event, DatabaseStep)]


def deeds(done: list[DatabaseStep]) -> set[str]:
    """The words for it, without what is done each time."""
    return {step.deed for step in done} - {"fingerprint", "dropped"}


def make_kind(request: pytest.FixtureRequest, make_project: Callable[..., Project], name: str) -> Kind:
    """A project with a data migration, on this kind of database."""
    settings = ""
    if name in {"postgresql", "mariadb"}:
        server = {**request.getfixturevalue(f"{name}_server"), "NAME": "shop"}
        settings = f"DATABASES = {{'default': {server!r}}}"
    project = make_project(
        databases=name if name in {"memory", "file"} else "memory",
        apps=["django.contrib.contenttypes", "django.contrib.auth"],
        settings=settings,
        files={"shop/migrations/0002_fill.py": FILL, "shop/tests.py": TESTS},
    )
    return Kind(name, project)
