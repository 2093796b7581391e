"""A test class whose tests are the results of somebody else's suite.

The class has one test method, which runs the suite against a live server with a database of its own. When it has ended,
each result of the suite is told to the result object as a test of the class: any reporter, `--events` and the history
know it by its own id. Where tests can't be told of that nobody announced (Django's own parallel runner, pytest) the
results are subtests of that method.
"""

from __future__ import annotations

import copy
import os
import shutil
import sys
import tempfile
import unittest
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
from django.db import connections
from django.test import TransactionTestCase

from greenroom.conformance.command import run_command, tail
from greenroom.conformance.junit import Finding, Result, read_junit
from greenroom.errors import GreenroomError
from greenroom.running.attachments import attach
from greenroom.running.place import place
from greenroom.servers import current, using
from greenroom.servers.base import Server

# Frames of modules with this name are left out of the tracebacks that unittest prints.
__unittest = True

URL_VARIABLE = "GREENROOM_LIVE_SERVER_URL"
"""The environment variable that tells a command where the server is."""
CA_VARIABLE = "GREENROOM_LIVE_SERVER_CA"
"""The one that tells it the file of the certificate to trust, where the server speaks HTTPS."""
_MOST_KEPT = 50
"""Files of a suite that are kept with its test."""


class SuiteBrokenError(Exception):
    """A suite could not be run to its end, or left no results that can be read."""


class ReportedError(Exception):
    """What a suite tells of as an error, rather than as a failure."""


class Prepared(msgspec.Struct, frozen=True):
    """A suite that is ready to run."""

    command: Sequence[str]
    environment: Mapping[str, str]
    """The whole environment of the command."""
    junit: Path
    """The file that it will write."""


class ExternalSuiteTestCase(TransactionTestCase):
    """Runs a command that writes JUnit XML against the live server of the project; each result becomes a test.

    A subclass says which command, and may make data for it in `setUp()`. What the command and the server write to the
    database is gone after the class, as after any `TransactionTestCase`.
    """

    greenroom_kind = "http"
    databases = "__all__"

    command: ClassVar[Sequence[str]] = ()
    """The program and its arguments. `{url}` stands for the address of the server, without a slash at its end, `{junit}`
    for the file to write, `{reports}` for a folder for whatever else it has to show."""
    junit: ClassVar[str] = ""
    """The file that the command writes where it can't be told another, from the working folder."""
    environment: ClassVar[Mapping[str, str]] = {}
    """Variables for the command beside those of this process."""
    root_url: ClassVar[str] = ""
    """The address of the server that is tested; by default the live server of the project."""
    time_limit: ClassVar[float] = 600.0
    """Seconds that the command may take."""
    report_dir: ClassVar[str | Path] = ""
    """A folder that is given the files of the suite as well, from the root of the project; empty: none."""

    live_server: ClassVar[str | None] = None
    """What serves the project: threaded, cheroot or asgi; by default as it is configured."""
    live_server_https: ClassVar[bool | None] = None
    """Whether by HTTPS; by default as it is configured."""

    _result: Result | None = None
    """What this test stands for; None: the run of the suite itself."""

    _ca_file: str | None = None

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        """Give the class its test.

        Args:
            abstract: it is there to be derived from, so that a module that imports it does not run it.
            kwargs: of other base classes.
        """
        super().__init_subclass__(**kwargs)
        if not abstract:
            cls.test_suite = cls._run_suite  # type: ignore[attr-defined]

    # For subclasses ---------------------------------------------------------------------------------------------------

    def require(self) -> None:
        """Called before the server is started: skip the test here where something is missing."""

    def prepare(self, url: str, reports: Path) -> Prepared:
        """What to run.

        Args:
            url: the server, without a slash at the end.
            reports: a folder whose files will be kept.
        """
        junit = Path(self.junit).absolute() if self.junit else reports / "junit.xml"
        values = {"{url}": url, "{junit}": str(junit), "{reports}": str(reports)}
        command = [_filled(part, values) for part in self.command]
        if not command:
            raise GreenroomError(f"{type(self).__qualname__} names no command", "Set its attribute `command`.")
        known = {URL_VARIABLE: url, **({CA_VARIABLE: self._ca_file} if self._ca_file else {})}
        return Prepared(command, {**os.environ, **known, **self.environment}, junit)

    def verdict(self, results: Sequence[Result], code: int) -> str:
        """Why the results can't be trusted; empty where they can.

        Args:
            results: what the suite wrote.
            code: the exit code of the command.
        """
        if code and not any(result.bad for result in results):
            return f"it ended with exit code {code}, and none of its results is a failure"
        return ""

    def name_of(self, result: Result) -> str:
        """How a result is called within this class."""
        return result.name

    def hides(self, result: Result) -> bool:
        """Whether a result is not reported."""
        return False

    def broken(self) -> None:
        """The suite could not be run to its end, or left no results; called before that becomes an error."""

    # As unittest sees it ----------------------------------------------------------------------------------------------

    def id(self) -> str:
        return f"{_class_id(self)}.{self._result.name if self._result else self._testMethodName}"

    def __str__(self) -> str:
        return f"{self._result.name} ({_class_id(self)})" if self._result else super().__str__()

    @classmethod
    def setUpClass(cls) -> None:
        if cls.databases == "__all__":
            # A project without a database has a stand-in for one, which can't be emptied.
            used = {alias for alias in connections if connections[alias].vendor != "unknown"}
            cls.databases = used  # type: ignore[assignment]
        super().setUpClass()

    def shortDescription(self) -> str | None:  # noqa: N802 - unittest's name
        return None if self._result else super().shortDescription()

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        self._results: list[Result] = []
        self._as_tests = result is not None and takes_new_tests(result)
        ended = super().run(result)
        if result is not None and self._as_tests:
            for each in self._results:
                if result.shouldStop:
                    break
                _tell(self._standing_for(each), each, result)
        return ended

    def _standing_for(self, result: Result) -> Self:
        test = copy.copy(self)
        test._result = result  # noqa: SLF001 - its own kind
        return test

    def _run_suite(self) -> None:
        """The suite itself: that it ran to its end and left results."""
        try:
            self.require()
            with tempfile.TemporaryDirectory(prefix="greenroom-suite-") as folder:
                results = self._results_of(Path(folder))
        except GreenroomError as error:
            self.broken()
            raise SuiteBrokenError(str(error)) from None
        named = [msgspec.structs.replace(each, name=self.name_of(each)) for each in results if not self.hides(each)]
        if len(named) < len(results):
            print(f"greenroom: {len(results) - len(named)} skipped results are not shown", file=sys.stderr)
        if self._as_tests:
            self._results = named
            return
        for each in named:
            with self.subTest(each.name):
                _carry_out(self, each)

    def _results_of(self, folder: Path) -> list[Result]:
        reports, log = folder / "reports", folder / "output.txt"
        reports.mkdir()
        server = None if self.root_url else self._serve()
        ready = self.prepare((server.url if server else self.root_url).rstrip("/"), reports)
        before = _written(ready.junit)
        try:
            code = run_command(ready.command, log=log, environment=ready.environment, limit=self.time_limit)
        finally:
            self._keep([*sorted(path for path in reports.rglob("*") if path.is_file()), log])
            _keep_errors(server)
        if code < 0:
            raise GreenroomError(f"{ready.command[0]} was killed by signal {-code}", tail(log))
        if _written(ready.junit) in {None, before}:
            raise GreenroomError(
                f"{ready.command[0]} ended with exit code {code} and wrote no {ready.junit.name}", tail(log)
            )
        results = read_junit(ready.junit)
        trouble = self.verdict(results, code) if results else "its results are empty"
        if trouble:
            raise GreenroomError(f"{ready.command[0]}: {trouble}", tail(log))
        return results

    def _serve(self) -> Server:
        server = current.serve_for(type(self))
        using.begin(self, server)
        self._ca_file = server.ca_file
        return server

    def _keep(self, files: Sequence[Path]) -> None:
        folder = place().root / self.report_dir if self.report_dir else None
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
            for file in files[-_MOST_KEPT:]:
                attach(file.name, file)
                if folder is not None:
                    shutil.copyfile(file, folder / file.name)
        except OSError as error:
            raise GreenroomError(f"the files of the suite can't be kept: {error}") from error


