"""Profiles, overrides and `-E` through `manage.py test`, `greenroom list` and `greenroom config`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from greenroom.testing import check_stream
from tests.e2e.support import FORK, SERIAL, SPAWN, Mode, in_main_modes

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project, Ran

TESTS = """\
import os
import time
from pathlib import Path

import greenroom
from django.test import SimpleTestCase, TestCase, tag
from shop.models import Item

HERE = Path(__file__).parent


class Quick(SimpleTestCase):
    def test_plain(self): pass

    @tag("slow")
    def test_tagged(self): pass

    @tag("stuck")
    @greenroom.timeout(60)
    def test_stuck(self): time.sleep(30)


@tag("rows")
class Rows(TestCase):
    def test_flaky(self):
        with (HERE / "tries").open("a") as file:
            file.write("x")
        self.assertGreater((HERE / "tries").stat().st_size, 1)

    def test_known(self): self.fail("everybody knows")

    def test_fails(self): self.fail("nobody knew")


class Alone(SimpleTestCase):
    def one_at_a_time(self):
        os.close(os.open(HERE / "lock", os.O_CREAT | os.O_EXCL))
        time.sleep(0.4)
        os.unlink(HERE / "lock")


class One(Alone):
    def test_one(self): self.one_at_a_time()


class Two(Alone):
    def test_two(self): self.one_at_a_time()
"""
CONFIGURATION = """\
[tool.greenroom]
timeout = 50

[tool.greenroom.profiles.base]
retry-delay = 0.01

[tool.greenroom.profiles.ci]
inherits = "base"
[[tool.greenroom.profiles.ci.overrides]]
filter = "test(*.Rows.test_known)"
quarantine = "everybody knows"

