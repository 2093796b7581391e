"""A run as events, with all that a test can come to, and with names and texts that no report may stumble over."""

from __future__ import annotations

from typing import Any

from greenroom import events
from greenroom.events import Attachment, Event, Frame, LogLine, Problem, Raised
from greenroom.model import TestSpec

BEGAN = 1_700_000_000.0
"""When it began: a Tuesday in November 2023."""
ROOT = "/srv/project"
"""Where its project was."""
NASTY = (
    "]]> <b>&amp;\"quoted\"</b> %0A ::error::x, a|b [c] 'd' `e` ``` # f \\ ${{ g }} @h "
    "\x1b[31mred\x1b[0m \x00 \x85 \u2028 \ufffe \u202e Zürich 🎲 last\r\nline"
)
"""A text with what means something to XML, Markdown, terminals and CI systems."""
_FILE = f"{ROOT}/shop/tests.py"


def problem(kind: events.ProblemKind, message: str, line: int = 10, **about: Any) -> Problem:
    """A problem with a traceback through the test and through somebody else's code."""
    name = "AssertionError" if kind == "failure" else "ValueError"
    frames = (Frame(_FILE, line, "test"), Frame(f"{ROOT}/.venv/lib/site-packages/lib.py", 3, "f"))
    raised = Raised(name, "builtins", message, frames) if kind in {"error", "failure"} else None
    text = f'Traceback (most recent call last):\n  File "{_FILE}", line {line}, in test\n{name}: {message}\n'
    return Problem(kind, text if raised else message, raised=raised, **about)


def sample_run(*, workers: int = 2) -> tuple[Event, ...]:
    """The events of the run.

    Args:
        workers: how many it has; 0: its tests run in the parent.
    """
    tests = _tests(workers)
    ids = [event.test for event in tests]
    planned = [*ids, "shop.tests.Broken.test_never"]
    return (
        events.RunStarted(BEGAN, events.SCHEMA, "0.1.0", "3.13.0", "6.1", seed=7),
        *(
            events.TestPlanned(
                TestSpec(index, test, "unit", test.rpartition(".")[0], file="shop/tests.py", line=index + 1)
            )
            for index, test in enumerate(planned)
        ),
        events.Note(BEGAN, f"Found {len(planned)} test(s)."),
        events.DatabaseStep(BEGAN, "default", "restored", 0.25),
        events.ExecutionStarted(BEGAN + 1, len(planned), workers, "fork" if workers else "", True, 2.5),
        *(events.WorkerStarted(BEGAN + 1, slot + 1, 100 + slot) for slot in range(workers)),
        *(each for event in tests for each in _with_tries(event)),
        events.ChecksFinished(BEGAN + 3, True, 1.5, True),
        events.FixtureFinished(
            BEGAN + 4, "setUpClass (shop.tests.Broken)", "error", min(workers, 1), (problem("error", NASTY, 40),)
        ),
        events.GroupFinished(BEGAN + 4, "shop.tests.Prices", len(tests), 3.5, 0.5, min(workers, 1)),
        events.TestsNotRun(BEGAN + 5, tuple(planned[-1:]), "a class or module fixture failed or skipped them"),
        _end(tests, workers),
    )


def _tests(workers: int) -> list[events.TestFinished]:
    made: list[events.TestFinished] = []

    def test(test_id: str, /, outcome: Any, *problems: Problem, **about: Any) -> None:
        index = len(made)
        at, worker = BEGAN + 1 + index / 4, 1 + index % workers if workers else 0
        made.append(
            events.TestFinished(at, test_id, index, 0.125 * (index + 1), outcome, worker, tuple(problems), **about)
        )  # fmt: skip

    test("shop.tests.Prices.test_sum", "passed")
    test("shop.tests.Prices.test_fails", "failed", problem("failure", NASTY), output=NASTY, logs=(_log(),))
    test("shop.tests.Prices.test_breaks", "error", problem("error", "no"), attachments=(_attachment(),))
    both = problem("failure", "1 != 2", subtest="(n=1)"), problem("error", "also", subtest="[<x>] (n=2)")
    test("shop.tests.Prices.test_subtests", "error", *both)
    test("shop.tests.Prices.test_skips", "skipped", Problem("skip", NASTY))
    test("shop.tests.Prices.test_known", "expected_failure", Problem("expected_failure"))
    test("shop.tests.Prices.test_surprise", "unexpected_success", Problem("unexpected_success"))
    test("shop.tests.Prices.test_flaky", "passed", attempts=3, flaky=True)
    test("shop.tests.Prices.test_hopeless", "failed", problem("failure", "third", 30), attempts=3)
    test("shop.tests.Prices.test_allowed", "failed", problem("failure", "let be"), quarantined=True)
    test(f"shop/tests.py::TestNode::test_it[{NASTY}]", "failed", problem("failure", ""), name="node")
    test("shop.tests.Prices.test_cut_off", "passed", interrupted=True)
    return made


def _with_tries(event: events.TestFinished) -> tuple[Event, ...]:
    words = ("first", "second")[: event.attempts - 1]
    tries = tuple(
        events.AttemptFailed(
            event.at, event.test, event.index, number, 3, 0.5, "error" if number == 2 else "failed", event.worker,
            (problem("error" if number == 2 else "failure", word, 20 + number),), output=f"try {number}",
        )
        for number, word in enumerate(words, 1)
    )  # fmt: skip
    return events.TestStarted(event.at, event.test, event.index, event.worker), *tries, event


def _log() -> LogLine:
    return LogLine(BEGAN + 2, "WARNING", "shop.prices", f"odd: {NASTY}", "shop/prices.py", 5)


def _attachment() -> Attachment:
    return Attachment("shot <1>.png", ".greenroom/attachments/run/2-shot.png", "image/png", 3)


def _end(tests: list[events.TestFinished], workers: int) -> events.RunFinished:
    kinds = [each.kind for event in tests if not event.interrupted and not event.quarantined for each in event.problems]
    return events.RunFinished(
        BEGAN + 6, 5.0, 1, len(tests) - 1, kinds.count("failure"), kinds.count("error") + 1, kinds.count("skip"),
        kinds.count("expected_failure"), kinds.count("unexpected_success"), flaky=1, quarantined=1, not_run=1,
        workers=workers, seed=7,
    )  # fmt: skip
