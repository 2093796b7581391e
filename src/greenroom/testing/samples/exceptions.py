"""Exceptions that are hard to show, to carry to another process, or to survive."""

from greenroom.testing.sample import Expected, Sample, error, expected_failure, failed

EXCEPTIONS = (
    Sample(
        "broken_exceptions",
        "exceptions whose own methods raise",
        """
        class BrokenStr(Exception):
            def __str__(self):
                raise RuntimeError("no str")

        class BrokenRepr(Exception):
            def __repr__(self):
                raise RuntimeError("no repr")

        class BrokenBoth(Exception):
            __str__ = __repr__ = lambda self: 1 / 0

        class NotText(Exception):
            def __str__(self):
                return 5

        class BrokenNotes(Exception):
            __notes__ = 5

        class BrokenReduce(Exception):
            def __reduce__(self):
                raise RuntimeError("no reduce")

        class Case(SimpleTestCase):
            def test_str(self):
                raise BrokenStr("x")

            def test_repr(self):
                raise BrokenRepr("its str is fine")

            def test_both(self):
                raise BrokenBoth

            def test_not_text(self):
                raise NotText

            def test_notes(self):
                raise BrokenNotes("with notes")

            def test_reduce(self):
                raise BrokenReduce("with __reduce__")

            def test_compared(self):
                class Broken:
                    def __repr__(self):
                        raise ValueError("can't be shown")
                self.assertIsNone(Broken())

            @unittest.expectedFailure
            def test_expected(self):
                raise BrokenBoth
        """,
        {
            "Case.test_str": error("BrokenStr: <exception str() failed>"),
            "Case.test_repr": error("BrokenRepr: its str is fine"),
            "Case.test_both": error("BrokenBoth: <exception str() failed>"),
            "Case.test_not_text": error("NotText: <exception str() failed>"),
            "Case.test_notes": error("BrokenNotes: with notes"),
            "Case.test_reduce": error("BrokenReduce: with __reduce__"),
            "Case.test_compared": failed("Broken object at"),
            "Case.test_expected": expected_failure(),
        },
    ),
    Sample(
        "local_exceptions",
        "exceptions that can't be pickled, or not be unpickled",
        """
        class Picky(Exception):
            def __init__(self, code, *, reason):
                super().__init__(f"{reason} ({code})")

        class Holding(Exception):
            def __init__(self):
                super().__init__("holds what can't be pickled")
                self.lock, self.code = __import__("threading").Lock(), lambda: None

        class Case(SimpleTestCase):
            def test_defined_inside(self):
                class Inside(Exception):
                    pass
                raise Inside("a class of the test's own")

            def test_picky(self):
                raise Picky(5, reason="can't be unpickled")

            def test_holding(self):
                raise Holding

            def test_subclass_of_assertion(self):
                class Own(AssertionError):
                    pass
                raise Own("fails, not errs")

            def test_syntax(self):
                compile("a = = 1", "made_up.py", "exec")

            def test_no_source(self):
                exec(compile("raise KeyError('from nowhere')", "<made up>", "exec"))

            def test_empty(self):
                raise ValueError

            def test_lines(self):
                raise ValueError("first line\\nsecond line\\n\\n" + "=" * 70 + "\\nERROR: not a section")
        """,
        {
            "Case.test_defined_inside": error("Inside: a class of the test's own"),
            "Case.test_picky": error("Picky: can't be unpickled (5)"),
            "Case.test_holding": error("Holding: holds what can't be pickled"),
            "Case.test_subclass_of_assertion": failed("Own: fails, not errs"),
            "Case.test_syntax": error('File "made_up.py", line 1', "SyntaxError"),
            "Case.test_no_source": error('File "<made up>", line 1', "KeyError: 'from nowhere'"),
            "Case.test_empty": error("ValueError"),
            "Case.test_lines": error("ValueError: first line\nsecond line\n"),
        },
    ),
    Sample(
        "chains",
        "causes, contexts, groups and notes",
        """
        class Case(SimpleTestCase):
            def test_cause(self):
                try:
                    {}["key"]
                except KeyError as error:
                    raise ValueError("because of a key") from error

            def test_context(self):
                try:
                    {}["key"]
                except KeyError:
                    raise ValueError("while handling")

            def test_suppressed(self):
                try:
                    {}["key"]
                except KeyError:
                    raise ValueError("alone") from None

            def test_cycle(self):
                first, second = ValueError("first"), ValueError("second")
                first.__cause__, second.__cause__ = second, first
                raise first

            def test_long_chain(self):
                error = None
                for number in range(40):
                    following = ValueError(f"link {number}")
                    following.__cause__, error = error, following
                raise error

            def test_notes(self):
                error = ValueError("annotated")
                error.add_note("first note")
                error.add_note("second note,\\nof two lines")
                raise error

            def test_group(self):
                inner = ExceptionGroup("inner", [KeyError("k"), OSError("o")])
                inner.add_note("a note on the group")
                try:
                    raise LookupError("the cause")
                except LookupError as cause:
                    raise ExceptionGroup("outer", [ValueError("v"), inner]) from cause

            def test_assertion_group(self):
                raise ExceptionGroup("of assertions", [AssertionError("one"), AssertionError("two")])

            def test_base_group(self):
                raise BaseExceptionGroup("not for except", [SystemExit(1), ValueError("v")])
        """,
        {
            "Case.test_cause": error("KeyError: 'key'", "the direct cause", "ValueError: because of a key"),
            "Case.test_context": error("KeyError: 'key'", "During handling", "ValueError: while handling"),
            "Case.test_suppressed": error("ValueError: alone"),
            "Case.test_cycle": error("ValueError: first", "ValueError: second"),
            "Case.test_long_chain": error("ValueError: link 0\n", "ValueError: link 39\n"),
            "Case.test_notes": error("ValueError: annotated\nfirst note\nsecond note,\nof two lines"),
            "Case.test_group": error(
                "LookupError: the cause",
                "ExceptionGroup: outer (2 sub-exceptions)",
                "OSError: o",
                "a note on the group",
            ),
            "Case.test_assertion_group": error("ExceptionGroup: of assertions (2 sub-exceptions)"),
            "Case.test_base_group": error("BaseExceptionGroup: not for except", "SystemExit: 1"),
        },
    ),
    Sample(
        "recursion",
        "a stack that overflows, and text that does so when it is shown",
        """
        class Deep:
            def __repr__(self):
                return repr(self)

        class Case(SimpleTestCase):
            def test_recursion(self):
                def deeper():
                    return deeper()
                deeper()

            def test_recursive_repr(self):
                self.assertEqual(Deep(), 1)
        """,
        {
            "Case.test_recursion": error("RecursionError: maximum recursion depth exceeded", "Previous line repeated"),
            "Case.test_recursive_repr": Expected("failed", ("failure",), ("Deep object at",)),
        },
    ),
    Sample(
        "huge",
        "50 MB of text are shown within bounds",
        """
        class Case(SimpleTestCase):
            def test_message(self):
                raise ValueError("it begins here " + "x" * 50_000_000)

            def test_assertion(self):
                self.fail("many lines\\n" + "a line of text\\n" * 200_000)

            def test_notes(self):
                error = ValueError("with long notes")
                for _ in range(20):
                    error.add_note("n" * 200_000)
                raise error

            def test_skip(self):
                self.skipTest("a long reason " + "r" * 5_000_000)
        """,
        {
            "Case.test_message": error("ValueError: it begins here xxx"),
            "Case.test_assertion": failed("AssertionError: many lines\na line of text\n"),
            "Case.test_notes": error("ValueError: with long notes\nnnn"),
            "Case.test_skip": Expected("skipped", ("skip",), ("a long reason rrr",)),
        },
        bounded=True,
    ),
)
