"""The project on which every option of `manage.py test` is tried: a few tests of each kind, all six outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenroom.testing import Project

FILES = {
    "shop/tests/__init__.py": "",
    "shop/tests/test_unit.py": '''\
        from django.conf import settings
        from django.test import SimpleTestCase, tag


        class Fast(SimpleTestCase):
            """A class with a docstring."""

            def test_a(self):
                """It has a docstring."""

            @tag("fast")
            def test_b(self):
                pass

            def test_debug(self):
                print("DEBUG is", settings.DEBUG)


        @tag("slow", "core")
        class Tagged(SimpleTestCase):
            def test_a(self):
                pass

            @tag("fast")
            def test_c(self):
                self.assertEqual([1, 2], [1, 3])
        ''',
    "shop/tests/test_rows.py": """\
        from django.test import TestCase, TransactionTestCase, tag
        from shop.models import Item


        class Commits(TransactionTestCase):
            def test_commit(self):
                Item.objects.create(name="committed")
                self.assertEqual(Item.objects.count(), 1)

            def test_empty(self):
                self.assertFalse(Item.objects.exists())


        class Rows(TestCase):
            @classmethod
            def setUpTestData(cls):
                Item.objects.create(name="class data")

            def test_count(self):
                self.assertEqual(Item.objects.count(), 1)

            @tag("core")
            def test_fails_after_query(self):
                Item.objects.create(name="about to fail")
                self.assertEqual(Item.objects.filter(name__startswith="a").count(), 2)

            def test_errs_after_query(self):
                Item.objects.get(name="nobody")
        """,
    "shop/tests/test_red.py": """\
        import sys
        import unittest

        from django.test import SimpleTestCase


        class Red(SimpleTestCase):
            def test_a_fails(self):
                print("printed before the failure")
                self.fail("red")

            def test_b_errs(self):
                raise ValueError("red too")

            @unittest.skip("for a reason")
            def test_c_skips(self):
                pass

            @unittest.expectedFailure
            def test_d_expected(self):
                self.fail("expected")

            @unittest.expectedFailure
            def test_e_unexpected(self):
                pass

            def test_f_subtests(self):
                for n in range(3):
                    with self.subTest(n=n):
                        self.assertEqual(n, 0)

            def test_g_passes(self):
                print("printed by a passing test")
        """,
    "shop/tests/test_slow.py": """\
        import time

        from django.test import SimpleTestCase


        class Slow(SimpleTestCase):
            def test_one(self):
                time.sleep(0.05)

            def test_three(self):
                time.sleep(0.35)

            def test_two(self):
                time.sleep(0.2)
        """,
    "shop/tests/check_unusual.py": """\
        from django.test import SimpleTestCase


        class Unusual(SimpleTestCase):
            def test_it(self):
                pass
        """,
    "outer/inner/__init__.py": "",
    "outer/inner/test_inner.py": """\
        from django.test import SimpleTestCase


        class Inner(SimpleTestCase):
            def test_name(self):
                print("this module is", __name__)
        """,
}


def write_options_project(project: Project) -> Project:
    """Write the tests into a project.

    Without snapshots: what migrating prints at `-v 2`, and what is asked about databases, is compared with stock's.
    """
    project.write("pyproject.toml", "[tool.greenroom]\nsnapshots = false\n")
    for name, source in FILES.items():
        project.write(name, source)
    return project
