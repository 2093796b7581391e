"""A project with files of unittest's and of pytest's."""

from __future__ import annotations

PY, LOOSE, BROKEN = "shop/tests/test_py.py", "checks/unit/test_loose.py", "shop/broken/test_import.py"
UNIT = "shop.tests.test_unit"

FILES = {
    "shop/tests/__init__.py": "",
    "shop/tests/test_unit.py": """\
        import sys
        import unittest

        from django.test import TestCase, tag
        from shop.models import Item


        class Rows(TestCase):
            def test_row(self):
                self.assertEqual(Item.objects.count(), 0)
                Item.objects.create(name="unit")


        class Plain(unittest.TestCase):
            @tag("quick")
            def test_connects(self):
                from django.db import connection
                connection.ensure_connection()
        """,
    PY: """\
        import logging

        import pytest
        from django.core import mail
        from django.db import connections
        from django.test import TestCase
        from shop.models import Item

        pytestmark = pytest.mark.usefixtures("mod")


        @pytest.fixture(scope="module")
        def mod():
            return []


        @pytest.fixture(params=["a", "b"])
        def letter(request):
            return request.param


        @pytest.fixture
        def bad_end():
            yield
            raise ValueError("the fixture's end")


        def test_no_database():
            with pytest.raises(RuntimeError, match="not allowed"):
                Item.objects.count()


        @pytest.mark.parametrize("n", [1, 2])
        def test_both(letter, n):
            assert n


        @pytest.mark.django_db
        def test_row():
            assert Item.objects.count() == 0
            Item.objects.create(name="py")


        @pytest.mark.django_db(transaction=True)
        def test_commit():
            assert Item.objects.count() == 0
            Item.objects.create(name="py")
            assert connections["default"].in_atomic_block is False


        def test_row_after(db):
            assert Item.objects.count() == 0


        @pytest.mark.django_db(transaction=True, reset_sequences=True)
        def test_sequence():
            assert Item.objects.create(name="first").pk == 1


        def test_assertion():
            kept = {"a": 1}
            assert kept == {"a": 2}


        def test_bad_end(bad_end):
            pass


        @pytest.mark.skipif(True, reason="not on a Monday")
        def test_skipped():
            pass


        @pytest.mark.xfail(strict=True)
        def test_strict():
            pass


        @pytest.mark.xfail
        def test_expected():
            raise ValueError


        def test_tools(caplog, capsys, tmp_path, monkeypatch, mailoutbox, settings):
            monkeypatch.setenv("SHOP", "open")
            settings.SITE_ID = 7
            logging.getLogger("shop").warning("sold out")
            print("printed")
            mail.send_mail("subject", "text", "from@example.com", ["to@example.com"])
            assert caplog.messages == ["sold out"]
            assert capsys.readouterr().out == "printed\\n"
            assert tmp_path.is_dir() and len(mailoutbox) == 1


        class TestPlain:
            @pytest.mark.slow
            def test_method(self, shop_name):
                assert shop_name == "corner"


        class Cases(TestCase):
            def test_case(self):
                with self.subTest("part", n=1):
                    assert Item.objects.count() == 0
        """,
    "conftest_of_shop.txt": "",
    "shop/tests/more/__init__.py": "",
    "shop/tests/more/test_greenroom.py": """\
        import pytest


        def test_user(user, scoped_db):
            assert user.username == "user"


        @pytest.mark.requires("command:no-such-command")
        def test_requires():
            raise AssertionError


        def test_dynamic(request):
            request.getfixturevalue("db")
            from shop.models import Item
            assert Item.objects.count() == 0


        @pytest.mark.http
        def test_marked():
            pass
        """,
    LOOSE: """\
        def test_loose(shop_name, once):
            assert shop_name == "corner"


        def test_loose_too(once):
            pass
        """,
    "checks/conftest.py": """\
        import os

        import pytest


        @pytest.fixture(scope="session")
        def once():
            with open("once.txt", "a") as file:
                file.write(f"up {os.getpid()}\\n")
            yield
            with open("once.txt", "a") as file:
                file.write(f"down {os.getpid()}\\n")


        @pytest.fixture
        def shop_name():
            return "corner"
        """,
    "shop/tests/fixtures_here.py": "",
    BROKEN: "import pytest\nimport no_such_module\n\ndef test_never(): pass\n",
    "shop/broken/__init__.py": "",
    "shop/broken/test_skips.py": 'import pytest\npytest.skip("all of it", allow_module_level=True)\n',
    "pytest.ini": """\
        [pytest]
        addopts = --strict-markers -p no:randomly
        markers =
            slow: takes its time
        """,
}
FILES[PY] = FILES[PY].replace(
    "        @pytest.fixture(params=",
    '        @pytest.fixture\n        def shop_name():\n            return "corner"\n\n\n        @pytest.fixture(params=',
)
for name in ("conftest_of_shop.txt", "shop/tests/fixtures_here.py"):
    del FILES[name]

OUTCOMES = {
    f"{UNIT}.Rows.test_row": "passed",
    f"{UNIT}.Plain.test_connects": "passed",
    f"{PY}::test_no_database": "passed",
    f"{PY}::test_both[a-1]": "passed",
    f"{PY}::test_both[a-2]": "passed",
    f"{PY}::test_both[b-1]": "passed",
    f"{PY}::test_both[b-2]": "passed",
    f"{PY}::test_row": "passed",
    f"{PY}::test_commit": "passed",
    f"{PY}::test_row_after": "passed",
    f"{PY}::test_sequence": "passed",
    f"{PY}::test_assertion": "failed",
    f"{PY}::test_bad_end": "error",
    f"{PY}::test_skipped": "skipped",
    f"{PY}::test_strict": "unexpected_success",
    f"{PY}::test_expected": "expected_failure",
    f"{PY}::test_tools": "passed",
    f"{PY}::TestPlain::test_method": "passed",
    "shop.tests.test_py.Cases.test_case": "passed",
    "shop/tests/more/test_greenroom.py::test_user": "passed",
    "shop/tests/more/test_greenroom.py::test_requires": "skipped",
    "shop/tests/more/test_greenroom.py::test_dynamic": "passed",
    "shop/tests/more/test_greenroom.py::test_marked": "passed",
    f"{LOOSE}::test_loose": "passed",
    f"{LOOSE}::test_loose_too": "passed",
    BROKEN: "error",
    "shop/broken/test_skips.py": "skipped",
}
