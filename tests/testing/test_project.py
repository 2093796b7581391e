"""Generated projects and the subprocesses that run them, proved on stock Django."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import Hung, Project, check, check_stream, masked, write_model_project
from greenroom.testing.outcomes import MODEL
from greenroom.testing.sample import PASSED, Sample, failed

if TYPE_CHECKING:
    from collections.abc import Callable

TESTS = """\
    from django.test import SimpleTestCase, TestCase
    from shop.models import Item

    class Rows(TestCase):
        def test_rows(self):
            Item.objects.create(name="x")

    class Simple(SimpleTestCase):
        def test_fails(self):
            self.fail("on purpose")
        def test_prints(self):
            print("printed")
    """


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """Three tests, one of which fails."""
    return make_project(files={"shop/tests.py": TESTS})


OUTCOMES = {
    "shop.tests.Rows.test_rows": "passed",
    "shop.tests.Simple.test_fails": "failed",
    "shop.tests.Simple.test_prints": "passed",
}


@pytest.mark.parametrize("args", [[], ["--parallel", "2"]], ids=["serial", "parallel"])
def test_a_stock_run_is_recorded(project: Project, args: list[str]) -> None:
    """A run under stock gives its outcomes, its order and its report, and its events keep the rules."""
    ran = project.manage_test(*args, runner="stock")
    check_stream(ran.events)
    assert ran.returncode == 1
    assert ran.outcomes == OUTCOMES
    assert sorted(ran.order) == sorted(OUTCOMES)
    assert ran.summary.failures == 1
    assert "printed" in ran.stdout
    [section] = ran.report.sections
    assert "on purpose" in section.body
    assert ran.left_behind == ()


def test_recording_does_not_show(project: Project) -> None:
    """The recorded stock runner prints what Django's own prints."""
    recorded = project.manage_test("-v", "2", runner="stock")
    plain = project.manage_test("-v", "2", runner="django.test.runner.DiscoverRunner")
    assert masked(recorded.stdout) == masked(plain.stdout)
    assert masked(recorded.stderr) == masked(plain.stderr)
    assert plain.log is None
    with pytest.raises(AssertionError, match="wrote no events"):
        _ = plain.events


def test_stock_does_not_import_greenroom(project: Project) -> None:
    """The stock side of a comparison is free of greenroom."""
    project.write(
        "shop/tests.py",
        "import sys, unittest\nclass A(unittest.TestCase):\n"
        " def test_it(self): self.assertFalse([m for m in sys.modules if m.startswith('greenroom')])\n",
    )
    assert project.manage_test(runner="stock").returncode == 0


@pytest.mark.parametrize("databases", ["memory", "file", "two", "none"])
def test_databases(make_project: Callable[..., Project], databases: str) -> None:
    """A project has the databases that it was asked for."""
    project = make_project(
        databases=databases,
        files={
            "shop/tests.py": "import unittest\nfrom django.db import connections\nclass A(unittest.TestCase):\n"
            " def test_it(self): print('names', sorted(connections.settings))\n"
        },
    )
    expected = {"two": "['default', 'other']"}.get(databases, "['default']")
    assert f"names {expected}" in project.manage_test(runner="stock").stdout


def test_settings_files_and_apps(make_project: Callable[..., Project]) -> None:
    """Settings, apps and files are added to what every project has; a second version of a file replaces the first."""
    project = make_project(
        apps=["django.contrib.contenttypes"],
        settings="MARK = 5",
        files={
            "shop/tests.py": "import unittest\nclass A(unittest.TestCase):\n def test_it(self): self.fail('first')\n"
        },
    )
    assert project.manage_test(runner="stock").returncode == 1
    project.write(
        "shop/tests.py",
        """\
        import unittest
        from django.apps import apps
        from django.conf import settings

        class A(unittest.TestCase):
            def test_it(self):
                self.assertEqual(settings.MARK, 5)
                self.assertTrue(apps.is_installed("django.contrib.contenttypes"))
        """,
    )
    assert project.manage_test(runner="stock").returncode == 0


