"""What fails or skips in the fixtures of a class or of a module, before, after and around its tests."""

from greenroom.testing.sample import PASSED, Sample, error, failed, skipped

FIXTURES = (
    Sample(
        "set_up_class",
        "a class whose set-up fails or skips runs none of its tests",
        """
        class Errs(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                cls.addClassCleanup(print, end="")
                raise ValueError("no class today")

            def test_one(self):
                pass

            def test_two(self):
                pass

        class Fails(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                assert 0, "an assertion in the fixture"

            def test_it(self):
                pass

        class Skips(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest("nobody home")

            def test_it(self):
                pass

        class Data(TestCase):
            @classmethod
            def setUpTestData(cls):
                Item.objects.create(name="half way")
                raise LookupError("no data")

            def test_it(self):
                pass

        class After(TestCase):
            def test_no_rows_are_left(self):
                self.assertEqual(Item.objects.count(), 0)
        """,
        {"After.test_no_rows_are_left": PASSED},
        fixtures={
            "setUpClass ({}.Errs)": error("ValueError: no class today", "raise ValueError"),
            "setUpClass ({}.Fails)": error("AssertionError: an assertion in the fixture"),
            "setUpClass ({}.Skips)": skipped("nobody home"),
            "setUpClass ({}.Data)": error("LookupError: no data"),
        },
        not_started=("Errs.test_one", "Errs.test_two", "Fails.test_it", "Skips.test_it", "Data.test_it"),
    ),
    Sample(
        "tear_down_class",
        "a class whose tear-down or class cleanup fails has one error more than its tests",
        """
        class Case(SimpleTestCase):
            @classmethod
            def tearDownClass(cls):
                super().tearDownClass()
                raise ValueError("too late")

            def test_passing(self):
                pass

            def test_failing(self):
                self.fail("before tearDownClass")

        class Cleanup(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                cls.addClassCleanup(int, "x")

            def test_it(self):
                pass
        """,
        {
            "Case.test_passing": PASSED,
            "Case.test_failing": failed("before tearDownClass"),
            "Cleanup.test_it": PASSED,
        },
        fixtures={
            "tearDownClass ({}.Case)": error("ValueError: too late"),
            "tearDownClass ({}.Cleanup)": error("ValueError: invalid literal for int() with base 10: 'x'"),
        },
    ),
    Sample(
        "set_up_module",
        "a module whose set-up fails runs none of its tests",
        """
        def setUpModule():
            raise ConnectionError("no server")

        class Case(SimpleTestCase):
            def test_one(self):
                pass

            def test_two(self):
                pass
        """,
        fixtures={"setUpModule ({})": error("ConnectionError: no server")},
        not_started=("Case.test_one", "Case.test_two"),
    ),
    Sample(
        "skip_module",
        "a module whose set-up skips runs none of its tests",
        """
        def setUpModule():
            raise unittest.SkipTest("not on this machine")

        class Case(SimpleTestCase):
            def test_it(self):
                pass
        """,
        fixtures={"setUpModule ({})": skipped("not on this machine")},
        not_started=("Case.test_it",),
    ),
    Sample(
        "tear_down_module",
        "a module whose tear-down fails has one error more than its tests",
        """
        ready = []

        def setUpModule():
            ready.append("module")

        def tearDownModule():
            raise RuntimeError("can't close")

        class Case(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                ready.append("class")

            def test_one(self):
                self.assertEqual(ready, ["module", "class"])

            def test_two(self):
                self.assertEqual(ready, ["module", "class"])
        """,
        {"Case.test_one": PASSED, "Case.test_two": PASSED},
        fixtures={"tearDownModule ({})": error("RuntimeError: can't close")},
    ),
)
