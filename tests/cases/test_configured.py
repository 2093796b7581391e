"""What the configuration asks for in all tests: empty caches, a flush of the project's own, a flush after migrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

FILES = {
    "shop/migrations/0002_rows.py": """\
        from django.db import migrations

        def add(apps, schema_editor):
            apps.get_model("shop", "Item").objects.create(name="from a migration")

        class Migration(migrations.Migration):
            dependencies = [("shop", "0001_initial")]
            operations = [migrations.RunPython(add, migrations.RunPython.noop)]
        """,
    "shop/flushing.py": """\
        def flush(test):
            from shop.models import Item
            Item.objects.exclude(name="kept").delete()
            Item.objects.create(name=getattr(test, "_testMethodName", "class"))
        """,
    "shop/tests/__init__.py": "",
    "shop/tests/test_stock.py": """\
        import unittest

        from django.core.cache import cache
        from django.test import TestCase, TransactionTestCase
        from shop.models import Item

        def names():
            return sorted(Item.objects.values_list("name", flat=True))

        class Cached(unittest.TestCase):
            def leave(self):
                self.assertIsNone(cache.get("key"))
                cache.set("key", 1)

            test_one = test_two = lambda self: self.leave()

        class RolledBack(TestCase):
            def test_start(self):
                self.assertEqual(names(), START)

        class Committed(TransactionTestCase):
            def test_1(self):
                Item.objects.create(name="committed")
                Item.objects.create(name="kept")

            def test_2(self):
                self.assertEqual(names(), FLUSHED)

        class Last(unittest.TestCase):
            database_flush_at_end = True

            def test_1(self):
                Item.objects.create(name="committed")
        """,
}
BY_SETTINGS = """
from shop.flushing import flush as TEST_DATABASE_FLUSH_COMMAND

FLUSH_TEST_DATABASE_AFTER_INITIAL_SYNCDB = True
DST_FLUSH_DJANGO_CACHE = True
"""
BY_FILE = """
[tool.greenroom]
flush-command = "shop.flushing.flush"
flush-after-migrate = true
flush-cache = true
"""
WITHOUT_OWN = """
[tool.greenroom]
flush-after-migrate = true
flush-cache = true
"""


def files(start: str, flushed: str) -> dict[str, str]:
    """The project's files, where tests expect these rows."""
    source = FILES["shop/tests/test_stock.py"]
    return {**FILES, "shop/tests/test_stock.py": source.replace("START", start).replace("FLUSHED", flushed)}


@pytest.mark.parametrize(
    ("mode", "by", "about"),
    [
        (SERIAL, "", {"settings": BY_SETTINGS}),
        (FORK, "", {"settings": BY_SETTINGS}),
        (SERIAL, BY_FILE, {}),
        (SPAWN, BY_FILE, {}),
    ],
    ids=["settings-serial", "settings-fork", "file-serial", "file-spawn"],
)
def test_all_tests_have_it(make_project: Callable[..., Project], mode: Mode, by: str, about: dict[str, str]) -> None:
    """By the settings of django-sane-testing, and by greenroom's own configuration; on classes that ask for nothing."""
    project = make_project(files=files('["class"]', '["kept", "test_1"]'), **about)
    if by:
        project.write("pyproject.toml", by)
    ran = project.manage_test(*mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert set(ran.outcomes.values()) == {"passed"}, ran
    assert len(ran.outcomes) == 6


def test_djangos_own_flush_after_migrate(make_project: Callable[..., Project]) -> None:
    """Rows that migrations made are gone before the first test; later flushes are Django's."""
    project = make_project(files=files("[]", "[]"))
    project.write("pyproject.toml", WITHOUT_OWN)
    ran = project.manage_test()
    assert set(ran.outcomes.values()) == {"passed"}, ran


def test_without_it_all_is_as_stock_has_it(make_project: Callable[..., Project]) -> None:
    """The cache leaks and the migration's row stays: nobody asked for anything else."""
    project = make_project(files=files('["from a migration"]', "[]"))
    ran, stock = project.manage_test(), project.manage_test(runner="stock")
    cached = "shop.tests.test_stock.Cached.test_two"
    assert {test for test, outcome in ran.outcomes.items() if outcome != "passed"} == {cached}, ran
    assert {test for test, outcome in stock.outcomes.items() if outcome != "passed"} == {cached}, stock


def test_a_wrong_path_of_a_flush_is_told(make_project: Callable[..., Project]) -> None:
    """It is an error of the tests that it was to be called for."""
    project = make_project(files=files('["from a migration"]', "[]"))
    project.write("pyproject.toml", '[tool.greenroom]\nflush-command = "shop.flushing.no_such"\n')
    ran = project.manage_test("shop.tests.test_stock.Committed")
    assert ran.returncode != 0
    assert "no_such" in ran.output
