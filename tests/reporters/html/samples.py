"""Runs that pages are made of."""

from __future__ import annotations

import msgspec

from greenroom.events import (
    Attachment,
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    FixtureFinished,
    Frame,
    LogLine,
    Note,
    Problem,
    Query,
    Raised,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    WorkerLost,
    WorkerStarted,
)
from greenroom.model import Kind, Outcome, TestSpec
from tests.reporters.streams import BEGAN, execution_started, run_finished, run_started

ATTACKS = (
    "</script><script>document.title='hacked'</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "javascript:alert(1)//",
    "<!--<script>",
    "{{ 7|add:7 }}{% debug %}<!-- data: tests -->",
    "]]></style><style>*{display:none}</style>",
    "\u2028alert(1)\u2029 \ud800 \x00 \u202e",
    "${alert(1)}`-->",
)
HOSTILE = " ".join(ATTACKS)


def hostile() -> list[Event]:
    """A run whose every text tries to get out of its place."""
    raised = Raised(
        HOSTILE, HOSTILE, f"{HOSTILE}\n\n- {HOSTILE}\n?  ^\n+ {HOSTILE}\n",
        (Frame(HOSTILE, 1, HOSTILE), Frame("javascript:alert(1)", 2, "run"), Frame(f"/x/site-packages/{HOSTILE}", 3, HOSTILE)),
        (HOSTILE,), cause=Raised("E", "m", HOSTILE), exceptions=(Raised(HOSTILE, "builtins", HOSTILE),),
    )  # fmt: skip
    text = f'Traceback (most recent call last):\n  File "{HOSTILE}", line 1, in {HOSTILE}\n    {HOSTILE}\n    ^^^^\n{HOSTILE}'
    problem = Problem("error", text, HOSTILE, raised, sql=HOSTILE)
    logs = (LogLine(BEGAN, HOSTILE, HOSTILE, HOSTILE, HOSTILE, 3),)
    queries = (Query(BEGAN, 0.1, HOSTILE, HOSTILE, HOSTILE, 4, HOSTILE),)
    files = (
        Attachment(HOSTILE, HOSTILE.replace("\x00", ""), HOSTILE, 5),
        Attachment("x", "javascript:alert(1)", "text/html", 5),
        Attachment("picture", "picture.png", "image/png", 9),
    )
    events: list[Event] = [
        msgspec.structs.replace(run_started(), greenroom=HOSTILE, python=HOSTILE, django=HOSTILE),
        Note(BEGAN, HOSTILE, "error"),
    ]
    for number, attack in enumerate((*ATTACKS, HOSTILE)):
        outcome: Outcome = "passed" if number % 3 == 2 else "error"
        spec = TestSpec(number, f"{attack}.{attack}", "unit", "g", tags=(attack,), file=attack, line=1)
        events.append(TestPlanned(spec))
        events.append(AttemptFailed(BEGAN, spec.id, number, 1, 2, 0.1, "error", 1, (problem,), logs, HOSTILE, files))
        events.append(
            TestFinished(
                BEGAN, spec.id, number, 0.1, outcome, number % 3, (problem,) if outcome == "error" else (), attack, attack,
                attack, attachments=files, attempts=2, flaky=outcome == "passed", quarantined=number == 3,
                quarantine=attack, logs=logs, output=HOSTILE, queries=queries,
            )
        )  # fmt: skip
    return [
        *events,
        DatabaseStep(BEGAN, HOSTILE, HOSTILE, 0.5, detail=HOSTILE),
        ChecksFinished(BEGAN, ok=False, seconds=0.1, text=HOSTILE),
        execution_started(5, 2, start_method=HOSTILE),
        WorkerStarted(BEGAN, 1, 7),
        WorkerLost(BEGAN, 1, 7, HOSTILE, HOSTILE),
        FixtureFinished(BEGAN, HOSTILE, "error", 1, (problem,)),
        TestsNotRun(BEGAN, (HOSTILE,), HOSTILE),
        run_finished(5, errors=5, aborted=HOSTILE),
    ]


TRACEBACK = """\
Traceback (most recent call last):
  File "/p/app/tests.py", line 30, in test_1
    self.assertEqual(total(cart), 3)
    ~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^
  File "/x/lib/python3.13/site-packages/django/a.py", line 7, in inner
    return call()
  File "/x/lib/python3.13/site-packages/django/b.py", line 8, in deeper
    return call()
  File "/p/app/cart.py", line 12, in total
    return sum(prices)
AssertionError: 2 != 3
"""


PYTEST = """\
    def test_one():
        total = 1
>       assert ["a"] == ["b"]
E       AssertionError: assert ['a'] == ['b']

test_x.py:6: AssertionError
"""
PYTEST_MESSAGE = "assert ['a'] == ['b']\n  \n  At index 0 diff: 'a' != 'b'\n  \n  - ['b']\n  ?   ^\n  + ['a']\n  ?   ^"


def plain_run(tests: int = 60, *, workers: int = 2) -> list[Event]:
    """A run as they are: tests of two apps and several kinds, of which some fail, are flaky, or skipped."""
    kinds: tuple[Kind, ...] = ("unit", "database", "browser")
    raised = Raised(
        "AssertionError", "builtins", "Lists differ: ['milk'] != ['silk']\n\n- ['milk']\n?   ^\n\n+ ['silk']\n?   ^\n",
        (Frame("/p/app/tests.py", 30, "test_1"), Frame("/x/lib/python3.13/site-packages/django/a.py", 7, "inner"),
         Frame("/x/lib/python3.13/site-packages/django/b.py", 8, "deeper"), Frame("/p/app/cart.py", 12, "total")),
    )  # fmt: skip
    failure = Problem("failure", TRACEBACK, raised=raised)
    specs = [
        TestSpec(
            number, f"{'shop' if number < tests // 2 else 'accounts'}.tests.Case{number % 4}.test_{number}",
            kinds[number % 3], "g", tags=("slow",) if number % 10 == 0 else (), file="/p/app/tests.py", line=number + 1,
        )
        for number in range(tests)
    ]  # fmt: skip
    events: list[Event] = [run_started(seed=5), *map(TestPlanned, specs), Note(BEGAN, "Found tests.")]
    events += [DatabaseStep(BEGAN + 1, "default", "restored", 0.5), ChecksFinished(BEGAN + 1, ok=True, seconds=0.1)]
    events.append(execution_started(tests, workers, start_method="fork"))
    for number, spec in enumerate(specs):
        worker = number % workers + 1 if workers else 0
        about = (BEGAN + 1 + number * 0.1, spec.id, number)
        if number == 1:
            logs = (LogLine(BEGAN + 1.1, "WARNING", "app", "careful"),)
            events.append(TestFinished(*about, 0.15, "failed", worker, (failure,), logs=logs, output="it printed this"))
        elif number == 2:
            events.append(AttemptFailed(*about, 1, 2, 0.1, "failed", worker, (failure,)))
            events.append(TestFinished(*about, 2.5, "passed", worker, attempts=2, flaky=True))
        elif number == 3:
            events.append(TestFinished(*about, 0.0, "skipped", worker, (Problem("skip", "needs a printer"),)))
        else:
            events.append(TestFinished(*about, 0.01 + number % 7 / 100, "passed", worker))
    end = run_finished(tests, failures=1, skipped=1, flaky=1, workers=workers)
    lost = WorkerLost(BEGAN + 2, 1, 77, "killed by SIGKILL")
    return [*events, lost, msgspec.structs.replace(end, at=BEGAN + 2 + tests * 0.1)]