def takes_new_tests(result: Any) -> bool:
    """Whether a result object can be told of tests that were not planned.

    Django's result for parallel runs counts the tests that it was given, and pytest's stands for one test alone.
    """
    return isinstance(result, unittest.TestResult) and not hasattr(result, "test_index")


def _keep_errors(server: Server | None) -> None:
    """What requests raised in the server, with whole tracebacks."""
    errors = [f"{each.line}\n{each.traceback.strip()}\n" for each in server.errors] if server else []
    if errors:
        attach("server-errors.txt", "\n".join(errors))


def _tell(test: Any, told: Result, result: Any) -> None:
    """Tell a result object of a test that ran elsewhere, as `TestCase.run()` would."""
    result.startTest(test)
    try:
        for finding in told.findings:
            _tell_finding(test, finding, result)
        if not told.findings:
            result.addSuccess(test)
        add_duration = getattr(result, "addDuration", None)
        if add_duration is not None:
            add_duration(test, told.seconds)
    finally:
        result.stopTest(test)


def _tell_finding(test: Any, finding: Finding, result: Any) -> None:
    if finding.kind == "skip":
        result.addSkip(test, finding.text)
        return
    error = _exception(test, finding)
    info = (type(error), error, None)
    if finding.kind == "failure":
        result.addFailure(test, info)
    else:
        result.addError(test, info)


def _carry_out(test: unittest.TestCase, told: Result) -> None:
    """Fail or skip as a result says."""
    bad = [finding for finding in told.findings if finding.kind != "skip"]
    if bad:
        raise _exception(test, msgspec.structs.replace(bad[0], text="\n\n".join(finding.text for finding in bad)))
    for finding in told.findings:
        test.skipTest(finding.text)


def _exception(test: unittest.TestCase, finding: Finding) -> BaseException:
    if finding.kind == "failure":
        failure: BaseException = test.failureException(finding.text)
        return failure
    return ReportedError(finding.text)


def _class_id(test: unittest.TestCase) -> str:
    cls = type(test)
    return f"{cls.__module__}.{cls.__qualname__}"


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _written(path: Path) -> tuple[int, int, int] | None:
    """What tells one version of a file from another; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
