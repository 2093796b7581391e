"""A project with every sort of test case."""

from __future__ import annotations

from tests.pytest_plugin.fastpath.class_samples import CLASSES

CONFTEST = """\
    import pytest

    @pytest.fixture(scope="class", autouse=True)
    def wide(request):
        print("wide set up", request.cls)
        yield
        print("wide torn down")
    """
PLAIN = """\
    import asyncio
    import logging
    import os
    import sys
    import threading
    import unittest
    import warnings

    import pytest
    from django.core import mail
    from django.test import SimpleTestCase, TestCase, TransactionTestCase, override_settings, tag
    from shop.models import Item

    logger = logging.getLogger("shop")


    def setUpModule():
        print("module set up")


    def tearDownModule():
        print("module torn down")


    class Ordinary(SimpleTestCase):
        def setUp(self):
            self.addCleanup(print, "cleaned up")
            print("set up")

        def tearDown(self):
            print("torn down", file=sys.stderr)

        def test_a_passes(self):
            assert os.environ["PYTEST_CURRENT_TEST"].endswith("test_a_passes (call)")

        def test_b_passes(self):
            assert os.environ["PYTEST_CURRENT_TEST"].endswith("test_b_passes (call)")

        def test_c_fails(self):
            logger.warning("about to fail")
            os.write(1, b"below python\\n")
            self.assertEqual([1, 2, 3], [1, 2, 4])

        def test_d_asserts(self):
            left = {"a": 1}
            assert left == {"a": 2}, "with words"

        def test_e_raises(self):
            raise ValueError("out of range") from KeyError("cause")

        def test_f_skips(self):
            self.skipTest("not today")

        @unittest.skip("never")
        def test_g_skipped(self):
            pass

        @unittest.expectedFailure
        def test_h_expected(self):
            self.fail("as expected")

        @unittest.expectedFailure
        def test_i_unexpected(self):
            pass

        def test_j_subtests(self):
            for number in range(4):
                with self.subTest("with a message", number=number):
                    print("subtest", number)
                    if number == 1:
                        self.fail("this one")
                    if number == 2:
                        self.skipTest("that one")

        def test_k_pytest_skip(self):
            pytest.skip("by pytest")

        def test_l_pytest_fail(self):
            pytest.fail("by pytest", pytrace=False)

        def test_m_pytest_xfail(self):
            pytest.xfail("by pytest")

        def test_n_logs_and_passes(self):
            logger.error("seen in -rA alone")
            print("printed and passed")

        def test_o_is_clean(self):
            self.assertEqual(mail.outbox, [])
            mail.send_mail("subject", "body", "a@example.com", ["b@example.com"])

        def test_p_is_clean_again(self):
            self.assertEqual(mail.outbox, [])

        def test_q_system_exit(self):
            sys.exit(3)

        def test_z_last(self):
            print("the last one")
            self.fail("at the end of its class")


    class Cleaning(unittest.TestCase):
        def setUp(self):
            if self._testMethodName == "test_b_set_up_fails":
                raise RuntimeError("in setUp")

        def tearDown(self):
            if "tear" in self._testMethodName:
                raise RuntimeError("in tearDown")

        def test_a(self):
            pass

        def test_b_set_up_fails(self):
            pass

        def test_c_tear_down_fails(self):
            pass

        def test_d_tear_down_and_test_fail(self):
            self.fail("both")

        def test_e_cleanups_fail(self):
            self.addCleanup(self.fail, "one")
            self.addCleanup(self.fail, "two")

        def test_f_none(self):
            return None

        @pytest.mark.skipif("sys.platform != 'none'", reason="marked")
        def test_g_marked(self):
            pass

        @pytest.mark.usefixtures("capsys")
        def test_h_fixture(self):
            print("of a fixture")

        @pytest.mark.xfail(reason="marked")
        def test_i_xfail(self):
            self.fail()

        @pytest.mark.filterwarnings("error")
        def test_j_filter(self):
            warnings.warn("an error here")


    class Warned(SimpleTestCase):
        def helper(self):
            warnings.warn("the same place")

        def test_a(self):
            self.helper()

        def test_b(self):
            self.helper()

        def test_c_filters(self):
            warnings.simplefilter("ignore")
            self.helper()

        def test_d_again(self):
            self.helper()

        def test_e_deprecated(self):
            warnings.warn("old", DeprecationWarning)

        def test_f_thread(self):
            def work():
                raise ValueError("in a thread")
            thread = threading.Thread(target=work, name="worker")
            thread.start()
            thread.join()

        def test_g_unraisable(self):
            class Bad:
                def __del__(self):
                    raise ValueError("in __del__")
            Bad()

        def test_h_last(self):
            self.helper()


    class Logging(SimpleTestCase):
        def test_a_removes_handlers(self):
            root = logging.getLogger()
            root.handlers[:] = []
            logger.error("nobody hears")

        def test_b_is_heard(self):
            logger.error("heard")
            self.fail("with a log")

        def test_c_apart(self):
            logging.getLogger("apart").propagate = False

        def test_d_apart_is_heard(self):
            logging.getLogger("apart").error("apart, and heard")
            self.fail("with a log")

        def test_e(self):
            with self.assertLogs("shop") as logs:
                logger.info("caught")
            self.assertEqual(len(logs.records), 1)

        def test_f(self):
            self.fail("no log of others")


"""
SERVED = """\
    from urllib.request import urlopen

    from django.test import LiveServerTestCase, TestCase, override_settings
    from shop.models import Item


    class Served(LiveServerTestCase):
        def test_a(self):
            Item.objects.create(name="one")
            with override_settings(ROOT_URLCONF="shop.urls"):
                self.assertIn(b"1", urlopen(f"{self.live_server_url}/count/").read())

        def test_b(self):
            with override_settings(ROOT_URLCONF="shop.urls"):
                self.assertIn(b"0", urlopen(f"{self.live_server_url}/count/").read())


    class Other(TestCase):
        databases = {"default", "other"}

        def test_a(self):
            Item.objects.using("other").create(name="one")

        def test_b(self):
            self.assertEqual(Item.objects.using("other").count(), 0)
    """
TOUCHED = """\
    from django.test import SimpleTestCase


    class Touched(SimpleTestCase):
        def test_a(self):
            print("a")

        def test_b(self):
            self.fail("b")
    """
FILES = {
    "conftest.py": CONFTEST,
    "shop/test_cases.py": PLAIN + CLASSES,
    "shop/test_served.py": SERVED,
    "touched/__init__.py": "",
    "touched/conftest.py": """\
        import pytest

        @pytest.fixture(autouse=True)
        def around():
            print("around")
        """,
    "touched/test_by_fixture.py": TOUCHED,
    "hooked/__init__.py": "",
    "hooked/conftest.py": """\
        def pytest_runtest_setup(item):
            print("hooked", item.name)
        """,
    "hooked/test_by_hook.py": TOUCHED,
    "changed/__init__.py": "",
    "changed/conftest.py": """\
        import pytest

        @pytest.fixture
        def added():
            print("added by a hook")

        def pytest_collection_modifyitems(items):
            for item in items:
                if item.path.parent.name == "changed":
                    item.fixturenames.append("added")
                    if item.name == "test_a":
                        item.add_marker(pytest.mark.xfail(strict=True))
        """,
    "changed/test_by_items.py": TOUCHED,
}
