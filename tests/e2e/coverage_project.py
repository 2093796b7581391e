"""What is measured: lines and branches that run in each way, and some that never do."""

from __future__ import annotations

MEASURED = {
    ".coveragerc": """\
        [run]
        branch = true
        source = .
        data_file = found/.coverage
        """,
    "found/README": "the data file's folder",
    "shop/sums.py": """\
        def first(number):
            if number:
                return 1
            return 2


        def second(number):
            return 3 if number else 4


        async def third():
            return 5


        class Sum:
            def __init__(self, *numbers):
                self.numbers = numbers

            def total(self):
                total = 0
                for number in self.numbers:
                    total += number
                return total

            def never(self):
                return -1
        """,
    "shop/apart.py": """\
        import signal
        import sys
        import time


        def in_a_program():
            return "program"


        def in_a_fork():
            return "fork"


        def until_ended():
            signal.alarm(60)
            # On one line, as the signal may come as soon as this is printed.
            print("ready", flush=True), time.sleep(60)


        def nowhere():
            return "nowhere"
        """,
    "shop/unused.py": "NEVER = 1\n",
    "shop/tests.py": """\
        from threading import Thread
        from urllib.request import urlopen

        from django.test import LiveServerTestCase, SimpleTestCase, TestCase
        from shop import sums
        from shop.models import Item


        class Rows(TestCase):
            @classmethod
            def setUpTestData(cls):
                cls.item = Item.objects.create(name="pen")

            def test_name(self):
                self.assertEqual(str(self.item), "pen")

            async def test_async(self):
                self.assertEqual(await sums.third(), 5)


        class Plain(SimpleTestCase):
            def test_first(self):
                self.assertEqual(sums.first(1), 1)

            def test_total(self):
                self.assertEqual(sums.Sum(1, 2).total(), 3)

            def test_thread(self):
                thread = Thread(target=sums.second, args=(1,))
                thread.start()
                thread.join()


        class Live(LiveServerTestCase):
            def test_hello(self):
                self.assertEqual(urlopen(f"{self.live_server_url}/hello/").read(), b"hello")


        class Other(SimpleTestCase):
            def test_zero(self):
                self.assertEqual(sums.Sum().total(), 0)
        """,
}

APART = """\
    import os
    import subprocess
    import sys
    import unittest

    from shop import apart, sums


    def program(code, **how):
        return subprocess.Popen([sys.executable, "-c", f"from shop import apart; apart.{code}()"], **how)


    class Programs(unittest.TestCase):
        def test_program(self):
            self.assertEqual(program("in_a_program").wait(), 0)

        def test_fork(self):
            pid = os.fork()
            if not pid:
                apart.in_a_fork()
                os._exit(0)
            os.waitpid(pid, 0)

        def test_ended(self):
            with program("until_ended", stdout=subprocess.PIPE, text=True) as running:
                self.assertEqual(running.stdout.readline(), "ready\\n")
                running.terminate()
    """
