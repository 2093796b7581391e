"""One test of each outcome, and a plugin that brings reporters with faults."""

from __future__ import annotations

TESTS = """\
    import os
    from pathlib import Path
    from unittest import TestCase, skip

    class Shop(TestCase):
        def test_good(self):
            pass

        def test_bad(self):
            self.fail("::error::%0A ]]> \\x1b[31mred\\x1b[0m \\x00 <b> | 'q' #")

        @skip("no # need")
        def test_skipped(self):
            pass

        def test_flaky(self):
            tried = Path(os.environ["TRIED"])
            if not tried.exists():
                tried.touch()
                raise ValueError("the first time")

        def test_allowed(self):
            self.assertEqual(1, 2)

        def test_parts(self):
            for n in range(3):
                with self.subTest(n=n):
                    self.assertNotEqual(n, 1)

    class Broken(TestCase):
        @classmethod
        def setUpClass(cls):
            raise RuntimeError("no class")

        def test_never(self):
            pass
    """
PLUGINS = """\
    import os
    import time

    from greenroom.events import TestFinished
    from greenroom.reporters.api import BaseReporter

    class Plain(BaseReporter):
        def __init__(self, context):
            self.context = context

    class Raises(Plain):
        def handle(self, event):
            if isinstance(event, TestFinished):
                raise KeyError("never")

    class RaisesAtTheTerminal(Raises):
        terminal = True

    class NoUse(Plain):
        def __init__(self, context):
            raise ZeroDivisionError

    class Hangs(Plain):
        def handle(self, event):
            time.sleep(600)

    class Budget(Plain):
        failure = "the budget is spent"

    def greenroom_reporters():
        return {"raises": Raises, "terminal-raises": RaisesAtTheTerminal, "no-use": NoUse, "hangs": Hangs,
                "budget": Budget}

    def greenroom_verdict(finished):
        return os.environ.get("WHY")

    def greenroom_test_started(test):
        if os.environ.get("RAISE_IN") and os.environ["RAISE_IN"] in test:
            raise LookupError("in a test")
    """


GOOD = "shop.tests.Shop.test_good"
