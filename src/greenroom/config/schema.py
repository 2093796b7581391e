"""What can be configured. Each field's docstring is its documentation.

In the file a key is written with dashes (`no-tests`), as a variable in capitals (`GREENROOM_NO_TESTS`).
"""

# Without `from __future__ import annotations`: msgspec would read seventy types out of their text, at the start of each run.

from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Percentage = Annotated[float, msgspec.Meta(ge=0, le=100)]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of a run."""

    profile: str | None = None
    """The profile of the run, whose keys go before those of `[tool.greenroom]` itself; None: no profile."""
    filter: tuple[str, ...] = ()
    """Only tests that one of these filter expressions means run; none given: all do."""
    engine: Literal["auto", "unittest", "pytest"] = "auto"
    """What runs the files of tests under `manage.py test` and `greenroom test`; auto: pytest those that need it, unittest all
    others."""
    timeout: float | None = None
    """Seconds that a test may take before it is ended and counted as an error; None: as long as it likes."""
    events: str | None = None
    """The path of a file to which the events of the run are written, one JSON object a line."""
    no_tests: Literal["fail", "pass"] = "fail"
    """What a run without a single test is: a failure (exit code 4), or fine."""
    start_method: Literal["auto", "fork", "forkserver", "spawn"] = "auto"
    """How worker processes are started; auto: as Python's multiprocessing is set up."""
    checks: Literal["auto", "before", "beside", "off"] = "auto"
    """When Django's system checks run: before the first test, beside the tests, or not at all; auto: before or beside,
    whichever is quicker."""
    split: bool = True
    """Whether the tests of one long class may be shared out among workers."""
    progress: Literal["auto", "dots", "live"] = "auto"
    """How a run shows where it is: a character for each test, or a display that is redrawn; auto: live on a terminal
    that can show it."""
    report: tuple[str, ...] = ()
    """The reporters of a run, each with a colon and a path where it has one, such as `junit:out.xml`; one that is made for
    the terminal takes the place of what `progress` says."""
    plugins: tuple[str, ...] = ()
    """The plugins that are loaded beside those that are installed and `greenroom_plugins.py`: dotted paths, or paths of
    files; with `no:` before it one that is not loaded."""
    editor: str | None = None
    """What opens the source lines of the HTML report: an editor's name such as vscode or pycharm, or a link with `{path}` and
    `{line}` in it; None: lines are no links."""
    html_sql: bool = False
    """Whether the HTML report shows the SQL of each test, which is then recorded."""
    kiwi_wait: float | None = None
    """Seconds that a run waits at its end for the reporter `kiwi`; delivery then goes on in the background. None: half a
    percent of the time that the run took, 2 at most, and less than 0.5 not at all."""
    kiwi_timeout: float = 60.0
    """Seconds that the reporter `kiwi` waits for an answer of the server."""
    kiwi_strict: bool = False
    """Whether a run waits until all results are in Kiwi TCMS, and fails (exit code 6) where they are not."""
    kiwi_keep: Count = 100
    """How many journals of runs that could not be delivered to Kiwi TCMS are kept, the newest."""
    kiwi_keep_days: Count = 30
    """The days for which they are kept."""
    history: bool = True
    """Whether durations are remembered, so that the next run can put the longest first."""
    keep_runs: Count = 30
    """How many recordings of runs are kept in `.greenroom/runs`, the newest; 0: runs are not recorded."""
    keep_runs_size: Count = 200
    """The megabytes that these recordings may take in all; the oldest go first. From a quarter of it on, the recording of a
    run leaves out what tests logged and printed."""
    directory: str = ".greenroom"
    """Where greenroom keeps what it remembers, relative to the root of the project."""
    snapshots: bool = True
    """Whether a test database is kept as a snapshot, and made from it as long as its sources stay the same."""
    fresh_db: bool = False
    """Whether test databases are made anew by their migrations, whatever snapshots there are."""
    cache: str | None = None
    """The folder for snapshots, shared by all checkouts of a user; by default `greenroom` in the user's cache folder."""
    snapshot_limit: float = 2.0
    """The gigabytes that snapshots may take in all; the least recently used ones go first."""
    reset: Literal["compat", "baseline"] = "compat"
    """What a test that commits leaves behind: what Django's flush would leave, or the state right after migrate."""
    kind: tuple[Literal["unit", "database", "destructive", "http", "browser"], ...] = ()
    """Only tests of these kinds run; none named: all do."""
    pipeline: bool = False
    """Whether the kinds of tests run one after the other, the fastest first, and the slower ones only where all went well."""
    doctest: bool = False
    """Whether the examples in the docstrings of what labels name are tested."""
    doctest_glob: tuple[str, ...] = ()
    """The text files whose examples are tested, as patterns of their names, or with a `/` of their paths from the root; none
    named: `test*.txt` and `test*.rst` where `doctest` is on."""
    doctest_options: tuple[str, ...] = ("ELLIPSIS",)
    """The options that all doctests have, by the names that Python's `doctest` module gives them."""
    doctest_databases: tuple[str, ...] = ("default",)
    """The databases that doctests may use; `__all__` stands for each."""
    doctest_skip: tuple[str, ...] = ()
    """The files that are not searched for doctests, as patterns like those of `doctest-glob`."""
    require: tuple[str, ...] = ()
    """The resources whose absence fails the tests that need them, instead of skipping them; `all` stands for each."""
    live_server: Literal["auto", "threaded", "cheroot", "asgi"] = "auto"
    """What serves the project to tests over HTTP: Django's threaded server, cheroot, or uvicorn with the ASGI application;
    auto: threaded, or cheroot where the settings have `CHERRYPY_TEST_SERVER = True`."""
    https: bool = False
    """Whether the live server speaks HTTPS, with a certificate made for the run."""
    browser: tuple[str, ...] = ()
    """The browsers that browser tests run in, such as chromium and firefox; none named: the first one that is installed."""
    headed: bool = False
    """Whether browsers show their windows."""
    slowmo: float | None = None
    """Seconds that a browser waits before each action, for watching it; None: none."""
    flush_cache: bool = False
    """Whether Django's caches are emptied before each test."""
    flush_command: str | None = None
    """The dotted path of a function that takes the place of Django's flush after a test that commits; it is given the test.
    None: Django's flush."""
    flush_after_migrate: bool = False
    """Whether the rows that migrations made are flushed before the first test that uses a database."""
    slots: tuple[Literal["media", "cache", "redis"], ...] = ()
    """What each worker has for itself: a temporary folder for uploads, keys in shared caches, a Redis."""
    redis_server: str | None = None
    """The address of a Redis database, those after which tests may use and empty, one for each worker; None: a private
    server for each worker."""
    retries: Count = 0
    """How often a test that failed is tried again. One that passes then is flaky, which is a verdict of its own."""
    retry_delay: float | None = None
    """Seconds before a failed test is tried again; doubled before each further try, up to a minute. None: at once."""
    retry_budget: int | str = "10%"
    """How many tests may fail before none is tried again: a number, or a percentage of all tests, which is never taken for
    fewer than ten. Retries must not hide a broken build, nor prolong it."""
    flaky: Literal["pass", "fail"] = "pass"
    """What a run is whose only failures are flaky tests: passed (exit code 0), or failed."""
    sql_budget: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many queries a test may have before the reporter `sql` fails the run; 0: any number."""
    sql_baseline: str | None = None
    """The file in which the reporter `sql` keeps how many queries each test had; a test that has more fails the run."""
    sql_baseline_update: bool = False
    """Whether that file takes the numbers of this run."""
    capture_logs: bool = True
    """Whether what a test logs is kept and shown with its failure."""
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "debug"
    """The least level that is kept; a logger's own level counts before."""
    locals: bool = False
    """Whether failures show what the local variables of the project's own code held. What Django calls sensitive is left
    out."""
    repeat: Annotated[int, msgspec.Meta(ge=1)] = 1
    """How many times each test runs."""
    until_failure: bool = False
    """Whether the tests run again and again until one fails: `repeat` times at most, or 100 times."""
    quarantine: tuple[str, ...] = ()
    """The tests whose failure does not fail the run: their ids, classes or modules, or patterns such as `*.test_slow_*`."""
    fast_path: bool = True
    """Whether, under pytest, test cases that no fixture, mark, hook or plugin touches run without what pytest puts around each
    test."""
    coverage: bool = False
    """Whether the run is measured by coverage.py, with all of its processes, and reported by it."""
    coverage_fail_under: Percentage | None = None
    """The percentage that has to be covered (exit code 7); None: what the configuration of coverage.py says."""
    coverage_contexts: bool = False
    """Whether coverage.py keeps apart which test ran which lines."""
    coverage_report: tuple[str, ...] = ()
    """The reports that coverage.py writes, each with a colon and a path where it has one: html, json, lcov or xml."""
    db_server: Literal["auto", "always", "never"] = "auto"
    """Whether a private PostgreSQL or MariaDB server is started for the run; auto: where the configured one does not
    answer."""
