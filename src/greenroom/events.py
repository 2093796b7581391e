"""The events of a run: the one road from the running tests to everything that tells of them.

`Event` is a tagged union. A stream of events is a complete account of a run: reporters, history, the exit code and
`greenroom replay` read events and nothing else. On disk a stream is JSON lines, one event a line, the first one a
`RunStarted` whose `schema` says which version of this module wrote it.

Times: `at` is seconds since the epoch (UTC, float); `seconds` is a duration.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from greenroom.model import Outcome, TestSpec

SCHEMA = 1
"""Raised when a field changes its meaning or goes away; a new field with a default does not raise it."""

ProblemKind = Literal["error", "failure", "skip", "expected_failure", "unexpected_success"]


class _Event(msgspec.Struct, frozen=True, tag_field="event", gc=False, omit_defaults=True):
    """What all events have in common: a tag on the wire, no life of their own."""


class Frame(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One frame of a traceback."""

    file: str
    line: int
    """Where in the file, 1-based."""
    function: str
    end_line: int | None = None
    column: int | None = None
    """Where in the line the part begins that was at work, in UTF-8 bytes from 0; None when not known."""
    end_column: int | None = None
    locals: tuple[tuple[str, str], ...] = ()
    """Its local variables, each with a text of what it held, with `--locals` in the project's own code. What Django calls
    sensitive is left out."""


class Raised(msgspec.Struct, frozen=True, omit_defaults=True):
    """An exception as data: enough to show it, and to build one that prints alike."""

    type: str
    """The qualified name of its class."""
    module: str
    message: str
    """`str(exception)`, or a text that says that it could not be made."""
    frames: tuple[Frame, ...] = ()
    """Outermost first, without the frames of unittest."""
    notes: tuple[str, ...] = ()
    cause: Raised | None = None
    context: Raised | None = None
    suppress_context: bool = False
    exceptions: tuple[Raised, ...] = ()
    """The members of an ExceptionGroup."""
    bases: tuple[str, ...] = ()
    """The qualified names, module first, of its base classes, nearest first."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a test, or a class or module fixture, had to say other than "ok"."""

    kind: ProblemKind
    text: str = ""
    """The traceback as unittest formats it, or the reason of a skip."""
    subtest: str = ""
    """The description of the subtest, e.g. `(n=3)`; empty outside of subtests."""
    raised: Raised | None = None
    late: bool = False
    """Whether unittest had taken the test for ended: Django tells it of a failing `_post_teardown()` after the fact."""
    sql: str = ""
    """The SQL of the test until then, under `--debug-sql`."""


