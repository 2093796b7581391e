"""Subtests: passing, failing, skipped, and mixed with each other and with what goes wrong around them."""

from greenroom.testing.sample import PASSED, Expected, Sample

SUBTESTS = (
    Sample(
        "subtests",
        "each failing or skipped subtest is told of by itself; passing ones say nothing",
        """
        class Case(SimpleTestCase):
            def test_passing(self):
                for n in range(3):
                    with self.subTest(n=n):
                        pass

            def test_failing(self):
                for n in range(4):
                    with self.subTest("uneven ones fail", n=n):
                        self.assertEqual(n % 2, 0)

            def test_erring(self):
                with self.subTest(path="/a/b", odd="it's"):
                    open("/nowhere/at/all")

            def test_skipping(self):
                for n in range(3):
                    with self.subTest(n=n):
                        if n == 1:
                            self.skipTest("not this one")

            def test_mixed(self):
                with self.subTest("passes"):
                    pass
                with self.subTest("skips"):
                    self.skipTest("in between")
                with self.subTest("fails"):
                    self.fail("a subtest")
                with self.subTest("errs"):
                    raise ValueError("another subtest")
                self.fail("and the test itself")

            def test_nested(self):
                with self.subTest(outer=1):
                    with self.subTest(inner=2):
                        self.fail("deep inside")

            def test_no_description(self):
                with self.subTest():
                    self.fail("of no name")

            def test_unpicklable(self):
                with self.subTest(what=lambda: None):
                    self.fail("its parameter can't be pickled")
        """,
        {
            "Case.test_passing": PASSED,
            "Case.test_failing": Expected(
                "failed",
                ("failure", "failure"),
                ("AssertionError: 1 != 0",),
                ("[uneven ones fail] (n=1)", "[uneven ones fail] (n=3)"),
            ),
            "Case.test_erring": Expected("error", ("error",), ("FileNotFoundError",), ("(path='/a/b', odd=\"it's\")",)),
            "Case.test_skipping": Expected("skipped", ("skip",), ("not this one",), ("(n=1)",)),
            "Case.test_mixed": Expected(
                "error",
                ("skip", "failure", "error", "failure"),
                ("in between", "a subtest", "ValueError: another subtest", "and the test itself"),
                ("[skips]", "[fails]", "[errs]"),
            ),
            "Case.test_nested": Expected("failed", ("failure",), ("deep inside",), ("(inner=2, outer=1)",)),
            "Case.test_no_description": Expected("failed", ("failure",), ("of no name",), ("(<subtest>)",)),
            "Case.test_unpicklable": Expected("failed", ("failure",), ("its parameter can't be pickled",)),
        },
    ),
    Sample(
        "subtests_expecting",
        "a failing subtest fulfils an expected failure",
        """
        class Case(SimpleTestCase):
            @unittest.expectedFailure
            def test_it(self):
                with self.subTest(n=1):
                    self.fail("expected")
                with self.subTest(n=2):
                    pass
        """,
        {"Case.test_it": Expected("expected_failure", ("expected_failure",))},
    ),
)
