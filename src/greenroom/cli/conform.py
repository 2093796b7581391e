"""`greenroom conform`: somebody else's suite against the live server of the project, each of its results a test.

`conform oci` runs the official conformance suite for OCI registries; `conform junit -- COMMAND` any command that writes
JUnit XML.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from greenroom.cli.django_project import names_settings, set_up_django, settings_arguments
from greenroom.config.arguments import add_greenroom_arguments
from greenroom.errors import ConfigError, ExitCode

_OPTIONS = ("timeout", "events", "checks", "progress", "fresh_db", "live_server", "https", "db_server")
"""Those of greenroom's options that mean something here."""


def run(arguments: Sequence[str]) -> int:
    """Run a suite.

    Returns:
        The exit code, as for `greenroom test`; 3 where the suite could not be run to its end.
    """
    given, command = list(arguments), []
    if "--" in given:
        at = given.index("--")
        given, command = given[:at], given[at + 1 :]
    options = _parser().parse_args(given)
    if options.suite == "junit" and not command:
        raise ConfigError(
            "no command was given", "Say: greenroom conform junit [options] -- COMMAND --report={junit} {url}"
        )
    if options.suite == "oci" and command:
        raise ConfigError(f"`conform oci` runs no other command: {' '.join(command)}", "Leave out what follows `--`.")
    _set_up(given, options)
    return _run(options, command)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, parents=[settings_arguments()])
    common.add_argument(
        "--root-url", default="", metavar="URL", help="Test this server, not the project's live server."
    )
    common.add_argument("--report-dir", default="", metavar="DIR", help="Copy what the suite writes to this folder.")
    common.add_argument("--time-limit", type=_seconds, default=600.0, metavar="SECONDS", help="Of the suite; 600.")
    common.add_argument("--fixture", action="append", default=[], help="Load this into the database first. Repeatable.")
    common.add_argument("-v", "--verbosity", type=int, choices=range(4), default=1, help="0 to 3, as Django's.")
    common.add_argument("--failfast", action="store_true", help="Report no more after the first failure.")
    common.add_argument("--keepdb", action="store_true", help="Keep the test database.")
    add_greenroom_arguments(common, _OPTIONS)
    parser = argparse.ArgumentParser("greenroom conform", description=__doc__)
    suites = parser.add_subparsers(dest="suite", required=True, metavar="SUITE")
    oci = suites.add_parser(
        "oci",
        parents=[common],
        help="the official conformance suite for OCI registries",
        description="Run the official OCI conformance suite. The suite's own OCI_* variables count as well.",
    )
    oci.add_argument("--namespace", default="", metavar="NAME", help="The repository to push to.")
    oci.add_argument("--crossmount-namespace", default="", metavar="NAME", help="The one to mount blobs from.")
    oci.add_argument("--version", default="", help="Of the specification: 1.0, 1.1 (the default), or dev.")
    oci.add_argument("--username", default="", help="Who logs in; the password comes from OCI_PASSWORD.")
    oci.add_argument("--program", default="", metavar="FILE", help="The suite, where it is built already.")
    suites.add_parser(
        "junit",
        parents=[common],
        usage="greenroom conform junit [options] -- COMMAND [ARGUMENT ...]",
        help="any command that writes JUnit XML, after `--`",
        description="Run a command. In it, {url} stands for the server, {junit} for the file to write, {reports} for a "
        "folder whose files are kept.",
    ).add_argument("--junit", default="", metavar="FILE", help="What it writes, where it can't be told.")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def _set_up(arguments: Sequence[str], options: argparse.Namespace) -> None:
    """Load the project; a server that runs already can be tested without one."""
    if options.suite == "oci" and not options.root_url:
        options.root_url = _registry_from(os.environ)
    if options.root_url and not names_settings(arguments):
        import django
        from django.conf import settings

        settings.configure(TEST_RUNNER="greenroom.TestRunner", DATABASES={})
        django.setup()
        return
    set_up_django(arguments)


def _registry_from(environ: Mapping[str, str]) -> str:
    """The registry that the variables of the OCI suite name, as a URL; empty where they name none.

    `OCI_REGISTRY` with `OCI_TLS` counts before `OCI_ROOT_URL`, as for the suite.
    """
    registry = environ.get("OCI_REGISTRY", "").strip()
    if registry:
        disabled = environ.get("OCI_TLS", "").lower() == "disabled"
        return f"{'http' if disabled else 'https'}://{registry}"
    root = environ.get("OCI_ROOT_URL", "").strip()
    return root if not root or "://" in root else f"https://{root}"


def _run(options: argparse.Namespace, command: Sequence[str]) -> int:
    from django.core.management.base import CommandError

    case = _case(options, command)
    runner = _runner(case, options)
    if options.suite == "oci":
        from greenroom.config.folders import cache_folder
        from greenroom.conformance.oci import suite_program

        # Built before anything is started: without Go there is no run.
        suite_program(options.program, cache_folder(runner.greenroom_config, runner.greenroom_root))
    try:
        failures: int = runner.run_tests([])
    except CommandError as error:
        print(f"greenroom: {error}", file=sys.stderr)
        return error.returncode
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    code = runner.greenroom_exit_code
    return code or (ExitCode.FAILED if failures else ExitCode.OK)


def _case(options: argparse.Namespace, command: Sequence[str]) -> Any:
    """The class whose tests are the results."""
    from greenroom.conformance import ExternalSuiteTestCase, OciConformanceTestCase

    attributes: dict[str, Any] = {
        # What the ids of its tests begin with; it is in no module.
        "__module__": "conform",
        "root_url": options.root_url,
        "time_limit": options.time_limit,
        "report_dir": str(Path(options.report_dir).absolute()) if options.report_dir else "",
        "fixtures": options.fixture,
    }
    if options.root_url:
        attributes["databases"] = set()
    if options.suite == "junit":
        return type("junit", (ExternalSuiteTestCase,), {**attributes, "command": command, "junit": options.junit})
    names = ("namespace", "crossmount_namespace", "version", "username", "program")
    return type("oci", (OciConformanceTestCase,), {**attributes, **{name: getattr(options, name) for name in names}})


def _runner(case: Any, options: argparse.Namespace) -> Any:
    """The project's runner where it is one of greenroom's, else greenroom's own, with this one class to run."""
    from django.conf import settings
    from django.test.utils import get_runner

    from greenroom.runner import TestRunner

    named: Any = get_runner(settings, settings.TEST_RUNNER)
    base: Any = named if isinstance(named, type) and issubclass(named, TestRunner) else TestRunner

    class ConformRunner(base):  # type: ignore[misc]
        greenroom_exit_code = ExitCode.OK

        def build_suite(self, test_labels: Any = None, **kwargs: Any) -> Any:
            return self.test_suite([case("test_suite")])

        def run_checks(self, databases: Any) -> None:
            # They are about this project; a server that runs already may be another's.
            if not options.root_url:
                super().run_checks(databases)

        def run_suite(self, suite: Any, **kwargs: Any) -> Any:
            session = self._session
            case.broken = lambda test: setattr(session, "exit_code", ExitCode.BROKEN)
            try:
                return super().run_suite(suite, **kwargs)
            finally:
                self.greenroom_exit_code = session.exit_code

    given = {name: getattr(options, name) for name in _OPTIONS}
    return ConformRunner(
        verbosity=options.verbosity, failfast=options.failfast, keepdb=options.keepdb, interactive=False, **given
    )
