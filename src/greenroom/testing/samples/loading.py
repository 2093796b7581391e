"""Tests that come about in other ways than a class in its own module, and modules that can't be loaded."""

from greenroom.testing.sample import PASSED, Expected, Sample, error, failed

LOADING = (
    Sample(
        "syntax_error",
        "a module that can't be compiled is one error",
        """
        def broken(:
        """,
        {"unittest.loader._FailedTest.samples.test_syntax_error": error("SyntaxError", "def broken(:")},
    ),
    Sample(
        "import_error",
        "a module that can't be imported is one error",
        """
        import no_such_module_anywhere

        class Case(SimpleTestCase):
            def test_it(self):
                pass
        """,
        {
            "unittest.loader._FailedTest.samples.test_import_error": error(
                "ImportError: Failed to import test module: samples.test_import_error",
                "No module named 'no_such_module_anywhere'",
            )
        },
    ),
    Sample(
        "skipped_module",
        "a module that raises SkipTest while it is imported is one skip",
        """
        raise unittest.SkipTest("needs something")
        """,
        {
            "unittest.loader.ModuleSkipped.samples.test_skipped_module": Expected(
                "skipped", ("skip",), ("needs something",)
            )
        },
    ),
    Sample(
        "inherited",
        "inherited tests belong to the class that inherits them",
        """
        from samples.test_passing import Simple

        class Base:
            value = 1

            def test_value(self):
                self.assertEqual(self.value, 1)

        class One(Base, SimpleTestCase):
            pass

        class Two(Base, SimpleTestCase):
            value = 2

        class Child(One):
            def test_child(self):
                pass

        del Simple
        """,
        {
            "One.test_value": PASSED,
            "Two.test_value": failed("AssertionError: 2 != 1"),
            "Child.test_child": PASSED,
            "Child.test_value": PASSED,
        },
    ),
    Sample(
        "generated",
        "classes and methods made by code, not to be found under their own names",
        """
        def make(number):
            class Made(SimpleTestCase):
                def test_it(self):
                    self.assertLess(number, 2)

            Made.__qualname__ = f"make.<locals>.Made{number}"
            return Made

        First, Second = make(1), make(2)

        class Case(SimpleTestCase):
            pass

        for n in (1, 2):
            setattr(Case, f"test_{n}", lambda self, n=n: self.assertEqual(n, 1))

        Dynamic = type("Dynamic", (SimpleTestCase,), {"test_it": lambda self: None})
        """,
        {
            "make.<locals>.Made1.test_it": PASSED,
            "make.<locals>.Made2.test_it": failed("AssertionError: 2 not less than 2"),
            "Case.test_1": PASSED,
            "Case.test_2": failed("AssertionError: 2 != 1"),
            "Dynamic.test_it": PASSED,
        },
    ),
    Sample(
        "doctests",
        "examples in docstrings, added by a load_tests hook",
        """
        import doctest

        def double(number):
            '''
            >>> double(2)
            4
            '''
            return number * 2

        def broken(number):
            '''
            >>> broken(2)
            5
            '''
            return number

        def load_tests(loader, tests, pattern):
            return doctest.DocTestSuite()
        """,
        {"double": PASSED, "broken": failed("Failed example:\n    broken(2)", "Expected:\n    5\nGot:\n    2")},
    ),
    Sample(
        "load_tests",
        "a load_tests hook that makes tests with state of their own, and function tests",
        """
        class Parametrised(SimpleTestCase):
            def __init__(self, method, number=0):
                super().__init__(method)
                self.number = number

            def id(self):
                return f"{super().id()}[{self.number}]"

            def __str__(self):
                return f"{self._testMethodName} number {self.number} ({self.id()})"

            def __eq__(self, other):
                return super().__eq__(other) and self.number == other.number

            def __hash__(self):
                return hash((super().__hash__(), self.number))

            def test_number(self):
                self.assertLess(self.number, 3)

        class Outer:
            class Inner(SimpleTestCase):
                def test_it(self):
                    pass

        def load_tests(loader, tests, pattern):
            suite = unittest.TestSuite(Parametrised("test_number", number) for number in (1, 2, 3))
            suite.addTests(loader.loadTestsFromTestCase(Outer.Inner))
            return suite
        """,
        {
            "Parametrised.test_number[1]": PASSED,
            "Parametrised.test_number[2]": PASSED,
            "Parametrised.test_number[3]": failed("AssertionError: 3 not less than 3"),
            "Outer.Inner.test_it": PASSED,
        },
    ),
)
