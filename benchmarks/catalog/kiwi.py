"""What reporting to Kiwi TCMS adds to a run, and what it asks of the server."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.contenders import Calls, run_figures, warm_up
from benchmarks.measure import adopting_orphans, run_checked
from benchmarks.model import BenchmarkError, Command, Contender, ContenderFailed, Report, Results, Sample, Target
from benchmarks.processes import supported
from benchmarks.reported import figures_file, orphans, own_figures, to_the_end, working_project
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison, median_of, ratio
from benchmarks.toolbox import Toolbox, interpreter_with
from tools.environments import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.projects import Project
    from tools.kiwi.server import KiwiServer

TESTS = 2_000
PLUGIN = ("kiwitcms-django-plugin==12.7", "tcms-api==15.0")
SECONDS = 2.0
"""How long the slow server takes to answer."""
LIMIT = 1.02
"""Times the run's own time without the report."""
FULL = 1
"""In so many rounds, the first ones, delivery goes on to its end; after that it is broken off with the run."""
PLAIN = "no report"
NEW = "--report kiwi, new tests"
KNOWN = "--report kiwi, known tests"
DOWN = "--report kiwi, server down"
HANGS = "--report kiwi, server hangs"
SLOW = f"--report kiwi, {SECONDS:g} s for an answer"
OLD_NEW = "Kiwi's own plugin, new tests"
OLD_KNOWN = "Kiwi's own plugin, known tests"
OLD_ROUNDS = 1
REPORTED = (NEW, KNOWN, DOWN, HANGS, SLOW)
METRICS = (
    ("wall", "wall, s"),
    ("own", "own time, s"),
    ("cpu", "CPU, s"),
    ("requests", "requests"),
    ("later", "there after, s"),
    ("sender", "sender's CPU, s"),
)
RATIOS = (("own", "own time, ratio"), ("cpu", "CPU, ratio"), ("wall", "wall, ratio"))
_OWN = (
    "Own time: the wall time less the time in which the run could have gone on and no processor was free, as Linux counts it "
    "(`/proc/self/schedstat`): what the run needs, waiting for a server included, whatever else the machine does. CPU: of the "
    "run's own process."
)
_TO_THE_END = (
    f"Delivery went on to its end in {'the first round' if FULL == 1 else f'the first {FULL} rounds'}, and all results were "
    'counted in the server; "there after" is how long that took when the run was over. In all others it was broken off, and the '
    "results were counted in the journal."
)
_PLUGIN = f"Kiwi's own plugin: {' with '.join(one.replace('==', ' ') for one in PLUGIN)}, under Django's runner."
_SENDER = "greenroom.reporters.kiwi.sender"
_PASSED = """
    select count(*) from testruns_testexecution e join testruns_testexecutionstatus s on s.id = e.status_id
    join testruns_testrun r on r.id = e.run_id join testplans_testplan p on p.id = r.plan_id
    join management_product m on m.id = p.product_id where m.name = ? and s.name = 'PASSED'
"""


@dataclass
class Scene:
    """A project, a server, and the ways to it that are out of order."""

    calls: Calls
    server: KiwiServer
    addresses: dict[str, str]
    """The server's address by the contender's name, where it is not the server's own."""
    old: Calls | None
    """The calls with Kiwi's own plugin."""
    numbers: Iterator[int] = field(default_factory=itertools.count)
    turns: dict[str, int] = field(default_factory=dict)
    """How often each has had its turn."""

    @property
    def project(self) -> Project:
        """The one that all run."""
        return self.calls.project

    def contenders(self) -> list[Contender]:
        """Without a report, with it, and Kiwi's plugin for Django."""
        found = [Contender(PLAIN, lambda: self.timed(self.calls.greenroom())[0])]
        found += [Contender(name, lambda name=name: self.reported(name)) for name in REPORTED]  # type: ignore[misc]
        if self.old is not None:
            # The second one is about what the first one left.
            found += [Contender(name, lambda: self.plugged("old"), OLD_ROUNDS) for name in (OLD_NEW, OLD_KNOWN)]
        return found

    def timed(self, command: Command) -> tuple[Sample, list[int]]:
        """Run a command: its figures, and the senders that it left behind."""
        with adopting_orphans():
            finished = run_checked(command)
            left = orphans(_SENDER)
        run_figures(finished, self.project.tests)
        return own_figures(self.project, finished.wall), left

    def reported(self, name: str) -> Sample:
        """A run with the report; of the first ones it is awaited that all of it arrives."""
        turn = self.turns[name] = self.turns.get(name, -1) + 1
        # What the first round with new tests leaves is what all rounds with known ones find.
        known = name == KNOWN or (name == NEW and not turn)
        product = "known" if known else f"product {next(self.numbers)}"
        passed, asked = self._passed(product), len(self.server.requests())
        calls = Calls(self.calls.toolbox, self.project, {**self.calls.extra_env, **self._variables(name, product)})
        figures, left = self.timed(calls.greenroom(0, "--report", "kiwi"))
        if name not in {NEW, KNOWN} or turn >= FULL:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                to_the_end(pid)
            self._all_kept()
            return figures
        cpu, after = 0.0, 0.0
        for pid in left:
            cpu, after = to_the_end(pid)
        if self._passed(product) - passed != self.project.tests:
            raise ContenderFailed(f"of {self.project.tests} results {self._passed(product) - passed} are in the server")
        requests = len(self.server.requests()) - asked
        return {**figures, "requests": requests, "later": after, "sender": cpu}

    def plugged(self, product: str) -> Sample:
        """A run with Kiwi's own plugin."""
        assert self.old is not None
        passed, asked = self._passed(product), len(self.server.requests())
        old = Calls(self.old.toolbox, self.project, {**self.old.extra_env, **self._variables("", product)})
        figures, _ = self.timed(old.stock(0, "--testrunner", "tcms_django_plugin.TestRunner"))
        if self._passed(product) - passed != self.project.tests:
            raise ContenderFailed(f"of {self.project.tests} results {self._passed(product) - passed} are in the server")
        return {**figures, "requests": len(self.server.requests()) - asked, "later": 0}

    def _variables(self, name: str, product: str) -> dict[str, str]:
        about = {"TCMS_PRODUCT": product, "TCMS_PRODUCT_VERSION": "1", "TCMS_BUILD": "b"}
        found = {**self.server.variables(), **about}
        return {**found, "TCMS_API_URL": self.addresses.get(name, found["TCMS_API_URL"])}

    def _passed(self, product: str) -> int:
        """How many results of a product are in the server."""
        return int(self.server.query(_PASSED, product)[0][0])

    def _all_kept(self) -> None:
        """See to it that a run that could not deliver has each of its results in its journal."""
        journals = sorted((self.project.root / ".greenroom" / "kiwi").glob("*.jsonl"))
        kept = sum(line.startswith(b'{"event":"TestFinished"') for line in journals[-1].read_bytes().splitlines())
        if kept != self.project.tests:
            raise ContenderFailed(f"of {self.project.tests} results {kept} are in the journal")
        for journal in journals:
            journal.unlink()


