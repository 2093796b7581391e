"""The reporters `sql` and `trace`."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.config import Config
from greenroom.errors import ConfigError
from greenroom.events import (
    SCHEMA,
    AttemptFailed,
    DatabaseStep,
    Event,
    ExecutionStarted,
    FixtureFinished,
    GroupFinished,
    Query,
    RunFinished,
    RunStarted,
    TestFinished,
    WorkerLost,
    WorkerStarted,
)
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.sql import Sql
from greenroom.reporters.trace import Trace

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = [RunStarted(10.0, SCHEMA, "1", "3.13", "6.1"), ExecutionStarted(12.0, 2, 2)]
END = RunFinished(20.0, 8.0, 0, 2)


def finished(name: str, queries: int = 0, *, more: int = 0, **about: Any) -> TestFinished:
    """A test that passed after so many different queries from one line."""
    asked = tuple(
        Query(13.0 + number / 10, 0.01, "default", f'SELECT "a"."id" FROM "a" WHERE "a"."id" = {number}', "/p/shop/v.py", 3, "view")
        for number in range(queries)
    )  # fmt: skip
    told = {"outcome": "passed", "worker": 1, **about}
    return TestFinished(13.0, f"shop.tests.C.{name}", 0, 1.0, queries=asked, more_queries=more, **told)


def run(kind: Any, root: Path, events: list[Event], **config: Any) -> tuple[Any, str]:
    """A reporter that was told of events, and what it wrote."""
    out = io.StringIO()
    context = ReporterContext(
        path=root / "trace.json" if kind is Trace else None,
        out=out,
        err=io.StringIO(),
        root=root,
        config=Config(**config),
        environ={},
    )
    reporter = kind(context)
    for event in [*BEGIN, *events, END]:
        reporter.handle(event)
    reporter.flush()
    reporter.close()
    return reporter, out.getvalue()


def test_tests_with_the_most_queries_come_first(tmp_path: Path) -> None:
    """With what was left off counted."""
    _, text = run(Sql, tmp_path, [finished("test_few", 2), finished("test_many", 6, more=100), finished("test_none")])
    assert text.startswith("Queries: 108 in 3 tests, 0.080 s in databases.\n")
    assert text.index("   106  0.060 s  shop.tests.C.test_many") < text.index("     2  0.020 s  shop.tests.C.test_few")
    assert "     6  /p/shop/v.py:3 in view\n" in text


def test_class_fixtures_have_a_list_of_their_own(tmp_path: Path) -> None:
    """By the most that one process asked; they count for no test and no budget, and repeat themselves as tests do."""
    asked = finished("test_a", 6).queries
    events: list[Event] = [
        GroupFinished(14.0, "shop.tests.C", 2, 1.0, 0.5, 1, asked[:2]),
        GroupFinished(14.0, "shop.tests.C", 2, 1.0, 0.5, 2, asked, 10),
        GroupFinished(14.0, "shop.tests.D", 2, 1.0, 0.5),
        FixtureFinished(14.0, "setUpClass (shop.tests.E)", "error", queries=asked[:1]),
        finished("test_none"),
    ]
    reporter, text = run(Sql, tmp_path, events, sql_budget=1)
    assert not reporter.failure
    assert text.startswith("Queries: 0 in 1 tests, ")
    section = "    16  0.060 s  fixtures of shop.tests.C\n     1  0.010 s  setUpClass (shop.tests.E)\n\n"
    assert f"Most queries of class fixtures:\n{section}" in text
    assert "in fixtures of shop.tests.C\n" in text


def test_places_of_several_tests_are_told_once(tmp_path: Path) -> None:
    """By the worst of them; paths within the project are short."""
    events: list[Event] = [finished("test_a", 4), finished("test_b", 9)]
    _, text = run(Sql, tmp_path, events)
    assert text.count("/p/shop/v.py:3 in view") == 1
    assert "     9  /p/shop/v.py:3 in view" in text
    assert "in shop.tests.C.test_a and 1 more" in text


@pytest.mark.parametrize(("budget", "failure"), [(0, ""), (6, ""), (5, "1 test has too many queries")])
def test_a_budget_fails_the_run(tmp_path: Path, budget: int, failure: str) -> None:
    """When a test goes beyond it."""
    reporter, text = run(Sql, tmp_path, [finished("test_a", 6), finished("test_b", 1)], sql_budget=budget)
    assert reporter.failure.startswith(failure)
    assert bool(reporter.failure) == bool(failure)
    assert ("shop.tests.C.test_a: 6 queries, sql-budget allows 5" in text) == bool(failure)


def test_a_baseline_is_made_held_and_changed(tmp_path: Path) -> None:
    """A test with more queries than before fails the run; one with fewer, or a new one, does not."""
    before: list[Event] = [finished("test_a", 3), finished("test_b", 3), finished("test_failing", 5, outcome="failed")]
    about = {"sql_baseline": "queries.json"}
    reporter, text = run(Sql, tmp_path, before, **about)
    assert not reporter.failure
    assert "2 of the tests are not in the baseline" in text
    reporter, _ = run(Sql, tmp_path, before, **about, sql_baseline_update=True)
    kept = json.loads((tmp_path / "queries.json").read_text())
    assert kept == {"version": 1, "tests": {"shop.tests.C.test_a": 3, "shop.tests.C.test_b": 3}}
    after: list[Event] = [finished("test_a", 4), finished("test_b", 2), finished("test_c", 50)]
    reporter, text = run(Sql, tmp_path, after, **about)
    assert reporter.failure == "1 test has too many queries: shop.tests.C.test_a: 4 queries, the baseline has 3"
    reporter, _ = run(Sql, tmp_path, after[:1], **about, sql_baseline_update=True)
    assert not reporter.failure
    kept = json.loads((tmp_path / "queries.json").read_text())
    assert kept["tests"] == {"shop.tests.C.test_a": 4, "shop.tests.C.test_b": 3}


@pytest.mark.parametrize("text", ["", "{}", '{"version": 9, "tests": {}}', '{"version": 1, "tests": {"a": "x"}}'])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    """Before any test runs, in one line."""
    (tmp_path / "queries.json").write_text(text)
    with pytest.raises(ConfigError, match=r"^sql-baseline: .*queries\.json"):
        run(Sql, tmp_path, [], sql_baseline="queries.json")


def test_a_timeline_has_spans_in_each_lane(tmp_path: Path) -> None:
    """Set-up, databases, classes, tests, their tries and their SQL; microseconds."""
    attempt = AttemptFailed(12.5, "shop.tests.C.test_a", 0, 1, 2, 0.25, "failed", 2)
    events: list[Event] = [
        WorkerStarted(12.1, 1, 77),
        DatabaseStep(12.0, "default", "restored", 0.5),
        attempt,
        finished("test_a", 1, attempts=2, flaky=True),
        GroupFinished(14.5, "shop.tests.C", 1, 2.0, 1.0, 1),
        WorkerLost(15.0, 2, 78, "was killed"),
    ]
    run(Trace, tmp_path, events)
    told = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    spans = {(each["cat"], each["name"]): each for each in told if each["ph"] == "X"}
    assert (spans["run", "set-up"]["ts"], spans["run", "set-up"]["dur"]) == (10e6, 2e6)
    assert spans["database", "restored default"]["ts"] == 11.5e6
    assert (spans["class", "shop.tests.C"]["ts"], spans["class", "shop.tests.C"]["tid"]) == (12.5e6, 1)
    assert spans["test", "C.test_a"]["args"]["flaky"] is True
    [sql] = [each for (kind, _), each in spans.items() if kind == "sql"]
    assert (sql["tid"], sql["dur"], sql["args"]["from"]) == (1, 1e4, "/p/shop/v.py:3 in view")
    assert [each["tid"] for each in told if each["name"] == "C.test_a"] == [2, 1]
    lanes = {each["tid"]: each["args"]["name"] for each in told if each["name"] == "thread_name"}
    assert lanes == {0: "run", 1: "worker 1", 2: "worker 2"}
    assert [each["name"] for each in told if each["ph"] == "i"] == ["ready", "lost: was killed"]


def test_a_timeline_of_nothing_is_whole(tmp_path: Path) -> None:
    """A run that never came to its tests."""
    run(Trace, tmp_path, [])
    assert json.loads((tmp_path / "trace.json").read_text())["displayTimeUnit"] == "ms"