[[tool.greenroom.overrides]]
filter = "tag(stuck)"
timeout = 0.3
[[tool.greenroom.overrides]]
filter = "kind(database) & app(shop) - name(fails)"
retries = 2
[[tool.greenroom.overrides]]
filter = "class(One, Two)"
mutex = "the lock"
retries = 0
"""
FILES = {"shop/tests.py": TESTS, "pyproject.toml": CONFIGURATION}


@pytest.fixture(scope="module")
def shared(make_shared_project: Callable[..., Project]) -> Project:
    """For runs that leave nothing behind."""
    return make_shared_project(files=FILES)


def ids(ran: Ran) -> list[str]:
    """The tests that ran, without their module."""
    return sorted(event.test.removeprefix("shop.tests.") for event in ran.events.finished)


@in_main_modes
def test_overrides_act_on_their_tests_alone(make_project: Callable[..., Project], mode: Mode) -> None:
    """Time limit, retries, quarantine and mutex, the same in each process and however it is started."""
    project = make_project(files=FILES)
    ran = project.manage_test("--profile", "ci", *mode.args, start_method=mode.start_method)
    check_stream(ran.events)
    assert {
        event.test.removeprefix("shop.tests."): (event.outcome, event.attempts, event.flaky, event.quarantine)
        for event in ran.events.finished
    } == {
        "Quick.test_plain": ("passed", 1, False, ""),
        "Quick.test_tagged": ("passed", 1, False, ""),
        "Quick.test_stuck": ("error", 1, False, ""),
        "Rows.test_flaky": ("passed", 2, True, ""),
        "Rows.test_known": ("failed", 1, False, "everybody knows"),
        "Rows.test_fails": ("failed", 1, False, ""),
        "One.test_one": ("passed", 1, False, ""),
        "Two.test_two": ("passed", 1, False, ""),
    }, ran
    assert "longer than 0.3 seconds" in ran.output
    assert ran.returncode == 1


def test_without_the_profile_its_overrides_say_nothing(make_project: Callable[..., Project]) -> None:
    """`test_known` is tried again by the override of all runs, and fails."""
    ran = make_project(files=FILES).manage_test("-E", "name(known)")
    [event] = ran.events.finished
    assert (event.outcome, event.attempts, event.quarantined) == ("failed", 3, False), ran
    assert ran.returncode == 1


def test_what_the_command_line_says_of_all_does_not_undo_an_override(make_project: Callable[..., Project]) -> None:
    """What is said of some goes before what is said of all; the budget stops all retries."""
    project = make_project(files=FILES)
    [event] = project.manage_test("-E", "name(known)", "--retries", "0").events.finished
    assert event.attempts == 3
    [event] = project.manage_test("-E", "name(known)", "--retry-budget", "0").events.finished
    assert event.attempts == 1


@pytest.mark.parametrize("mode", [SERIAL, FORK, SPAWN], ids=str)
def test_a_filter_chooses(shared: Project, mode: Mode) -> None:
    """Any of several; the variable, the profile and the file say it too."""
    ran = shared.manage_test(
        "-E", "kind(unit) - tag(stuck) - class(/^(One|Two)$/)", "--filter", "class(=One)", *mode.args,
        start_method=mode.start_method,
    )  # fmt: skip
    assert ids(ran) == ["One.test_one", "Quick.test_plain", "Quick.test_tagged"], ran
    assert ran.returncode == 0


def test_a_filter_of_a_variable_and_by_file(shared: Project) -> None:
    """The command line takes the place of the variable."""
    variable = {"GREENROOM_FILTER": "file(shop/tests.py) & tag(slow, none)"}
    assert ids(shared.manage_test(env=variable)) == ["Quick.test_tagged"]
    assert ids(shared.manage_test("-E", "name(=test_plain)", env=variable)) == ["Quick.test_plain"]


def test_a_filter_that_means_nothing(shared: Project) -> None:
    """Is told, with exit code 4."""
    ran = shared.manage_test("-E", "tag(nothing)")
    assert ran.returncode == 4
    assert "no tests were found that tag(nothing) means" in ran.stderr


def test_a_module_that_cannot_be_loaded_is_never_left_out(make_project: Callable[..., Project]) -> None:
    """Nobody knows what is in it."""
    project = make_project(files={"shop/test_broken.py": "import nowhere\n", "shop/test_x.py": "", **FILES})
    project.write("pyproject.toml", '[[tool.greenroom.overrides]]\nfilter = "all()"\nquarantine = "all of it"\n')
    ran = project.manage_test("-E", "tag(nothing)")
    assert ran.returncode == 1, ran
    assert [event.quarantined for event in ran.events.finished] == [False]


def test_slow_tests_are_known_from_earlier_runs(make_project: Callable[..., Project]) -> None:
    """Those that never ran are neither slow nor quick."""
    source = "import time\nfrom django.test import SimpleTestCase\nclass Case(SimpleTestCase):\n" + "".join(
        f"    def test_{name}(self): time.sleep({seconds})\n" for name, seconds in [("long", 0.4), ("short", 0)]
    )
    project = make_project(files={"shop/tests.py": source})
    assert project.manage_test("-E", "slow(>0)").returncode == 4
    project.manage_test()
    assert ids(project.manage_test("-E", "slow(>200ms)")) == ["Case.test_long"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ("-E", "kind(untis)"),
            ["Option -E: column 6 of the filter: there is no kind of tests 'untis'", "     ^", "unit"],
        ),
        (("--profile", "cii"), ["Option --profile: there is no profile 'cii'", "Did you mean ci?"]),
    ],
)
def test_mistakes_end_the_command(shared: Project, args: tuple[str, ...], words: list[str]) -> None:
    """Exit code 2, and no traceback."""
    for ran in (shared.manage_test(*args), shared.greenroom("list", *args), shared.greenroom("config", *args)):
        assert ran.returncode == 2, ran
        assert all(word in ran.stderr for word in words), ran
        assert "Traceback" not in ran.stderr


def test_list_takes_filters_and_profiles(shared: Project) -> None:
    """As a run does."""
    ran = shared.greenroom("list", "--profile", "ci", "-E", "tag(rows)", "--json")
    found = json.loads(ran.stdout)
    tests = found["tests"] if isinstance(found, dict) else found
    assert [test["id"].rpartition(".")[2] for test in tests] == ["test_fails", "test_flaky", "test_known"]


def test_config_says_where_each_value_comes_from(shared: Project) -> None:
    """The file and its line, the profile, the variable, the command line; the default on demand."""
    ran = shared.greenroom("config", "--profile", "ci", "--flaky", "fail", env={"GREENROOM_REPEAT": "2"})
    rows = {line.split()[0]: line.split()[1:] for line in ran.stdout.partition("\noverride")[0].splitlines() if line}
    assert rows["timeout"] == ["50.0", "pyproject.toml:2"], ran
    assert rows["retry-delay"] == ["0.01", "pyproject.toml:5", "(profile", "base)"]
    assert rows["repeat"] == ["2", "GREENROOM_REPEAT"]
    assert rows["flaky"] == ["fail", "command", "line:", "--flaky"]
    assert rows["profile"] == ["ci", "command", "line:", "--profile"]
    assert "log-level" not in rows
    assert "quarantine  everybody knows" in ran.stdout
    assert "log-level" in shared.greenroom("config", "--all").stdout


def test_config_in_json(shared: Project) -> None:
    """All of it, for programs."""
    whole = json.loads(shared.greenroom("config", "--profile", "ci", "--json").stdout)
    values = {row["key"]: (row["value"], row["from"]) for row in whole["values"]}
    assert values["timeout"] == (50.0, ["pyproject.toml:2"])
    assert values["log-level"] == ("debug", ["default"])
    assert whole["profiles"] == ["base", "ci"]
    assert whole["overrides"][0] == {
        "filter": "test(*.Rows.test_known)",
        "from": "pyproject.toml:9",
        "settings": {"quarantine": "everybody knows"},
    }


def test_config_of_a_test(shared: Project) -> None:
    """What counts for it, and who says so: an override, the test itself, the configuration."""
    ran = shared.greenroom("config", "--profile", "ci", "--json", "--test", "shop")
    found = {test["test"].removeprefix("shop.tests."): test["policy"] for test in json.loads(ran.stdout)}
    assert found["Quick.test_stuck"]["timeout"] == {"value": 0.3, "from": "pyproject.toml:13: tag(stuck)"}
    assert found["Quick.test_plain"]["timeout"] == {"value": 50.0, "from": "pyproject.toml:2"}
    known = found["Rows.test_known"]
    assert known["quarantine"] == {"value": "everybody knows", "from": "pyproject.toml:9: test(*.Rows.test_known)"}
    assert known["retry-delay"] == {"value": 0.01, "from": "pyproject.toml:5 (profile base)"}
    assert found["Rows.test_fails"]["retries"] == {"value": 0, "from": "default"}
    assert found["One.test_one"]["mutex"]["value"] == ["the lock"]
    assert "Rows.test_flaky" in shared.greenroom("config", "--test", "shop.tests.Rows").stdout


PYTEST = """\
    import time
    from pathlib import Path

    import pytest

    def test_plain(): pass

    @pytest.mark.slow
    def test_marked(tmp_path):
        file = Path(__file__).with_name("count")
        with file.open("a") as more:
            more.write("x")
        assert file.stat().st_size > 1

    @pytest.mark.stuck
    def test_stuck(db): time.sleep(30)
    """


@in_main_modes
def test_tests_of_pytests_are_meant_as_all_others(make_project: Callable[..., Project], mode: Mode) -> None:
    """Their marks are tags; retries and time limits act on them."""
    project = make_project(
        files={
            "shop/test_functions.py": PYTEST,
            "pytest.ini": "[pytest]\nmarkers =\n    slow\n    stuck\n",
            "pyproject.toml": """\
                [[tool.greenroom.overrides]]
                filter = "kind(database) & tag(stuck) & app(shop)"
                timeout = 0.3
                [[tool.greenroom.overrides]]
                filter = "test(shop/test_functions.py::test_marked)"
                retries = 1
                """,
        }
    )
    ran = project.manage_test("-E", "tag(slow, stuck)", *mode.args, start_method=mode.start_method)
    told = {event.test.rpartition(":")[2]: (event.outcome, event.flaky) for event in ran.events.finished}
    assert told == {"test_marked": ("passed", True), "test_stuck": ("failed", False)}, ran
    assert "longer than 0.3 seconds" in ran.output
