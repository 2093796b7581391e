"""Test functions of every sort: some go the fast path, some may not."""

FUNCTIONS = {
    "conftest.py": """\
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def of_session():
            print("session begins")
            yield
            print("session ends")
        """,
    "test_plain.py": """\
        import logging
        import os
        import sys
        import threading
        import unittest.mock
        import warnings

        import pytest
        from django.contrib.auth.models import User
        from django.core import mail

        SEEN = []

        def setup_module(module):
            SEEN.append("set up")

        def teardown_module(module):
            print("module ends")

        def test_first():
            assert SEEN == ["set up"]

        def test_passes():
            assert os.environ["PYTEST_CURRENT_TEST"] == "test_plain.py::test_passes (call)"

        def test_fails():
            print("said")
            sys.stderr.write("on stderr")
            logging.getLogger("shop").warning("logged")
            left, right = {"a": [1, 2, 3]}, {"a": [1, 2, 4]}
            assert left == right

        def test_after_a_failure():
            print("all is well")
            logging.getLogger("shop").error("logged, too")

        def test_raises_in_helper():
            def helper():
                raise LookupError("deep")
            helper()

        def test_group():
            raise ExceptionGroup("two", [ValueError(1), TypeError(2)])

        def test_skips():
            pytest.skip("not here")

        def test_expected():
            pytest.xfail("as ever")

        def test_fails_by_hand():
            pytest.fail("by hand", pytrace=False)

        def test_system_exit():
            sys.exit(3)

        def test_warns():
            warnings.warn("careful")

        def test_warns_again():
            warnings.warn("careful")

        def test_filters():
            warnings.simplefilter("error")

        def test_after_filters():
            warnings.warn("no error here")

        def test_no_database():
            User.objects.count()

        def test_mails():
            mail.send_mail("a", "b", "c@example.com", ["d@example.com"])
            assert len(mail.outbox) == 1

        def test_no_mails():
            assert not mail.outbox

        def test_returns():
            return 1

        async def test_async():
            assert 0

        def test_thread():
            def fails():
                raise ValueError("in a thread")
            thread = threading.Thread(target=fails)
            thread.start()
            thread.join()

        def test_unraisable():
            class Dies:
                def __del__(self):
                    raise ValueError("nobody hears")
            Dies()

        def test_handler():
            logging.getLogger().addHandler(logging.NullHandler())
            logging.getLogger().setLevel(logging.DEBUG)

        def test_after_handler():
            logging.getLogger("shop").debug("heard")
            assert 0

        @unittest.mock.patch("os.getcwd", return_value="x")
        def test_patched(getcwd):
            assert os.getcwd() == "x"

        @pytest.mark.parametrize("n", range(3))
        def test_parameters(n):
            assert n != 1

        @pytest.mark.skipif(True, reason="never")
        def test_never():
            assert 0

        @pytest.mark.xfail(strict=True)
        def test_strict():
            pass

        @pytest.mark.slow
        @pytest.mark.other(1)
        def test_marked():
            assert 0

        @pytest.mark.filterwarnings("error")
        def test_filter_mark():
            warnings.warn("an error")

        @pytest.mark.django_db
        def test_mark():
            User.objects.create(username="lynx")

        @pytest.mark.urls("shop.urls")
        def test_urls():
            from django.urls import resolve
            assert resolve("/count/")

        def test_fixture(db):
            User.objects.create(username="lynx")

        def test_reads(request, capsys):
            assert request.node.name == "test_reads"

        def test_subtests(subtests):
            for n in range(2):
                with subtests.test(n=n):
                    assert n

        def test_doubled():
            assert 1

        test_doubled_again = test_doubled

        class TestPlain:
            number = 0

            def test_one(self):
                self.number += 1
                assert self.number == 1

            def test_two(self):
                assert self.number == 0

        test_lambda = lambda: None

        def test_last():
            assert 0, "the last one"
        """,
    "test_around.py": """\
        import pytest

        COUNT = []

        @pytest.fixture(autouse=True)
        def around():
            COUNT.append(1)
            yield
            print("after")

        def test_a():
            assert len(COUNT) == 1

        def test_b():
            assert len(COUNT) == 2
            assert 0
        """,
    "test_wide.py": """\
        import pytest

        @pytest.fixture(scope="module", autouse=True)
        def wide():
            yield [1]
            raise ValueError("the module can't end")

        @pytest.fixture(scope="class", autouse=True)
        def of_class():
            COUNT.append(1)

        COUNT = []

        def test_a():
            assert len(COUNT) == 1

        def test_b():
            assert len(COUNT) == 2
        """,
    "test_broken.py": """\
        import pytest

        @pytest.fixture(scope="module", autouse=True)
        def broken():
            raise ValueError("no module for you")

        def test_a():
            pass

        def test_b():
            pass
        """,
    "test_set_up.py": """\
        def setup_function(function):
            function.seen = True

        def test_a():
            assert test_a.seen

        def test_b():
            assert test_b.seen
            assert 0
        """,
    "test_marks.py": """\
        import pytest

        pytestmark = pytest.mark.django_db

        def test_a():
            from django.contrib.auth.models import User
            User.objects.create(username="lynx")

        def test_b():
            from django.contrib.auth.models import User
            assert not User.objects.exists()
        """,
    "test_late.py": """\
        import pytest

        @pytest.fixture(scope="module")
        def late():
            yield
            raise ValueError("late")

        def test_a(late):
            pass

        def test_b():
            pass

        def test_c():
            assert 0
        """,
    "test_skipped.py": """\
        import pytest

        def setup_module():
            pytest.skip("the whole module")

        def test_a():
            assert 0

        def test_b():
            assert 0
        """,
    "hooked/conftest.py": """\
        def pytest_runtest_call(item):
            print("hooked", item.name)
        """,
    "hooked/test_hooked.py": """\
        def test_a():
            pass

        def test_b():
            assert 0
        """,
    "fixtures/conftest.py": """\
        import pytest

        @pytest.fixture(autouse=True)
        def of_folder(monkeypatch):
            monkeypatch.setenv("FOLDER", "1")
        """,
    "fixtures/test_folder.py": """\
        import os

        def test_a():
            assert os.environ["FOLDER"] == "1"

        def test_b():
            assert os.environ["FOLDER"] == "1"
        """,
}
