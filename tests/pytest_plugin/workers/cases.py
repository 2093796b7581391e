"""Suites that workers run."""

from __future__ import annotations

ODD = {
    "test_odd.py": """\
        import gc
        import os
        import warnings
        import pytest
        from django.contrib.auth.models import User
        from django.test import TestCase

        class Careful(UserWarning):
            def __init__(self, much, more):
                self.much = much
            def __str__(self):
                return f"careful, {self.much}"

        @pytest.fixture(scope="session")
        def broken():
            raise RuntimeError("no session for you")

        @pytest.fixture(scope="session")
        def late():
            yield
            print("the last words")
            raise RuntimeError("the session can't end")

        def test_passes():
            pass

        def test_the_garbage_collector_knows_all():
            assert any(each is Careful for each in gc.get_objects())

        def test_warns():
            warnings.warn(Careful("very", 2))

        def test_prints_and_fails(capsys):
            print("said")
            assert [1, 2, 3] == [1, 2, 4]

        def test_logs(caplog):
            import logging
            logging.getLogger("shop").warning("hm")
            assert "hm" in caplog.text
            raise ExceptionGroup("two", [ValueError(1), TypeError("\\udc80")])

        @pytest.mark.parametrize("value", ["\\udc80", "é", b"\\x00"])
        def test_values(value):
            assert value == 1

        def test_first(broken):
            pass

        def test_second(broken):
            pass

        def test_late(late):
            pass

        def test_property(record_property):
            record_property("pair", (1, 2))

        @pytest.mark.skip(reason="not now")
        def test_skipped():
            pass

        @pytest.mark.xfail(reason="as ever")
        def test_expected():
            assert 0

        @pytest.mark.xfail(strict=True)
        def test_unexpected():
            pass

        def test_subtests(subtests):
            for n in range(3):
                with subtests.test("n", n=n):
                    assert n != 1

        def test_marks_itself(request):
            request.node.add_marker("slow")

        class CaseTests(TestCase):
            def test_rows(self):
                User.objects.create(username="lynx")

            def test_sub(self):
                for n in range(3):
                    with self.subTest(n=n):
                        self.assertNotEqual(n, 1)
        """,
    "test_more.py": """\
        import pytest
        from django.contrib.auth.models import User

        def test_attribute(record_xml_attribute, request):
            record_xml_attribute("assertions", "at once")
            request.addfinalizer(lambda: record_xml_attribute("status", "late"))

        @pytest.mark.parametrize("n", range(10))
        def test_rows(db, n):
            User.objects.create(username="lynx")
            assert User.objects.count() == 1

        def test_commits(transactional_db):
            User.objects.create(username="boar")

        def test_nothing_is_left(db):
            assert not User.objects.exists()
        """,
}
MODULES = """\
    import pytest

    @pytest.fixture(scope="module")
    def of_module():
        yield
        print("the last words")
        raise ValueError("the module can't end")

    def test_first(of_module):
        pass

    def test_last():
        pass
    """
LOSSES = {
    "test_lost.py": """\
        import ctypes
        import os
        import signal
        import time
        from django.contrib.auth.models import User

        def rows():
            User.objects.create(username="lynx")
            assert User.objects.count() == 1

        def test_a(db):
            rows()

        def test_b(db):
            os.kill(os.getpid(), signal.SIGKILL)

        def test_c(db):
            rows()

        def test_d(db):
            ctypes.string_at(0)

        def test_e(db):
            rows()

        def test_f(db):
            os._exit(0)

        def test_g(db):
            rows()

        def test_h(db):
            while True:
                try:
                    time.sleep(60)
                except BaseException:
                    pass

        def test_i(db):
            time.sleep(60)

        def test_j(db):
            rows()
        """,
}
STOPS = {
    "fails": ("assert 0", ["-x"]),
    "maxfail": ("assert 0", ["--maxfail=2"]),
    "exit": ("pytest.exit('that will do', returncode=7)", []),
    "interrupt": ("raise KeyboardInterrupt", []),
    "should_stop": ("request.session.shouldstop = 'enough'", []),
    "should_fail": ("request.session.shouldfail = 'too much'", []),
}