def run(session: Session) -> Report:
    """Time the same tests without a report and with it, with a server that is well and with such as are not."""
    if not supported():
        return Report(notes=("Not measured: processes are looked at through Linux's /proc.",))
    if not session.toolbox.has_greenroom:
        return Report(notes=("Not measured: greenroom could not be imported.",))
    # Imported here, and below: it needs what only Unix has.
    from tools.kiwi.install import VERSION

    with scene(session) as found:
        tests = found.project.tests
        results = session.measure(f"{tests:,} tests, Kiwi TCMS {VERSION}", found.contenders())
    caption = f"{tests:,} tests, Kiwi TCMS {VERSION} on the same machine:"
    notes = (_OWN, _TO_THE_END, _PLUGIN)
    return Report(
        (comparison(results, METRICS, PLAIN, RATIOS, caption),), targets(results, tests), notes, {"": results}
    )


def targets(results: Results, tests: int) -> tuple[Target, ...]:
    """What the project wants: few requests, and next to nothing added to the run."""
    few = (
        Target(f"requests for {tests:,} new tests", 100, median_of(results, NEW, "requests"), strict=True),
        Target(f"requests for {tests:,} known tests", 50, median_of(results, KNOWN, "requests"), strict=True),
    )
    return few + tuple(
        Target(f"{name} / {PLAIN}, own time", LIMIT, ratio(results, name, PLAIN, "own"), strict=True)
        for name in REPORTED
    )


@contextlib.contextmanager
def scene(session: Session) -> Iterator[Scene]:
    """A project, and a server for as long as it is wanted.

    Raises:
        BenchmarkError: the server, or the plugin, can't be had.
    """
    from tools.kiwi.install import ensure
    from tools.kiwi.network import relay
    from tools.kiwi.server import KiwiServer

    project = working_project(session.work / "kiwi-project", round(TESTS * session.scale))
    calls = session.calls(project, {"BENCHMARK_FIGURES": str(figures_file(project))})
    warm_up(calls)
    folder = session.work / "kiwi-server"
    folder.mkdir()
    try:
        server = KiwiServer(ensure(), folder)
    except SetupError as error:
        raise BenchmarkError(str(error)) from error
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        server.start()
        nobody = stack.enter_context(socket.socket())
        nobody.bind(("127.0.0.1", 0))  # It does not listen: who connects is refused.
        addresses = {
            DOWN: f"http://127.0.0.1:{nobody.getsockname()[1]}/xml-rpc/",
            HANGS: stack.enter_context(relay(0)).url,
            SLOW: stack.enter_context(relay(server.port, delay=SECONDS)).url,
        }
        yield Scene(calls, server, addresses, None if session.quick else _with_plugin(session, calls, server))


def _with_plugin(session: Session, calls: Calls, server: KiwiServer) -> Calls:
    """The calls in the environment that Kiwi's plugin has for itself; it reads where the server is from a file."""
    home = session.work / "kiwi-home"
    home.mkdir()
    about = server.variables()
    lines = (
        f"{key} = {about[name]}"
        for key, name in (("url", "TCMS_API_URL"), ("username", "TCMS_USERNAME"), ("password", "TCMS_PASSWORD"))
    )
    (home / ".tcms.conf").write_text("\n".join(("[tcms]", *lines, "")), encoding="utf-8")
    python = interpreter_with(f"django=={calls.toolbox.versions['django']}", *PLUGIN)
    return Calls(Toolbox(python, calls.toolbox.versions), calls.project, {**calls.extra_env, "HOME": str(home)})


KIWI = Benchmark(
    "kiwi",
    "Reports to Kiwi TCMS",
    f"{TESTS:,} tests, each of which gets a page with 160 rows of a table from the test client, without a report and with "
    "`--report kiwi`: to a server that is well, to one that is down, one that accepts and never answers, and one that takes "
    f"{SECONDS:g} seconds for each answer; and with Kiwi's own plugin for Django. Tests that do nothing would be over in a second, "
    "and any ratio to that would be noise.",
    run,
    by_default=False,
)
