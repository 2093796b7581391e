"""The options that every front door has beside Django's own."""

from __future__ import annotations

import argparse
from collections.abc import Collection

from greenroom.config.schema import Config

_HELP = {
    "profile": ("NAME", "Let this profile of the configuration file count, [tool.greenroom.profiles.NAME]."),
    "filter": (
        "EXPR",
        "Run only tests that this expression means, e.g. 'kind(browser) & app(shop) - tag(quick)'. May be given again.",
    ),
    "engine": (None, "What runs the files of tests: unittest, pytest, or pytest those that need it (auto)."),
    "timeout": ("SECONDS", "End a test that takes longer, and count it as an error with the stacks of all threads."),
    "events": ("FILE", "Write the events of the run to FILE, one JSON object a line; see `greenroom replay`."),
    "no_tests": (None, "What a run without a single test is: fail (exit code 4, the default) or pass."),
    "start_method": (None, "How worker processes are started; auto: as Python's multiprocessing is set up."),
    "checks": (
        None,
        "When the system checks run: before the first test, beside the tests, whichever is quicker, or not at all (off).",
    ),
    "progress": (None, "How progress is shown: dots, a live view, or auto (live on a terminal)."),
    "report": (
        "NAME[:PATH]",
        "Report the run by this reporter too, e.g. junit:out.xml or github. May be given again. An unknown name lists all.",
    ),
    "plugins": (
        "NAME",
        "Load this plugin, a module or a file; with no: before its name leave it out. May be given again.",
    ),
    "fresh_db": (None, "Make the test databases anew by their migrations, whatever snapshots there are."),
    "reset": (None, "What a test that commits leaves: what Django's flush would, or the state right after migrate."),
    "kind": ("KIND", "Run only tests of this kind: unit, database, destructive, http or browser. May be given again."),
    "pipeline": (
        None,
        "Run the kinds one after the other, the fastest first; stop before the next where a test failed.",
    ),
    "doctest": (None, "Test the examples in the docstrings of what labels name, each with a clean database."),
    "doctest_glob": ("PATTERN", "Test the examples in text files of such names, e.g. '*.rst'. May be given again."),
    "require": (
        "NAME",
        "Fail the tests that need this resource where it is missing, instead of skipping them; or all.",
    ),
    "live_server": (None, "What serves the project to tests over HTTP."),
    "https": (None, "Let the live server speak HTTPS, with a certificate made for the run."),
    "browser": ("NAME", "Run browser tests in this browser, e.g. chromium or firefox. May be given again."),
    "headed": (None, "Show the windows of browsers."),
    "slowmo": ("SECONDS", "Let browsers wait so long before each action."),
    "flush_cache": (None, "Empty Django's caches before each test."),
    "retries": ("N", "Try a test that failed again, up to N times; one that passes then is flaky."),
    "retry_delay": ("SECONDS", "Wait so long before the first retry, twice as long before the next, and so on."),
    "retry_budget": (
        "N",
        "Try nothing again once more than N tests failed: a number, or a percentage (10%% by default).",
    ),
    "flaky": (None, "What a run is that has flaky tests and no other failures: pass (the default) or fail."),
    "sql_budget": ("N", "Fail the run where a test has more than N queries; with --report sql."),
    "sql_baseline": ("FILE", "Fail the run where a test has more queries than FILE says; with --report sql."),
    "sql_baseline_update": (None, "Write the numbers of this run to the file of --sql-baseline."),
    "capture_logs": (None, "Whether what a test logs is shown with its failure: on (the default) or off."),
    "log_level": (None, "Keep what a test logs from this level up."),
    "locals": (
        None,
        "Show with a failure what the local variables of the project's own code held, but nothing sensitive.",
    ),
    "repeat": ("N", "Run each test N times."),
    "until_failure": (None, "Run the tests until one fails, as often as --repeat says, or 100 times."),
    "quarantine": ("TEST", "Let this test, class, module or pattern fail without failing the run. May be given again."),
    "coverage": (None, "Measure the run by coverage.py, with all of its processes, and report it at the end."),
    "coverage_fail_under": ("PERCENT", "Fail the run (exit code 7) where less is covered. --fail-under says the same."),
    "coverage_contexts": (None, "Keep apart which test ran which lines."),
    "coverage_report": (
        "NAME[:PATH]",
        "Have coverage.py write this report too: html, json, lcov or xml. May be given again.",
    ),
    "kiwi_strict": (None, "Wait until all results are in Kiwi TCMS, and fail (exit code 6) where they are not."),
    "db_server": (None, "Start a private database server: always, never, or when the configured one does not answer."),
}
_CHOICES = {
    "engine": ("auto", "unittest", "pytest"),
    "no_tests": ("fail", "pass"),
    "start_method": ("auto", "fork", "forkserver", "spawn"),
    "checks": ("auto", "before", "beside", "off"),
    "progress": ("auto", "dots", "live"),
    "reset": ("compat", "baseline"),
    "flaky": ("pass", "fail"),
    "capture_logs": ("on", "off"),
    "log_level": ("debug", "info", "warning", "error", "critical"),
    "live_server": ("auto", "threaded", "cheroot", "asgi"),
    "db_server": ("auto", "always", "never"),
}
_SWITCHES = (
    "fresh_db",
    "pipeline",
    "doctest",
    "https",
    "headed",
    "flush_cache",
    "until_failure",
    "locals",
    "sql_baseline_update",
    "coverage",
    "coverage_contexts",
    "kiwi_strict",
)
_REPEATED = (
    "filter",
    "kind",
    "doctest_glob",
    "require",
    "browser",
    "quarantine",
    "report",
    "plugins",
    "coverage_report",
)
_SINGULAR = {"plugins": "plugin"}
_ALSO = {"filter": ("-E",), "coverage_fail_under": ("--fail-under",)}
"""Second names of options."""
_NUMBERS = ("timeout", "slowmo", "retry_delay")


def flag_of(name: str) -> str:
    """The option of a field of `Config`."""
    return f"--{_SINGULAR.get(name, name).replace('_', '-')}"


def add_greenroom_arguments(parser: argparse.ArgumentParser, names: Collection[str] | None = None) -> None:
    """Add greenroom's options; what is not given on the command line comes from the configuration.

    Args:
        parser: gets the options.
        names: of those that are wanted, as fields of `Config`; all by default.
    """
    group = parser.add_argument_group("greenroom")
    for name, (metavar, text) in _HELP.items():
        if names is not None and name not in names:
            continue
        assert name in Config.__struct_fields__
        flag, also = flag_of(name), _ALSO.get(name, ())
        if name in _SWITCHES:
            group.add_argument(flag, action="store_const", const="true", default=None, help=text)
        elif name in _REPEATED:
            group.add_argument(flag, *also, action="append", metavar=metavar, default=None, dest=name, help=text)
        elif name in _CHOICES:
            group.add_argument(flag, choices=_CHOICES[name], default=None, help=text)
        else:
            kind = float if name in _NUMBERS else str
            group.add_argument(flag, *also, metavar=metavar, type=kind, default=None, help=text, dest=name)


OPTION_NAMES = tuple(_HELP)
"""The names of these options as keyword arguments of the runner."""