class Attachment(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A file that belongs to a test: a screenshot, a trace, whatever it showed with `greenroom.attach()`."""

    name: str
    file: str
    """Where it is kept, from the root of the project."""
    type: str
    """Its media type, e.g. `image/png`."""
    size: int
    """In bytes."""


class LogLine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a test, or the code that it ran, said to `logging`."""

    at: float
    level: str
    """The name of its level, e.g. `WARNING`."""
    logger: str
    message: str
    """With its arguments put in; a traceback that came with it stands below, on lines of its own."""
    file: str = ""
    line: int = 0


class Query(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An SQL statement that a test caused."""

    at: float
    seconds: float
    alias: str
    sql: str
    """As Django's `connection.queries` shows it, cut where it is very long."""
    file: str = ""
    """Where the project's own code asked for it, outside Django and other packages; empty where there is no such frame."""
    line: int = 0
    function: str = ""


class RunStarted(_Event, frozen=True):
    """First of all, once."""

    at: float
    schema: int
    greenroom: str
    python: str
    django: str
    verbosity: int = 1
    seed: int | None = None
    durations: int | None = None
    """How many of the slowest tests the end of the report names (0: all); None: it names none."""
    debug_sql: bool = False
    """Whether problems carry SQL."""
    front_door: Literal["test", "pytest"] = "test"
    """What the run was started by: `manage.py test` and `greenroom test`, or pytest."""


class TestPlanned(_Event, frozen=True):
    """Once for each test that the run will try, in Django's order, before any starts. Only in recordings.

    A test that another one makes on the way, as a conformance suite does, has none. Its index is above all planned ones.
    """

    __test__ = False
    spec: TestSpec
    name: str = ""
    """As in `TestFinished`; left out in the recordings that each run leaves, as is `doc`, unless a reporter wants plans."""
    doc: str = ""


class Note(_Event, frozen=True):
    """A line that the run has to say, as `DiscoverRunner.log()` prints it."""

    at: float
    text: str
    level: Literal["debug", "info", "warning", "error"] = "info"
    plugin: str = ""
    """The plugin that failed in a worker, where it tells of one."""


class ExecutionStarted(_Event, frozen=True):
    """Databases are ready and tests begin; once."""

    at: float
    tests: int
    """How many tests the run will try."""
    workers: int
    """How many processes run them; 0: this very process."""
    start_method: str = ""
    """fork, forkserver or spawn; empty without workers."""
    checks_pending: bool = False
    """Whether the system checks go on beside the tests: nothing is sure before `ChecksFinished`."""
    estimate: float | None = None
    """Expected seconds until the last test ends, from history."""


class ChecksFinished(_Event, frozen=True):
    """Django's system checks are done. Without `ok` no test's success counts."""

    at: float
    ok: bool
    seconds: float
    beside: bool = False
    """Whether tests ran meanwhile."""
    text: str = ""
    """What the checks printed, or why they failed."""


class DatabaseStep(_Event, frozen=True):
    """Something was done to a test database."""

    at: float
    alias: str
    deed: str
    """What, in a word or two: `fingerprint`, `restored`, `migrated`, `saved`, `cloned`, `dropped`, `left to Django`, `reset`."""
    seconds: float
    count: int = 1
    """How often; resets are told of together."""
    worker: int = 0
    detail: str = ""


class WorkerStarted(_Event, frozen=True):
    """A worker is ready for its first test."""

    at: float
    worker: int
    pid: int


class WorkerLost(_Event, frozen=True):
    """A worker process ended that should not have. The test it was at has its own `TestFinished`."""

    at: float
    worker: int
    pid: int
    reason: str
    """In words: the signal, the exit code, the closed pipe."""
    test: str = ""
    """The id of the test that was running, if any."""


class TestStarted(_Event, frozen=True):
    """A test begins."""

    __test__ = False
    at: float
    test: str
    index: int
    worker: int = 0
    name: str = ""
    """As in `TestFinished`; given from verbosity 2 up, where the line of a test is begun before it ends."""
    doc: str = ""


class TestFinished(_Event, frozen=True):
    """A test has ended, or was ended: exactly one for each test that started, and for each `TestStarted` this or `AttemptFailed`."""

    __test__ = False
    at: float
    """When it began."""
    test: str
    index: int
    seconds: float
    outcome: Outcome
    worker: int = 0
    problems: tuple[Problem, ...] = ()
    """In the order in which they came; empty for a plain pass."""
    name: str = ""
    """`str(test)`; empty when it follows from the id (`method (id)`), as it nearly always does."""
    doc: str = ""
    """The first line of its docstring."""
    sql: str = ""
    """The whole SQL of the test, under `--debug-sql` at verbosity 2 and up."""
    counted: bool = True
    """False for a test that unittest does not count as run: Python 3.12.1 skips by decorator without starting."""
    interrupted: bool = False
    """Ended by Ctrl-C or by `--failfast` elsewhere: neither passed nor failed, and counted as neither."""
    attachments: tuple[Attachment, ...] = ()
    attempts: int = 1
    """How often it was tried; each earlier try has its own `AttemptFailed`."""
    flaky: bool = False
    """Whether it passed after it had failed: a verdict of its own, whatever the exit code makes of it."""
    quarantined: bool = False
    """Whether its failure does not fail the run."""
    quarantine: str = ""
    """Why it is in quarantine."""
    logs: tuple[LogLine, ...] = ()
    """What was logged meanwhile, of a test that failed, or of each where a reporter asks for it."""
    output: str = ""
    """What it printed, where that was captured; stdout and stderr as they came."""
    queries: tuple[Query, ...] = ()
    """Its SQL, where a reporter asks for it."""
    more_queries: int = 0
    """How many more there were: of very many the first ones are told."""


class AttemptFailed(_Event, frozen=True):
    """A test failed and will be tried again; what it is counted by is its `TestFinished`."""

    at: float
    """When it began."""
    test: str
    index: int
    attempt: int
    """Which try it was, from 1."""
    of: int
    """How many tries it has at most."""
    seconds: float
    outcome: Outcome
    worker: int = 0
    problems: tuple[Problem, ...] = ()
    logs: tuple[LogLine, ...] = ()
    output: str = ""
    attachments: tuple[Attachment, ...] = ()
    name: str = ""
    """As in `TestFinished`."""
    doc: str = ""


class FixtureFinished(_Event, frozen=True):
    """A class or module fixture that failed or skipped (those that succeed say nothing)."""

    at: float
    fixture: str
    """As unittest names it, e.g. `setUpClass (app.tests.OrderTests)`."""
    outcome: Outcome
    worker: int = 0
    problems: tuple[Problem, ...] = ()
    queries: tuple[Query, ...] = ()
    """Its SQL until then, where a reporter asks for queries, and under `--debug-sql`."""
    more_queries: int = 0


class GroupFinished(_Event, frozen=True):
    """A group of tests (a class) was run to its end by one worker; feeds the schedule of later runs."""

    at: float
    group: str
    tests: int
    seconds: float
    fixture_seconds: float
    worker: int = 0
    queries: tuple[Query, ...] = ()
    """The SQL of its fixtures (`setUpModule()`, `setUpClass()`, `setUpTestData()`), and of the tear-down of the group before it in
    this process, where a reporter asks for queries, and under `--debug-sql`. What begins and ends transactions is left out."""
    more_queries: int = 0


class TestsNotRun(_Event, frozen=True):
    """Tests that were planned and never started."""

    __test__ = False
    at: float
    tests: tuple[str, ...]
    reason: str


class RunFinished(_Event, frozen=True):
    """Last of all, once. A stream without it belongs to a run that was killed."""

    at: float
    seconds: float
    """From `ExecutionStarted` to the last test."""
    exit_code: int
    tests: int
    """How many tests ran."""
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    expected_failures: int = 0
    unexpected_successes: int = 0
    flaky: int = 0
    quarantined: int = 0
    """How many tests failed without failing the run."""
    not_run: int = 0
    interrupted: bool = False
    workers: int = 0
    seed: int | None = None
    aborted: str = ""
    """Why the run ended before its first test, in one line; empty where tests ran."""


Event = (
    RunStarted
    | TestPlanned
    | Note
    | ExecutionStarted
    | ChecksFinished
    | DatabaseStep
    | WorkerStarted
    | WorkerLost
    | TestStarted
    | TestFinished
    | AttemptFailed
    | FixtureFinished
    | GroupFinished
    | TestsNotRun
    | RunFinished
)
"""Every event there is. Consumers `match` on it and end with `typing.assert_never`."""
