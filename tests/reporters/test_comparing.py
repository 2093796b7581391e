"""Two runs side by side, and what is to run again."""

from __future__ import annotations

from typing import Any

from greenroom.events import Event, FixtureFinished, RunFinished, RunStarted, TestFinished, TestPlanned, TestsNotRun
from greenroom.model import TestSpec
from greenroom.reporters.again import again
from greenroom.reporters.comparing import Ran, Verdict, compare, ran_of

CASE = "app.tests.Case"


def a_run(*tests: tuple[str, str], planned: str = "", **about: Any) -> list[Event]:
    """A run with tests by name and outcome, and others that were planned."""
    names = [*(name for name, _ in tests), *planned.split()]
    return [
        RunStarted(1.0, 1, "0.1", "3", "6", seed=about.get("seed")),
        *(TestPlanned(TestSpec(index, f"{CASE}.{name}", "unit", CASE)) for index, name in enumerate(names)),
        *(
            TestFinished(2.0, f"{CASE}.{name}", index, 0.1, outcome)  # type: ignore[arg-type]
            for index, (name, outcome) in enumerate(tests)
        ),
        *about.get("more", ()),
    ]


END = RunFinished(9.0, 1.0, 1, 2)


def test_each_change_has_its_place() -> None:
    """Every pair of outcomes."""
    first = Ran({name: Verdict(outcome, 1.0) for name, outcome in {
        "a": "passed", "b": "failed", "c": "failed", "d": "passed", "e": "passed", "f": "failed", "g": "flaky", "h": "passed",
    }.items()}, {"setUpClass (x)": Verdict("error"), "setUpClass (y)": Verdict("error")})  # fmt: skip
    second = Ran({
        "a": Verdict("error", 1.0), "b": Verdict("flaky", 9.0), "c": Verdict("error", 9.0), "d": Verdict("not_run"),
        "e": Verdict("passed", 2.5), "f": Verdict("not_run"), "g": Verdict("unexpected_success"), "new": Verdict("failed"),
        "fine": Verdict("passed"),
    }, {"setUpClass (y)": Verdict("error"), "setUpClass (z)": Verdict("error")})  # fmt: skip
    found = compare(first, second, factor=2.0, least=0.1)
    named = {name: [change.test for change in getattr(found, name)] for name in found.__struct_fields__}
    assert named == {
        "failing": ["a", "g", "new", "setUpClass (z)"],
        "passing": ["b", "setUpClass (x)"],
        "still_failing": ["c", "setUpClass (y)"],
        "slower": ["e"],
        "vanished": ["h"],
        "new": ["fine", "new"],
        "not_run": ["d", "f"],
    }


def test_slow_is_both_so_many_times_and_so_much_longer() -> None:
    """A test of a millisecond that takes three is none."""
    first = Ran({"quick": Verdict("passed", 0.001), "slow": Verdict("passed", 1.0)})
    second = Ran({"quick": Verdict("passed", 0.01), "slow": Verdict("passed", 1.5)})
    assert [change.test for change in compare(first, second, factor=2.0, least=0.1).slower] == []
    assert [change.test for change in compare(first, second, factor=1.4, least=0.1).slower] == ["slow"]
    assert [change.test for change in compare(first, second, factor=1.4, least=0.0).slower] == ["quick", "slow"]


def test_what_a_recording_says() -> None:
    """Of a test that ran several times the worst counts; one that was planned and never ended did not run."""
    twice = TestFinished(3.0, f"{CASE}.a", 0, 5.0, "failed")
    interrupted = TestFinished(3.0, f"{CASE}.c", 2, 0.0, "error", interrupted=True)
    ran = ran_of(a_run(("a", "passed"), ("b", "passed"), planned="c d", more=[twice, interrupted]))
    assert (ran.ended, ran.tests) == (
        False,
        {
            f"{CASE}.a": Verdict("failed", 5.0),
            f"{CASE}.b": Verdict("passed", 0.1),
            f"{CASE}.c": Verdict("not_run"),
            f"{CASE}.d": Verdict("not_run"),
        },
    )


def test_what_is_to_run_again() -> None:
    """What failed, what was cut off, what never began; of a class whose tear-down failed all."""
    events = a_run(
        ("good", "passed"), ("skipped", "skipped"), ("bad", "failed"), ("surprise", "unexpected_success"),
        planned="never", seed=5, more=[TestsNotRun(3.0, ("other.Tests.test_x",), "failfast"), END],
    )  # fmt: skip
    found = again(events, failed=True)
    assert list(found.tests) == [
        *(f"{CASE}.{name}" for name in ("bad", "surprise", "never")), "other.Tests.test_x",
    ]  # fmt: skip
    assert (found.seed, found.exit_code, found.tests["other.Tests.test_x"]) == (5, 1, "other.Tests")
    assert len(again(events, failed=False).tests) == 6
    torn = FixtureFinished(4.0, f"tearDownClass ({CASE})", "error")
    assert len(again([*events, torn], failed=True).tests) == 6
    module = FixtureFinished(4.0, "tearDownModule (app.tests)", "error")
    assert len(again([*events, module], failed=True).tests) == 6
    other = FixtureFinished(4.0, "tearDownModule (app.test)", "error")
    assert len(again([*events, other], failed=True).tests) == 4