def test_the_environment_is_clean(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What configures Django or greenroom outside does not reach a project; what a test gives does."""
    monkeypatch.setenv("DJANGO_TEST_PROCESSES", "7")
    monkeypatch.setenv("GREENROOM_TIMEOUT", "1")
    program = "import os; print({n: v for n, v in os.environ.items() if n.startswith(('DJANGO', 'GREENROOM', 'OWN'))})"
    ran = project.start(
        sys.executable, "-c", program, env={"OWN": "1", "GREENROOM_EVENTS": "", "GREENROOM_CACHE": ""}
    ).finish()
    assert ran.stdout == "{'OWN': '1'}\n"


def test_a_hang_is_a_failure_with_its_stack(project: Project) -> None:
    """A run that does not end in time fails the test, with its output and its stacks, and leaves no process."""
    project.write(
        "shop/tests.py",
        "import time, unittest\nclass A(unittest.TestCase):\n def test_it(self): print('so far', flush=True); time.sleep(900)\n",
    )
    with pytest.raises(Hung) as caught:
        project.manage_test(runner="stock", timeout=3)
    assert "did not end in 3 s" in str(caught.value)
    assert "so far" in str(caught.value)
    assert "in test_it" in str(caught.value)


def test_a_grandchild_does_not_hold_up_the_harness(project: Project) -> None:
    """A process that a run leaves behind is told of and killed; the harness does not wait for it."""
    program = "import subprocess; print(subprocess.Popen(['sleep', '900']).pid)"
    ran = project.start(sys.executable, "-c", program).finish()
    assert ran.left_behind == (int(ran.stdout),)
    state = Path(f"/proc/{ran.left_behind[0]}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


WAITING = """\
    import signal, sys, time
    from pathlib import Path
    Path("ready").touch()
    print("ready to be stopped", flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(42)
    """


@pytest.mark.parametrize("group", [True, False], ids=["group", "process"])
def test_signals(project: Project, *, group: bool) -> None:
    """A run can be started, waited for by a file or a text, and sent a signal."""
    project.write("waiting.py", WAITING)
    started = project.start(sys.executable, "waiting.py")
    started.process.wait_for_file(project.root / "ready")
    started.process.wait_for_text("ready to be stopped")
    started.process.send(signal.SIGINT, group=group)
    assert started.finish().returncode == 42
    started = project.start(sys.executable, "waiting.py")
    started.process.wait_for_text("ready to be stopped")
    started.process.send(signal.SIGKILL)
    assert started.finish().returncode == -signal.SIGKILL


def test_waiting_in_vain(project: Project) -> None:
    """Waiting for what does not come ends with the output shown: when the time is up, or when the process ends."""
    project.write("waiting.py", WAITING)
    with pytest.raises(Hung, match=r"waited 0\.5 s in vain for the file nothing"):
        project.start(sys.executable, "waiting.py").process.wait_for_file(project.root / "nothing", timeout=0.5)
    with pytest.raises(Hung, match="ended with 0 before the output 'nothing'"):
        project.start(sys.executable, "-c", "pass").process.wait_for_text("nothing")


def test_typed_input(project: Project) -> None:
    """A run can read what the test types."""
    assert project.start(sys.executable, "-c", "print(input() * 2)", stdin="ab\n").finish().stdout == "abab\n"


@pytest.mark.parametrize("args", [[], ["--buffer"], ["-v", "2"]], ids=" ".join)
def test_stock_agrees_with_the_model(make_project: Callable[..., Project], args: list[str]) -> None:
    """The model of outcomes is stock Django's."""
    project = make_project()
    samples = [sample for sample in MODEL if not sample.bounded]
    if "--buffer" in args:
        # These raise in unittest's own buffering, and end stock's run there.
        samples = [sample for sample in samples if sample.name not in {"late_errors", "streams"}]
    write_model_project(project, samples)
    check(project.manage_test(*args, runner="stock"), samples)


def test_the_model_notices_a_difference(make_project: Callable[..., Project]) -> None:
    """A run that differs from the model is refused, with all the differences at once."""
    source = """
        class Case(SimpleTestCase):
            def test_a(self): self.fail("one thing")
            def test_b(self): self.fail("another")
            def test_c(self): pass
        """
    truth = Sample(
        "s", "", source, {"Case.test_a": failed("one thing"), "Case.test_b": failed(), "Case.test_c": PASSED}
    )
    lie = Sample("s", "", source, {"Case.test_a": failed("a thing"), "Case.test_b": PASSED, "Case.test_d": PASSED})
    project = make_project()
    write_model_project(project, [truth])
    ran = project.manage_test(runner="stock")
    check(ran, [truth])
    with pytest.raises(AssertionError) as caught:
        check(ran, [lie])
    for part in (
        "Case.test_a should tell 'a thing'",
        "Case.test_b should be passed and is failed",
        "Case.test_c should start 0 times and started 1 times",
        "Case.test_d should start 1 times and started 0 times",
        "the verdict should count {'failures': 1}",
    ):
        assert part in str(caught.value)
