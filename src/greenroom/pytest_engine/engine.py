"""One run of pytest within a run of greenroom's: collects files, runs tests one by one, and ends."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import _pytest.config
import msgspec
import pytest
from _pytest.assertion.rewrite import assertstate_key
from _pytest.config import ConftestImportFailure, _prepareconfig

from greenroom import clock
from greenroom.errors import ConfigError
from greenroom.events import FixtureFinished, Problem
from greenroom.execute.exceptions import bounded, format_plainly
from greenroom.pytest_engine import cases, telling
from greenroom.pytest_engine.blocking import Blocking
from greenroom.pytest_engine.choice import Chosen, Wish
from greenroom.pytest_engine.ending import end_session
from greenroom.pytest_engine.hooks import Hooks
from greenroom.pytest_engine.uses import is_destructive

_VERSION = "PYTEST_VERSION"
"""Set as long as pytest is at work, as it does itself."""
_WIDER = frozenset({"class", "module", "package"})
_ELSEWHERE = {"collectonly": "--collect-only: `greenroom list` shows what would run"}


_LATE = ("-W", "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning")
"""pytest comes after Django, so packages that have plugins, greenroom above all, may be there already. The warning of it is an
error where the project's configuration makes one of every warning."""


class PytestStart(msgspec.Struct, frozen=True):
    """What pytest is started with; another process starts its own with the same."""

    args: tuple[str, ...]
    """Its command line, without files."""
    folder: str
    """Where it is called."""
    buffer: bool = False
    """Whether what tests print is held back, and shown with their failure."""
    verbosity: int = 1
    prepared: tuple[str, ...] | None = None
    """The aliases whose databases the runner has made; None: all."""

    def begin_worker(self) -> PytestEngine:
        """In a worker that inherits nothing: start pytest."""
        from greenroom.pytest_engine.remote import begin

        return begin(self)


