"""Tests that lay hands on what the runner itself lives on: clocks, descriptors, streams, signals, child processes."""

from greenroom.testing.sample import PASSED, Sample, error, failed

HOSTILE = (
    Sample(
        "patched",
        "clocks and system calls that are patched, for a class and for a test",
        """
        from unittest import mock

        CLOCKS = ("time.time", "time.monotonic", "time.perf_counter")

        class Clocks(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                for clock in CLOCKS:
                    cls.enterClassContext(mock.patch(clock, return_value=5.0))

            def test_passing(self):
                pass

            def test_failing(self):
                self.fail("out of time")

        class BrokenClocks(SimpleTestCase):
            def setUp(self):
                for clock in CLOCKS:
                    self.enterContext(mock.patch(clock, side_effect=ValueError("no clock")))

            def test_passing(self):
                pass

            def test_erring(self):
                raise KeyError("timeless")

        class Calls(SimpleTestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                for call in ("os.write", "os.read", "os.getpid", "select.select", "json.dumps", "builtins.open"):
                    cls.enterClassContext(mock.patch(call, side_effect=OSError("not now")))

            def test_passing(self):
                pass

            def test_failing(self):
                raise AssertionError("without system calls")
        """,
        {
            "Clocks.test_passing": PASSED,
            "Clocks.test_failing": failed("AssertionError: out of time"),
            "BrokenClocks.test_passing": PASSED,
            "BrokenClocks.test_erring": error("KeyError: 'timeless'"),
            "Calls.test_passing": PASSED,
            "Calls.test_failing": failed("AssertionError: without system calls"),
        },
    ),
    Sample(
        "streams",
        "standard streams that are replaced, and a standard input that is empty",
        """
        import io
        import os

        class Case(SimpleTestCase):
            def replace(self, name, stream):
                self.addCleanup(setattr, sys, name, getattr(sys, name))
                setattr(sys, name, stream)

            def test_no_stdout(self):
                self.replace("stdout", None)
                print("to nobody")

            @tag("unbuffered")
            def test_failing_without_streams(self):
                self.replace("stdout", None)
                self.replace("stderr", None)
                self.fail("nobody hears it")

            def test_closed(self):
                stream = io.StringIO()
                stream.close()
                self.replace("stdout", stream)
                with self.assertRaises(ValueError):
                    print("to a closed stream")

            def test_input(self):
                self.assertEqual(sys.stdin.read(), "")

        class Folder(SimpleTestCase):
            def test_elsewhere(self):
                self.addCleanup(os.chdir, os.getcwd())
                os.chdir("/")
                self.fail("in another folder")
        """,
        {
            "Case.test_no_stdout": PASSED,
            "Case.test_failing_without_streams": failed("AssertionError: nobody hears it"),
            "Case.test_closed": PASSED,
            "Case.test_input": PASSED,
            "Folder.test_elsewhere": failed("AssertionError: in another folder"),
        },
    ),
    Sample(
        "processes",
        "signals, alarms, threads and child processes of a test's own",
        """
        import os
        import signal
        import subprocess
        import threading
        import time
        from concurrent.futures import ThreadPoolExecutor

        class Case(SimpleTestCase):
            def handle(self, number, handler):
                self.addCleanup(signal.signal, number, signal.signal(number, handler))

            def test_alarm(self):
                def ring(*args):
                    raise KeyError("the test's own alarm")
                self.handle(signal.SIGALRM, ring)
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                with self.assertRaises(KeyError):
                    time.sleep(5)

            def test_interrupt(self):
                got = []
                self.handle(signal.SIGINT, lambda *args: got.append("SIGINT"))
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
                self.assertEqual(got, ["SIGINT"])

            def test_children(self):
                self.assertEqual(subprocess.run(["true"]).returncode, 0)
                child = os.fork()
                if not child:
                    os._exit(7)
                self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)

            def test_reaping(self):
                try:
                    while os.waitpid(-1, os.WNOHANG) != (0, 0):
                        pass
                except ChildProcessError:
                    pass

            def test_threads(self):
                with ThreadPoolExecutor(2) as pool:
                    self.assertEqual(sum(pool.map(int, "123")), 6)
                thread = threading.Thread(target=lambda: None)
                thread.start()
                thread.join()

            def test_recursion_limit(self):
                self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
                sys.setrecursionlimit(200)
                self.fail("with a low ceiling")
        """,
        {
            "Case.test_alarm": PASSED,
            "Case.test_interrupt": PASSED,
            "Case.test_children": PASSED,
            "Case.test_reaping": PASSED,
            "Case.test_threads": PASSED,
            "Case.test_recursion_limit": failed("AssertionError: with a low ceiling"),
        },
    ),
)
