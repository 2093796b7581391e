"""The reporter: it collects, and writes the page when the run is over."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from greenroom.errors import GreenroomError
from greenroom.events import (
    AttemptFailed,
    ChecksFinished,
    DatabaseStep,
    Event,
    ExecutionStarted,
    FixtureFinished,
    Note,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
    WorkerLost,
    WorkerStarted,
)
from greenroom.reporters.html import details, rows
from greenroom.reporters.html.editor import link_pattern
from greenroom.reporters.html.facts import Facts
from greenroom.reporters.html.files import Files
from greenroom.reporters.html.past import Past, past_data
from greenroom.reporters.html.plain import plain_failures
from greenroom.reporters.html.rows import BAD, CODES, Row
from greenroom.reporters.html.spool import Spool, script_json

PLENTY = 48_000_000
"""Bytes of details from which on tests that passed have none any more."""
MOST = 160_000_000
"""Bytes of details from which on those that failed have a short traceback, and at twice this one line."""
_SHORT = 2_000
_PASSED = CODES["passed"]

Needs = frozenset[str]


class HtmlReport:
    """A reporter that makes one HTML file of a run.

    Of each test a small record is kept in memory; tracebacks, logs, output and SQL go to a temporary file at once.

    Args:
        path: the file; an existing one is replaced when the new one is complete, missing folders are made.
        root: the root of the project, which attachments count from and which paths are shown from.
        past: gives the earlier runs of tests; None: the page tells none.
        editor: opens a source line: a name such as `vscode`, or a pattern such as `vscode://file/{path}:{line}`.
        queries: whether to ask for the SQL of each test.

    Raises:
        GreenroomError: the file can't be written there.
        ConfigError: the editor is not known.
    """

    wants: frozenset[type] | None = frozenset(
        {RunStarted, TestPlanned, Note, ExecutionStarted, ChecksFinished, DatabaseStep, WorkerStarted, WorkerLost,
         TestFinished, AttemptFailed, FixtureFinished, TestsNotRun, RunFinished}
    )  # fmt: skip

    patience = 60.0
    """Seconds: the whole page is written at the end, on a machine that may have much else to do."""

    def __init__(
        self, path: Path, root: Path, *, past: Past | None = None, editor: str = "", queries: bool = False
    ) -> None:
        self.path = path
        self.needs: Needs = frozenset({"logs", "output", "queries"} if queries else {"logs", "output"})
        self.trouble = ""
        """Why the page is missing or incomplete, in one line."""
        self._root = root
        self._past = past
        self._editor = link_pattern(editor)
        self._facts = Facts()
        self._rows: list[Row] = []
        self._planned: dict[int, Row] = {}
        self._tries: dict[int, list[dict[str, Any]]] = {}
        self._left_out = 0
        self._files = Files(root, path.parent)
        self._spool = Spool()
        self._closed = False
        _try_place(path)

    def handle(self, event: Event) -> None:
        match event:
            case TestFinished():
                self._test(event)
            case TestPlanned():
                row = self._planned[event.spec.index] = rows.planned(event.spec)
                self._rows.append(row)
            case AttemptFailed():
                tried = details.of_try(event, self._facts.began, self._files.shown)
                self._tries.setdefault(event.index, []).append(tried)
            case FixtureFinished():
                row = rows.of_fixture(event)
                row.said = details.said(event.problems)
                self._rows.append(row)
                self._keep(row, details.of_fixture(event))
            case TestsNotRun():
                self._facts.handle(event)
                self._not_run(event)
            case _:
                self._facts.handle(event)

    def _test(self, event: TestFinished) -> None:
        row = self._planned.get(event.index)
        if row is None or row.code != CODES["not_run"]:
            # Made on the way by another test; or run once more, which is a row of its own.
            row = Row(event.test) if row is None else Row(row.test, row.kind, row.tags, row.file, row.line)
            self._rows.append(row)
        rows.finish(row, event)
        tries = self._tries.pop(event.index, ()) if self._tries else ()
        if event.problems or event.doc or event.name or event.logs or event.output or event.queries or event.sql \
                or event.attachments or tries or event.quarantined:  # fmt: skip
            row.said = details.said(event.problems)
            if not row.said and tries:
                row.said = str(tries[-1].get("said", ""))
            self._keep(row, details.of_test(event, tries, self._files.shown))

    def _not_run(self, event: TestsNotRun) -> None:
        waiting = {row.test: row for row in self._planned.values() if row.code == CODES["not_run"]}
        for test in event.tests:
            row = waiting.get(test)
            if row is None:
                row = Row(test)
                self._rows.append(row)
            row.said = event.reason

    def _keep(self, row: Row, found: dict[str, Any]) -> None:
        size = self._spool.size
        if size > PLENTY and (row.code == _PASSED or size > MOST):
            self._left_out += 1
            if row.code not in BAD or size > 2 * MOST:
                return
            first = found.get("problems", [{}])[0]
            found = {"problems": [{"kind": first.get("kind", ""), "text": details.cut(first.get("text", ""), _SHORT)}]}
        if found:
            row.detail, row.length = self._spool.add(found)

    def flush(self) -> None:
        """The page is written in the end."""

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._write()
        except OSError as error:
            self.trouble = f"the HTML report {self.path} can't be written: {error.strerror or error}"
        finally:
            self.trouble = self.trouble or self._spool.trouble
            self._spool.close()

    def _write(self) -> None:
        # Imported here: a run that writes no page needs no templates.
        from greenroom.reporters.html.page import frame, write_page

        blocks = self._blocks()
        write_page(self.path, frame(self._context()), blocks)

    def _context(self) -> dict[str, Any]:
        facts, kept = self._facts, self._rows
        mood, headline, below = facts.verdict(kept)
        counts = Counter(row.code for row in kept)
        failures, more = plain_failures(kept, self._spool)
        return {
            "title": f"{headline} – {self._root.name or 'tests'}",
            "project": self._root.name or "tests",
            "mood": mood,
            "headline": headline,
            "below": below,
            "line": facts.line(),
            "counts": [
                (name, name.replace("_", " "), str(counts[code])) for name, code in CODES.items() if counts[code]
            ],
            "environment": facts.environment(),
            "failures": failures,
            "more": str(more) if more else "",
            "troubles": self._troubles(),
        }

    def _troubles(self) -> list[str]:
        found = [self._spool.trouble] if self._spool.trouble else []
        if self._left_out:
            found.append(
                f"The details of {self._left_out} tests are left out or short: they would be too much for a page."
            )
        return found

    def _blocks(self) -> Mapping[str, Iterator[bytes]]:
        began = self._facts.began

        def run() -> Iterator[bytes]:
            about: dict[str, Any] = {
                "root": str(self._root),
                "editor": self._editor,
                "troubles": self._troubles(),
                **self._facts.data(self._rows),
            }
            yield script_json(about).encode("ascii")

        def tests() -> Iterator[bytes]:
            yield script_json(rows.table(self._rows, began, _shorter(self._root))).encode("ascii")

        def past() -> Iterator[bytes]:
            found = past_data(self._rows, self._past, began) if self._past is not None else None
            yield script_json(found).encode("ascii")

        return {"run": run(), "tests": tests(), "past": past(), "details": self._spool.chunks()}


def _shorter(root: Path) -> Callable[[str], str]:
    inside = f"{root}{os.sep}"
    return lambda file: file.removeprefix(inside)


def _try_place(path: Path) -> None:
    """Find out at the start of a run, not at its end, that a file can't be written."""
    probe = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise GreenroomError(
            f"the HTML report {path} can't be written: {error.strerror}", "Give another path with --report html:PATH."
        ) from error
