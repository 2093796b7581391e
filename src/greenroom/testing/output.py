"""What a run printed, taken apart and made comparable.

Two runs of the same tests print alike but for times, addresses and the like. `masked` takes those out; `TerminalReport`
takes unittest's report apart; `unordered` is the report of a parallel run with everything in it sorted.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

THICK = "=" * 70
THIN = "-" * 70

GREENROOM_LINE = re.compile(
    r"^greenroom: (?P<tests>\d+) tests?, (?P<failures>\d+) failures?, (?P<errors>\d+) errors?, (?P<skipped>\d+) skipped"
    r"(?P<more>.*) in (?P<seconds>[\d.]+) s(?P<brackets> \(.*\))?\n",
    re.MULTILINE,
)
"""The line that greenroom prints last of all, and stock does not."""

_DATABASE_LINE = re.compile(r"^  Database '[^']+': .*\n?", re.MULTILINE)
"""What `--timing` says beside Django's lines."""
_WHOLE_LINE = re.compile(f"{GREENROOM_LINE.pattern}\n?", re.MULTILINE)
_NOT_RUN = re.compile(r"^not run \(.*\): \d+ tests?\n(?:  .*\n)*", re.MULTILINE)
"""What greenroom says of tests that never began; stock says nothing."""
_NOT_RUN = re.compile(r"^not run \(.*\): \d+ tests?\n(?:  \S+\n)*", re.MULTILINE)
"""The tests that greenroom names and stock does not, after `--failfast` or Ctrl-C."""
_LOGGED = re.compile(r"^\nLogged meanwhile:\n(?:  .*\n)+", re.MULTILINE)
"""What greenroom tells of the log below a failure."""

_MASKS = (
    (re.compile(r"\b\d+\.\d{3}s\b *"), "<seconds> "),
    (re.compile(r"^\(\d+\.\d{3}\)", re.MULTILINE), "(<seconds>)"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "0x<address>"),
    (re.compile(r"\[Previous line repeated \d+ more times\]"), "[Previous line repeated <n> more times]"),
    (re.compile(r"\bs\d+_x\d+\b"), "<savepoint>"),
    (re.compile(r"shuffle seed: \d+ \(generated\)"), "shuffle seed: <seed> (generated)"),
)


def masked(text: str) -> str:
    """The text without what differs from run to run: times, addresses, savepoint names, seeds, greenroom's own lines."""
    text = _DATABASE_LINE.sub("", _NOT_RUN.sub("", _LOGGED.sub("", _WHOLE_LINE.sub("", text))))
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text.rstrip("\n") + "\n"


def without_clones(text: str) -> str:
    """The text without the lines in which Django tells of the copies of a database that workers use."""
    gone = re.compile(
        r"^(Cloning test database for alias|Destroying test database for alias '\w+' \('[^']*_\d+(\.sqlite3)?'\)|  Cloning ).*\n"
    )
    lines = [line for line in text.splitlines(keepends=True) if not gone.match(line)]
    seen: set[str] = set()
    kept = []
    for line in lines:
        if line.startswith("Destroying test database for alias"):
            if line in seen:  # at verbosity 1 the clones go by the same name
                continue
            seen.add(line)
        kept.append(line)
    return "".join(kept)


@dataclass(frozen=True)
class Section:
    """One failure or error as unittest prints it under a double line."""

    flavour: str
    """FAIL, ERROR or UNEXPECTED SUCCESS."""
    title: str
    """`str(test)`, with the description of a subtest behind it."""
    body: str
    """The rest: the docstring's first line, the traceback, captured output, SQL."""

    def __str__(self) -> str:
        return f"{self.flavour}: {self.title}\n{self.body}"


@dataclass(frozen=True)
class TerminalReport:
    """A report of `unittest.TextTestRunner` on stderr, taken apart."""

    progress: str
    """All that comes before the first failure, or before the summary: dots, or a line for each test."""
    sections: tuple[Section, ...]
    ran: int
    """The figure in `Ran 12 tests in …`; -1 where there is no such line."""
    verdict: str
    """The line that begins with OK, FAILED or NO TESTS RAN; empty where there is none."""
    rest: str
    """All that comes after the verdict."""

    @property
    def counts(self) -> dict[str, int]:
        """What the verdict counts, such as `{"failures": 1, "expected failures": 2}`."""
        return {name: int(count) for name, count in re.findall(r"([a-z]+(?: [a-z]+)*)=(\d+)", self.verdict)}

    def of(self, test: str) -> list[Section]:
        """The sections of one test, by id, or of a fixture, by unittest's name for it."""
        module, _, name = test.rpartition(".")
        return [
            section
            for section in self.sections
            if f"({test})" in section.title
            or section.title in {test, f"{name} ({module})"}  # the last is doctest's way
        ]


_SUMMARY = re.compile(rf"^{THIN}\nRan (\d+) tests? in [\d.]+s\n", re.MULTILINE)
_VERDICT = re.compile(r"^(OK|FAILED|NO TESTS RAN).*$", re.MULTILINE)
_HEAD = re.compile(rf"^{THICK}\n(FAIL|ERROR|UNEXPECTED SUCCESS): ", re.MULTILINE)


def parse_report(stderr: str) -> TerminalReport:
    """Take unittest's report apart; what is not there comes back empty."""
    summary = _SUMMARY.search(stderr)
    before, after = (stderr[: summary.start()], stderr[summary.end() :]) if summary else (stderr, "")
    verdict = _VERDICT.search(after)
    heads = list(_HEAD.finditer(before))
    sections = []
    for head, following in zip_longest(heads, heads[1:]):
        text = before[head.end() : following.start() if following else len(before)]
        title, _, body = text.partition("\n")
        sections.append(Section(head[1], title, body))
    return TerminalReport(
        progress=before[: heads[0].start()] if heads else before,
        sections=tuple(sections),
        ran=int(summary[1]) if summary else -1,
        verdict=verdict[0] if verdict else "",
        rest=after[verdict.end() :] if verdict else after,
    )


def unordered(stderr: str) -> str:
    """A masked report in which the order of tests does not show, to compare a parallel run with a serial one.

    The lines of the progress are sorted, and so are the marks within a line of dots, and the sections. Lines about
    copied databases are left out.
    """
    report = parse_report(without_clones(stderr))
    progress = []
    for line in masked(report.progress).splitlines():
        dots = re.fullmatch(r"[.FEsxu]+", line)
        progress.append("".join(sorted(line)) if dots else line)
    sections = sorted(masked(str(section)).rstrip() for section in report.sections)
    parts = [*sorted(progress), *sections, f"Ran {report.ran}", report.verdict, masked(report.rest).strip()]
    return "\n".join(part for part in parts if part) + "\n"


def differences(ours: str, stocks: str, *, name: str = "output") -> str:
    """A unified diff from stock's text to greenroom's; empty where they are equal."""
    return "\n".join(
        difflib.unified_diff(
            stocks.splitlines(), ours.splitlines(), f"stock {name}", f"greenroom {name}", lineterm="", n=2
        )
    )


def section_differences(ours: TerminalReport, stocks: TerminalReport, *, ignore: Iterable[str] = ()) -> str:
    """How the failure sections of two reports differ, whatever their order; empty where they do not.

    Args:
        ours: greenroom's.
        stocks: stock's.
        ignore: ids of tests whose sections are not compared.
    """
    leave_out = tuple(ignore)

    def text(report: TerminalReport) -> str:
        kept = [s for s in report.sections if not any(test in s.title for test in leave_out)]
        return masked("\n".join(sorted(str(section).rstrip() for section in kept)))

    return differences(text(ours), text(stocks), name="failure sections")
