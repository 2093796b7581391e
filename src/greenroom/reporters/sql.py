"""`--report sql[:PATH]`: the queries of each test, what is repeated and from which line, and budgets that fail a run."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from pathlib import Path

from greenroom.events import Event, FixtureFinished, GroupFinished, Query, RunFinished, TestFinished
from greenroom.hooks.context import ReporterContext
from greenroom.reporters import sqlbaseline
from greenroom.reporters.api import BaseReporter, Need
from greenroom.reporters.output import Output, one_line
from greenroom.reporters.queries import Repeated, repeated

MOST_TESTS = 20
"""Tests that are listed."""
MOST_PLACES = 30
"""Lines of code that are listed."""
_MOST_SHAPE = 200
"""Characters of a statement that are shown."""

_Place = tuple[str, int, str]


class Sql(BaseReporter):
    """Writes the lists when the run is over.

    Args:
        context: without a path they go to standard output.

    Raises:
        GreenroomError: the file can't be opened, or the baseline can't be read.
    """

    wants = frozenset({TestFinished, GroupFinished, FixtureFinished, RunFinished})
    needs: frozenset[Need] = frozenset({"queries"})

    def __init__(self, context: ReporterContext) -> None:
        config = context.config
        self._root = context.root
        self._budget = config.sql_budget
        self._baseline_file = context.root / config.sql_baseline if config.sql_baseline else None
        self._baseline = sqlbaseline.read(self._baseline_file) if self._baseline_file is not None else {}
        self._update = config.sql_baseline_update and not context.replay
        self._output = Output(context.path, context.out)
        self._tests = self._queries = self._flaky = 0
        self._seconds = 0.0
        self._counts: dict[str, int] = {}
        """Of each test that passed, for the baseline."""
        self._most: list[tuple[int, float, str]] = []
        self._repeated: dict[_Place, tuple[Repeated, set[str]]] = {}
        self._of_fixtures: dict[str, tuple[int, float]] = {}
        """How many queries the fixtures of a class had at most in one process, and their seconds."""
        self._over: list[str] = []
        self._over_tests: set[str] = set()

    def handle(self, event: Event) -> None:
        """Take one event."""
        match event:
            case TestFinished():
                self._test(event)
            case GroupFinished():
                self._fixtures(f"fixtures of {event.group}", event.queries, event.more_queries)
            case FixtureFinished():
                self._fixtures(event.fixture, event.queries, event.more_queries)
            case RunFinished():
                self._end(event)
            case _:
                pass

    def _test(self, event: TestFinished) -> None:
        if event.interrupted or event.outcome == "skipped":
            return
        count = len(event.queries) + event.more_queries
        self._tests += 1
        self._flaky += event.flaky
        self._queries += count
        seconds = sum(query.seconds for query in event.queries)
        self._seconds += seconds
        if count:
            keep = heapq.heappush if len(self._most) < MOST_TESTS else heapq.heappushpop
            keep(self._most, (count, seconds, event.test))
        self._hold_against(event, count)
        self._take_repeated(event.test, event.queries)

    def _fixtures(self, name: str, queries: Sequence[Query], more: int) -> None:
        """Class fixtures have no budget: each runs once for many tests, or once in each worker."""
        if not queries:
            return
        count, seconds = len(queries) + more, sum(query.seconds for query in queries)
        self._of_fixtures[name] = max(self._of_fixtures.get(name, (0, 0.0)), (count, seconds))
        self._take_repeated(name, queries)

    def _take_repeated(self, name: str, queries: Sequence[Query]) -> None:
        for each in repeated(queries):
            place = (each.file, each.line, each.shape)
            worst, tests = self._repeated.setdefault(place, (each, set()))
            tests.add(name)
            if each.count > worst.count:
                self._repeated[place] = each, tests

    def _hold_against(self, event: TestFinished, count: int) -> None:
        if self._budget and count > self._budget:
            self._too_many(event.test, f"{count} queries, sql-budget allows {self._budget}")
        if self._baseline_file is None or event.outcome != "passed":
            return
        self._counts[event.test] = max(count, self._counts.get(event.test, 0))
        known = self._baseline.get(event.test)
        if known is not None and count > known and not self._update:
            self._too_many(event.test, f"{count} queries, the baseline has {known}")

    def _too_many(self, test: str, words: str) -> None:
        self._over_tests.add(test)
        self._over.append(f"{test}: {words}")

    # The report -------------------------------------------------------------------------------------------------------

    def _end(self, event: RunFinished) -> None:
        write = self._output.write
        if event.aborted:
            return
        flaky = f" {self._flaky} flaky: the last try counts." if self._flaky else ""
        write(f"Queries: {self._queries} in {self._tests} tests, {self._seconds:.3f} s in databases.{flaky}\n\n")
        if self._most:
            write("Most queries:\n")
            for count, seconds, test in sorted(self._most, reverse=True):
                write(f"{count:6}  {seconds:.3f} s  {one_line(test)}\n")
            write("\n")
        if self._of_fixtures:
            write("Most queries of class fixtures:\n")
            most = heapq.nlargest(MOST_TESTS, ((*sums, name) for name, sums in self._of_fixtures.items()))
            for count, seconds, name in most:
                write(f"{count:6}  {seconds:.3f} s  {one_line(name)}\n")
            write("\n")
        ordered = sorted(self._repeated.values(), key=lambda pair: -pair[0].count)
        self._places("One query for each row (N+1), as it seems:\n", [pair for pair in ordered if not pair[0].same])
        self._places("The same query more than once in a test:\n", [pair for pair in ordered if pair[0].same])
        self._verdict(event)

    def _places(self, title: str, found: list[tuple[Repeated, set[str]]]) -> None:
        if not found:
            return
        write = self._output.write
        write(title)
        for each, tests in found[:MOST_PLACES]:
            where = (
                f"{self._shown(each.file)}:{each.line} in {each.function}"
                if each.file
                else "outside the project's code"
            )
            write(f"{each.count:6}  {one_line(where)}\n")
            write(f"        {one_line(each.shape)[:_MOST_SHAPE]}\n")
            if each.advice:
                write(f"        {each.advice}\n")
            first, *others = sorted(tests)
            write(f"        in {one_line(first)}{f' and {len(others)} more' if others else ''}\n")
        if len(found) > MOST_PLACES:
            write(f"        … and {len(found) - MOST_PLACES} more places\n")
        write("\n")

    def _shown(self, file: str) -> str:
        path = Path(file)
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else file

    def _verdict(self, event: RunFinished) -> None:
        if self._over:
            self._output.write("Too many queries:\n" + "".join(f"  {one_line(line)}\n" for line in self._over) + "\n")
            number = len(self._over_tests)
            noun = "test has" if number == 1 else "tests have"
            self.failure = f"{number} {noun} too many queries: {self._over[0]}"
        if self._baseline_file is None:
            return
        if self._update and not event.interrupted:
            sqlbaseline.write(self._baseline_file, {**self._baseline, **self._counts})
            self._output.write(
                f"The baseline {self._shown(str(self._baseline_file))} has {len(self._counts)} tests anew.\n"
            )
        elif new := len(self._counts.keys() - self._baseline.keys()):
            self._output.write(f"{new} of the tests are not in the baseline: give --sql-baseline-update to add them.\n")

    def flush(self) -> None:
        """Write what there is."""
        self._output.flush()

    def close(self) -> None:
        """Close the file."""
        self._output.close()
