"""The tests of a run, a small record for each: what the list, the filters and the timeline of the page need."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from greenroom.events import FixtureFinished, TestFinished
from greenroom.model import FAILED_OUTCOMES, TestSpec

VERDICTS = (
    "failed",
    "error",
    "unexpected_success",
    "interrupted",
    "flaky",
    "quarantined",
    "not_run",
    "skipped",
    "expected_failure",
    "passed",
)
"""How a test can stand in the report, the worst first. The page knows them by their place in this list."""

CODES = {verdict: code for code, verdict in enumerate(VERDICTS)}
BAD = frozenset(CODES[name] for name in ("failed", "error", "unexpected_success", "interrupted"))
"""The verdicts that a reader looks for first."""

_Value = TypeVar("_Value")
_UNLOADED = "unittest.loader._FailedTest."
_FIXTURE = re.compile(r"\w+ \((.+)\)")
_TESTS = re.compile(r"tests?|test_.*|.*_tests?|conftest")


class Row(msgspec.Struct, gc=False):
    """One test, or one fixture that failed."""

    test: str
    kind: str = ""
    tags: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    code: int = CODES["not_run"]
    at: float = 0.0
    seconds: float = 0.0
    worker: int = 0
    tries: int = 1
    said: str = ""
    """In one line what was wrong."""
    detail: int = -1
    """Where its details begin in the spool; -1: it has none."""
    length: int = 0


def planned(spec: TestSpec) -> Row:
    """The row of a test that is to run."""
    return Row(spec.id, spec.kind, spec.tags, spec.file, spec.line)


def code_of(outcome: str, *, flaky: bool = False, quarantined: bool = False, interrupted: bool = False) -> int:
    """The verdict of a test, as a place in `VERDICTS`."""
    if interrupted:
        return CODES["interrupted"]
    if quarantined and outcome in FAILED_OUTCOMES:
        return CODES["quarantined"]
    if flaky and outcome == "passed":
        return CODES["flaky"]
    return CODES.get(outcome, CODES["error"])


def finish(row: Row, event: TestFinished) -> None:
    """Put in how a test ended."""
    row.code = code_of(
        event.outcome, flaky=event.flaky, quarantined=event.quarantined, interrupted=event.interrupted
    )  # fmt: skip
    row.at, row.seconds, row.worker, row.tries = event.at, event.seconds, event.worker, event.attempts


def of_fixture(event: FixtureFinished) -> Row:
    """The row of a class or module fixture."""
    return Row(event.fixture, "fixture", code=code_of(event.outcome), at=event.at, worker=event.worker)


def split_id(test: str) -> tuple[str, str]:
    """What an id has in common with its neighbours, and what is its own; both together are the id.

    `app.tests.Case.test_a` and `app/tests/test_x.py::test_a[1.5]` both end with the name of the function.
    """
    if " " in test and _FIXTURE.fullmatch(test):
        return "", test
    head = test.partition("[")[0]
    cut = head.rfind("::") + 2 if "::" in head else head.rfind(".") + 1
    return test[:cut], test[cut:]


def app_of(test: str) -> str:
    """The part of the project that a test belongs to: the package around its `tests`, dotted."""
    inside = _FIXTURE.fullmatch(test)
    name = inside[1] if inside else test.removeprefix(_UNLOADED)
    if "::" in name:
        parts = name.partition("::")[0].removesuffix(".py").split("/")
        modules, package = parts, parts[:-1]
    else:
        parts = name.split(".")
        # The last part of a test's id is its method, which begins with `test` as a module may.
        modules = parts if name != test else parts[:-1]
        package = parts[:-3]
    stop = next((place for place, part in enumerate(modules) if _TESTS.fullmatch(part)), None)
    return ".".join(parts[:stop] if stop else package or parts[:1])


def _numbered(values: Iterable[_Value]) -> tuple[dict[_Value, int], list[int]]:
    """Each value that there is with a number, and the numbers in the order of the values."""
    places: dict[_Value, int] = {}
    return places, [places.setdefault(value, len(places)) for value in values]


def table(rows: Sequence[Row], began: float, relative: Callable[[str], str]) -> dict[str, object]:
    """The rows by columns, which is a good deal shorter than one object for each; what repeats is written once.

    Args:
        rows: in the order of the report.
        began: the second that times count from.
        relative: a function that makes a file name shorter.
    """
    parts = [split_id(row.test) for row in rows]
    groups, group = _numbered(head for head, _ in parts)
    # One test speaks for all of its class, and fixtures, which share no part of their ids, for themselves.
    of_group = {
        head: app_of(row.test) for head, row in dict(zip((head for head, _ in parts), rows, strict=True)).items()
    }
    apps, app = _numbered(
        of_group[head] if head else app_of(row.test) for (head, _), row in zip(parts, rows, strict=True)
    )  # fmt: skip
    kinds, kind = _numbered(row.kind for row in rows)
    tags, tag = _numbered(row.tags for row in rows)
    files, file = _numbered(row.file for row in rows)
    return {
        "groups": list(groups),
        "apps": list(apps),
        "kinds": list(kinds),
        "tags": list(tags),
        "files": [relative(each) for each in files],
        "columns": {
            "group": group,
            "name": [name for _, name in parts],
            "app": app,
            "kind": kind,
            "tags": tag,
            "file": file,
            "line": [row.line for row in rows],
            "code": [row.code for row in rows],
            "at": [_number(row.at - began) if row.at else -1 for row in rows],
            "seconds": [_number(row.seconds) for row in rows],
            "worker": [row.worker for row in rows],
            "detail": [row.detail for row in rows],
            "length": [row.length for row in rows],
        },
        "said": _some(rows, lambda row: row.said),
        "tries": _some(rows, lambda row: row.tries if row.tries > 1 else 0),
    }


def _some(rows: Iterable[Row], value_of: Callable[[Row], object]) -> dict[str, object]:
    found = ((number, value_of(row)) for number, row in enumerate(rows))
    return {str(number): value for number, value in found if value}


def _number(value: float) -> float:
    return round(value, 4) if math.isfinite(value) else 0.0