class PytestEngine:
    """pytest, started once in a process.

    Args:
        start: how.
        bins: the classes by which Django orders tests.
        lone: whether all tests run in this process.
    """

    def __init__(self, start: PytestStart, bins: Sequence[type], *, lone: bool = True) -> None:
        self.start = start
        self._bins = tuple(bins)
        self.prepared: Collection[str] | None = start.prepared
        self.lone = lone
        self._hooks = Hooks(lambda: self.prepared, lambda: self.lone)
        self._blocking = Blocking()
        self._config: Any = None
        self.session: Any = None
        self._kinds: frozenset[str] = frozenset()
        self._known: dict[str, Any] = {}
        self._ran: set[Any] = set()
        self.unusable = ""
        """Why pytest could not start at all, in its own words."""
        self._pid = os.getpid()
        self._version_before: str | None = None
        self._summary = ""

    # The beginning ----------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Read pytest's configuration, load its plugins, and begin a session.

        Raises:
            ConfigError: pytest does not understand its command line or its configuration.
        """
        self._version_before = os.environ.get(_VERSION)
        os.environ[_VERSION] = pytest.__version__
        with self._blocking.inside():
            try:
                self._open()
            except ConftestImportFailure as error:
                self.unusable = _in_words(error)
            except pytest.UsageError as error:
                raise ConfigError(f"pytest: {' '.join(map(str, error.args))}") from None
            except SystemExit as error:
                raise ConfigError("pytest did not accept its options", f"It ended with {error.code}.") from None
            except Exception as error:
                self.unusable = format_plainly(error)

    def _open(self) -> None:
        args = ["--capture=fd" if self.start.buffer else "--capture=no", "-p", "no:sugar"]
        args += ["-v"] * max(0, self.start.verbosity - 1)
        config = self._config = _prepareconfig([*args, *self.start.args, *_LATE], [self._hooks])
        option = config.option
        for name, words in _ELSEWHERE.items():
            if getattr(option, name, False):
                raise ConfigError(f"pytest's {words}")
        _keep_own_asserts(config)
        # Processes are greenroom's.
        for name, off in (("dist", "no"), ("tx", []), ("numprocesses", None), ("usepdb", False)):
            if hasattr(option, name):
                setattr(option, name, off)
        # Crashes are told of by greenroom, and a file of stacks is at most one's.
        config.pluginmanager.unregister(name="faulthandler")
        own = {line.partition(":")[0].partition("(")[0].strip() for line in config.getini("markers")}
        self._kinds = frozenset({"unit", "database", "destructive", "http", "browser"}) - own
        session = self.session = pytest.Session.from_config(config)
        session.exitstatus = pytest.ExitCode.OK
        config._do_configure()  # noqa: SLF001 - pytest has no other way to be run step by step
        self._mute()
        config.hook.pytest_sessionstart(session=session)

    def _mute(self) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter._tw = self._config.get_terminal_writer().__class__(io.StringIO())  # noqa: SLF001

    def begin_worker(self) -> PytestEngine:
        """In a forked worker: go on with what was collected."""
        self.lone = False
        capture = self._config.pluginmanager.get_plugin("capturemanager") if self._config is not None else None
        if capture is not None and self.start.buffer:
            # The files that output is kept in are this process's own.
            capture.stop_global_capturing()
            capture.start_global_capturing()
            capture.suspend_global_capture()
        return self

    def for_others(self) -> PytestStart:
        """What a process that inherits nothing starts its own pytest with."""
        prepared = None if self.prepared is None else tuple(self.prepared)
        return msgspec.structs.replace(self.start, prepared=prepared)

    # Collection -------------------------------------------------------------------------------------------------------

    @property
    def patterns(self) -> Sequence[str]:
        """Which files the project says are test files."""
        found: list[str] = [] if self._config is None else self._config.getini("python_files")
        return found

    def collect(self, wish: Wish, patterns: Callable[[str], bool] | None = None) -> list[Any]:
        """The tests of files, as test cases of unittest's.

        Args:
            wish: which.
            patterns: whether the dotted name of a test is one of those that were asked for.

        Raises:
            NoTestsError: a file has no test of a name that was asked for.
            ConfigError: pytest refuses.
        """
        files = [Path(file) for file in wish.files]
        if self.unusable:
            return [cases.FailedFile(self._name(file), self.unusable) for file in files]
        self._hooks.trouble.clear()
        self._hooks.want(files)
        before = list(self.session.items) if hasattr(self.session, "items") else []
        chosen = Chosen(wish, patterns)
        self._hooks.wanted = chosen.takes
        # From the folder of the run: each folder on the way may have a conftest.py, which may be broken.
        self._config.args = [os.path.commonpath([self.start.folder, *(file.parent for file in files)])]
        failure = self._collect()
        items = [] if failure else list(self.session.items)
        self.session.items = [*before, *items]
        broken = [self._broken(report) for report in self._hooks.trouble]
        if failure and not any(isinstance(case, cases.FailedFile) for case in broken):
            broken = [cases.FailedFile(self._name(file), failure) for file in files]
        if not broken:
            chosen.check()
            self._tell_of_ignored()
        return [*broken, *self._cases(items)]

    def _collect(self) -> str:
        """Have pytest collect; why it broke off is given back."""
        with self._blocking.inside():
            try:
                self._config.hook.pytest_collection(session=self.session)
            except pytest.UsageError as error:
                if not any(report.failed for report in self._hooks.trouble):
                    raise ConfigError(f"pytest: {' '.join(map(str, error.args))}") from None
                return " ".join(map(str, error.args))
            except (Exception, pytest.exit.Exception) as error:
                return format_plainly(error)
        return ""

    def _tell_of_ignored(self) -> None:
        """A file that pytest's configuration or a conftest.py leaves out is not lost without a word."""
        for file in sorted(self._hooks.files - self._hooks.seen):
            print(f"greenroom: pytest passes over {self._name(file)}, as its configuration says", file=sys.stderr)

    def _name(self, file: Path) -> str:
        root = self._config.rootpath if self._config is not None else Path(self.start.folder)
        return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)

    def _broken(self, report: Any) -> Any:
        name = report.nodeid or "."
        if report.skipped:
            return cases.SkippedFile(name, telling.reason_of(report))
        return cases.FailedFile(name, bounded(f"{report.longreprtext}\n"))

    def _cases(self, items: Sequence[Any]) -> list[Any]:
        bins = self._bins
        from greenroom.pytest_engine.uses import kind_of

        of_class: dict[tuple[str, int], list[Any]] = defaultdict(list)
        places = []
        for item in items:
            key = (item.nodeid.partition("::")[0], cases.bin_of(item, bins))
            of_class[key].append(item)
            places.append((item, key))
        classes = {
            (group, place): cases.case_class(
                group,
                bins[place] if place < len(bins) else object,
                commits=any(map(is_destructive, own)),
                split=not any(map(_shares_fixtures, own)),
            )
            for (group, place), own in of_class.items()
        }
        found = [classes[key](item, self, kind_of(item, self._kinds)) for item, key in places]
        self._known.update((case.item.nodeid, case) for case in found)
        return found

    def load(self, file: str, name: str) -> Any:
        """The test of this name, in a process that has collected nothing yet: its file is collected when it is asked for.

        Raises:
            LookupError: the file has no such test.
        """
        if name not in self._known:
            self._refuse(self.collect(Wish((file,))))
        if name not in self._known:
            raise LookupError(f"pytest collected no test {name} here")
        return self._known[name]

    def _refuse(self, collected: Sequence[Any]) -> None:
        texts = [case.text for case in collected if isinstance(case, cases.FailedFile)]
        if texts:
            raise LookupError("\n".join(texts))

    # The tests --------------------------------------------------------------------------------------------------------

    def link(self, tests: Sequence[Any], *, last: bool) -> None:
        """Say which test comes after which, so that fixtures which both use are kept.

        Args:
            tests: in the order in which this process runs them.
            last: whether no more come; else the fixtures of the session are kept.
        """
        own = [test for test in tests if isinstance(test, cases.PytestCase)]
        for test, following in pairwise(own):
            test.next_node = following.item
        if own:
            own[-1].next_node = None if last else self.session

    def run(self, case: Any, result: Any) -> None:
        """Run a test, and tell a result of it."""
        teller = telling.Teller(case, result)
        result.startTest(case)
        streams = sys.stdout, sys.stderr
        try:
            with self._blocking.inside():
                self._run(case, teller)
            teller.finish()
        finally:
            sys.stdout, sys.stderr = streams
            self._hooks.hear = None
            result.stopTest(case)
        if self.session.shouldfail or self.session.shouldstop:
            result.stop()

    def _run(self, case: Any, teller: Any) -> None:
        item = case.item
        self._hooks.hear = teller.hear
        try:
            self._leave_others(item)
            if item in self._ran and hasattr(item, "_initrequest"):
                item._initrequest()  # noqa: SLF001 - it is tried again, with fixtures of its own
            self._ran.add(item)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=case.next_node)
        except pytest.exit.Exception as error:
            teller.trouble(error, f"pytest.exit: {error.msg}\n")
            self.session.shouldstop = str(error.msg)
        except KeyboardInterrupt:
            self._give_up_fixtures()
            raise
        except Exception as error:
            teller.trouble(error, format_plainly(error))
            self._give_up_fixtures()

    def _leave_others(self, item: Any) -> None:
        """Tear down what is left of tests that this one does not follow, where it was thought that others would."""
        state = self.session._setupstate  # noqa: SLF001 - as pytest's own runner
        needed = set(item.listchain())
        if any(node not in needed for node in state.stack):
            state.teardown_exact(item)

    def _give_up_fixtures(self) -> None:
        from _pytest.runner import SetupState

        with contextlib.suppress(BaseException):
            self.session._setupstate.teardown_exact(None)  # noqa: SLF001
        self.session._setupstate = SetupState()  # noqa: SLF001

    # The end ----------------------------------------------------------------------------------------------------------

    def end_tests(self) -> Iterator[tuple[str, Problem]]:
        """Tear down all fixtures that are left; what they raise is given as problems, with a name for each."""
        if self.unusable or self.session is None:
            return
        with self._blocking.inside():
            try:
                self.session._setupstate.teardown_exact(None)  # noqa: SLF001
            except (Exception, pytest.fail.Exception) as error:
                yield "fixtures of pytest", Problem("error", format_plainly(error), "", telling.describe(error))

    def at_end(self) -> Iterator[FixtureFinished]:
        """In the process that began the session, when the tests are through: it ends; what goes wrong fails the run."""
        for name, problem in self.end_tests():
            yield FixtureFinished(clock.now(), name, "error", 0, (problem,))
        if self._config is None or self.unusable:
            return
        with self._blocking.inside():
            failure, self._summary = end_session(self._config, self.session, lone=self.lone)
        if failure:
            yield FixtureFinished(clock.now(), "plugins of pytest", "error", 0, (Problem("error", f"{failure}\n"),))

    def close(self) -> str:
        """Let go of everything, in the process that began the session.

        Returns:
            What plugins had to say at the end.
        """
        config, self._config = self._config, None
        if config is None or self._pid != os.getpid():
            return ""
        with self._blocking.inside():
            config._ensure_unconfigure()  # noqa: SLF001 - see _open
        if self._version_before is None:
            os.environ.pop(_VERSION, None)
        return self._summary


def _shares_fixtures(item: Any) -> bool:
    """Whether a test uses a fixture that is made for several tests, and not for the whole session."""
    info = getattr(item, "_fixtureinfo", None)
    if info is None:
        return True
    return any(each.scope in _WIDER for found in info.name2fixturedefs.values() for each in found)


def _keep_own_asserts(config: Any) -> None:
    """Have greenroom's modules imported as they are: pytest takes all of a package that has a plugin for one of tests."""
    state = config.stash.get(assertstate_key, None)
    hook = getattr(state, "hook", None)
    if hook is not None:
        hook._must_rewrite.discard("greenroom")  # noqa: SLF001 - pytest has no way to say it
        hook._marked_for_rewrite_cache.clear()  # noqa: SLF001


def _in_words(error: ConftestImportFailure) -> str:
    """What pytest prints when it can't load a conftest.py at the beginning."""
    tell = getattr(_pytest.config, "print_conftest_import_error", None)
    if tell is None:
        return f"ImportError while loading conftest '{error.path}'.\n{format_plainly(error.cause)}"
    out = io.StringIO()
    tell(error, file=out)
    return out.getvalue()
