"""The six outcomes, each in the ways in which a test can come to it."""

from greenroom.testing.sample import PASSED, UNEXPECTED, Expected, Sample, error, expected_failure, failed, skipped

BASIC = (
    Sample(
        "passing",
        "tests of each base class that pass",
        """
        class Plain(unittest.TestCase):
            def test_it(self):
                self.assertTrue(True)

        class Simple(SimpleTestCase):
            def test_it(self):
                "It has a docstring."

            def test_ünïcode(self):
                pass

        class Database(TestCase):
            def test_it(self):
                self.assertEqual(Item.objects.count(), 0)
        """,
        {"Plain.test_it": PASSED, "Simple.test_it": PASSED, "Simple.test_ünïcode": PASSED, "Database.test_it": PASSED},
    ),
    Sample(
        "failing",
        "assertions that fail, with what unittest tells of the difference",
        '''
        class Case(SimpleTestCase):
            maxDiff = None

            def test_equal(self):
                self.assertEqual(1 + 1, 3, "sums are off")

            def test_documented(self):
                """The first line of the docstring.

                The second is not shown.
                """
                self.fail("as documented")

            def test_bare(self):
                assert [] == [1]

            def test_lines(self):
                self.assertMultiLineEqual("a\\nb\\nc\\n", "a\\nB\\nc\\n")

            def test_dicts(self):
                self.assertEqual({"a": 1, "b": list(range(40))}, {"a": 2, "b": list(range(41))})

            def test_html(self):
                self.assertHTMLEqual("<p>one</p>", "<p>two</p>")

            def test_unicode(self):
                self.assertEqual("grün \\U0001f600", "blau ✗")

            def test_surrogates(self):
                self.fail("lone \\udce4 and \\ud800 surrogates, \\x00 zero and \\x1b[31m escape")

        class Short(SimpleTestCase):
            maxDiff = 80

            def test_cut(self):
                self.assertEqual(list(range(200)), list(range(201)))
        ''',
        {
            "Case.test_equal": failed("AssertionError: 2 != 3 : sums are off", "self.assertEqual(1 + 1, 3"),
            "Case.test_documented": failed("AssertionError: as documented"),
            "Case.test_bare": failed("AssertionError", "assert [] == [1]"),
            "Case.test_lines": failed("  a\n- b\n+ B\n  c\n"),
            "Case.test_dicts": failed("- {'a': 1,", "+ {'a': 2,"),
            "Case.test_html": failed("<p>\n- one\n+ two\n  </p>"),
            "Case.test_unicode": failed("- grün \U0001f600\n+ blau ✗"),
            "Case.test_surrogates": failed(r"lone \udce4 and \ud800 surrogates"),
            "Short.test_cut": failed("Set self.maxDiff to None to see it."),
        },
    ),
    Sample(
        "erring",
        "exceptions in the test, in setUp, in tearDown and in cleanups",
        """
        class Case(SimpleTestCase):
            def test_it(self):
                1 / 0

        class SetUp(SimpleTestCase):
            def setUp(self):
                {}["gone"]

            def tearDown(self):
                raise AssertionError("never called")

            def test_it(self):
                raise AssertionError("never called")

        class TearDown(SimpleTestCase):
            def tearDown(self):
                raise OSError(2, "No such file", "/nowhere")

            def test_passing(self):
                pass

            def test_failing(self):
                self.assertIn(1, [])

            def test_skipped(self):
                self.skipTest("before tearDown")

        class Cleanups(SimpleTestCase):
            def test_it(self):
                self.addCleanup(int, "first added")
                self.addCleanup(self.fail, "second added")
                raise RuntimeError("the test itself")
        """,
        {
            "Case.test_it": error("ZeroDivisionError: division by zero", "1 / 0"),
            "SetUp.test_it": error("KeyError: 'gone'"),
            "TearDown.test_passing": error("FileNotFoundError: [Errno 2] No such file: '/nowhere'"),
            "TearDown.test_failing": Expected(
                "error", ("failure", "error"), ("AssertionError: 1 not found in []", "FileNotFoundError")
            ),
            "TearDown.test_skipped": Expected("error", ("skip", "error"), ("before tearDown", "FileNotFoundError")),
            "Cleanups.test_it": Expected(
                "error",
                ("error", "failure", "error"),
                ("RuntimeError: the test itself", "second added", "ValueError: invalid literal for int()"),
            ),
        },
    ),
    Sample(
        "skipping",
        "skips by decorator, by class, in setUp and in the body",
        """
        class Case(SimpleTestCase):
            @unittest.skip("by decorator")
            def test_decorator(self):
                pass

            @unittest.skipUnless(False, "unless")
            def test_unless(self):
                pass

            @unittest.skip("")
            def test_no_reason(self):
                pass

            def test_body(self):
                self.skipTest("in the body, with 'quotes' and ünïcode")

            def test_raised(self):
                raise unittest.SkipTest("raised")

        @unittest.skip("the whole class")
        class Whole(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                raise AssertionError("never called")

            def test_one(self):
                pass

            def test_two(self):
                pass

        class SetUp(SimpleTestCase):
            def setUp(self):
                self.skipTest("in setUp")

            def test_it(self):
                pass
        """,
        {
            "Case.test_decorator": skipped("by decorator"),
            "Case.test_unless": skipped("unless"),
            "Case.test_no_reason": skipped(""),
            "Case.test_body": skipped("in the body, with 'quotes' and ünïcode"),
            "Case.test_raised": skipped("raised"),
            "Whole.test_one": skipped("the whole class"),
            "Whole.test_two": skipped("the whole class"),
            "SetUp.test_it": skipped("in setUp"),
        },
    ),
    Sample(
        "expecting",
        "expected failures and unexpected successes",
        """
        class Case(SimpleTestCase):
            @unittest.expectedFailure
            def test_fails(self):
                self.fail("as expected")

            @unittest.expectedFailure
            def test_errs(self):
                raise ValueError("as expected")

            @unittest.expectedFailure
            def test_passes(self):
                pass

            @unittest.expectedFailure
            def test_skips(self):
                self.skipTest("not today")
        """,
        {
            "Case.test_fails": expected_failure(),
            "Case.test_errs": expected_failure(),
            "Case.test_passes": UNEXPECTED,
            "Case.test_skips": skipped("not today"),
        },
    ),
    Sample(
        "exits",
        "exceptions that are not Exceptions",
        """
        class Own(BaseException):
            pass

        class Case(SimpleTestCase):
            def test_exit(self):
                sys.exit(3)

            def test_exit_text(self):
                raise SystemExit("with a text")

            def test_cancelled(self):
                raise asyncio.CancelledError("nobody waits")

            def test_generator_exit(self):
                raise GeneratorExit

            def test_own(self):
                raise Own("of our own")
        """,
        {
            "Case.test_exit": error("SystemExit: 3"),
            "Case.test_exit_text": error("SystemExit: with a text"),
            "Case.test_cancelled": error("CancelledError: nobody waits"),
            "Case.test_generator_exit": error("GeneratorExit"),
            "Case.test_own": error("Own: of our own"),
        },
    ),
    Sample(
        "printing",
        "output to stdout, stderr and the log",
        """
        class Case(SimpleTestCase):
            def test_passing(self):
                print("a passing test prints")

            def test_failing(self):
                print("a failing test prints")
                print("and complains", file=sys.stderr)
                self.fail("after printing")

            def test_unfinished_line(self):
                sys.stdout.write("no end of line")
                raise ValueError("after writing")

            def test_logging(self):
                with self.assertLogs("shop", "INFO") as logs:
                    logging.getLogger("shop").info("kept")
                self.assertEqual(logs.output, ["INFO:shop:kept"])

            def test_no_logs(self):
                with self.assertLogs("shop", "INFO"):
                    pass
        """,
        {
            "Case.test_passing": PASSED,
            "Case.test_failing": failed("AssertionError: after printing"),
            "Case.test_unfinished_line": error("ValueError: after writing"),
            "Case.test_logging": PASSED,
            "Case.test_no_logs": failed("no logs of level INFO or higher triggered on shop"),
        },
    ),
)
