"""What a run said of each test, whoever recorded it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUTCOMES = ("passed", "failed", "error", "skipped", "expected_failure", "unexpected_success")
FAILING = frozenset({"failed", "error", "unexpected_success"})


@dataclass(frozen=True)
class Result:
    """One test, or one class or module fixture that failed or skipped."""

    id: str
    """`test.id()`, or a fixture as unittest names it."""
    outcome: str
    text: str = ""
    """Tracebacks, or the reason of a skip."""
    fixture: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Recording:
    """All that one run said."""

    results: tuple[Result, ...]
    ran: int | None
    """How many tests the runner says that it ran, from its last word; None where that never came: it broke off."""

    @property
    def tests(self) -> int:
        """How many tests have a result."""
        return sum(not result.fixture for result in self.results)

    @property
    def failing(self) -> bool:
        """Whether a run with these results must fail."""
        return any(result.outcome in FAILING for result in self.results)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines; none where there is no file, and none after a line that broke off."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            try:
                value = json.loads(line)
            except ValueError:
                return
            yield value


def read_stock(file: Path) -> Recording:
    """Read what `recorder.RecordingResult` wrote."""
    results: list[Result] = []
    ran: int | None = None
    for line in _lines(file):
        text = line.get("text", "")
        if "test" in line:
            results.append(Result(line["test"], line["outcome"], text, seconds=line.get("seconds", 0.0)))
        elif "fixture" in line:
            results.append(Result(line["fixture"], line["outcome"], text, fixture=True))
        else:
            ran = (ran or 0) + line["ran"]
    return Recording(tuple(results), ran)


def read_greenroom(file: Path) -> Recording:
    """Read greenroom's event stream. A test that was interrupted has no outcome and is left out."""
    results: list[Result] = []
    ran: int | None = None
    for line in _lines(file):
        text = "\n".join(problem.get("text", "") for problem in line.get("problems", ()))
        match line.get("event"):
            case "TestFinished" if not line.get("interrupted", False):
                results.append(Result(line["test"], line["outcome"], text, seconds=line["seconds"]))
            case "FixtureFinished":
                results.append(Result(line["fixture"], line["outcome"], text, fixture=True))
            case "RunFinished":
                ran = (ran or 0) + line["tests"]
            case _:
                pass
    return Recording(tuple(results), ran)
