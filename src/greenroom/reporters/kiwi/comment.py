"""What is written to a result beside its status: Markdown, as Kiwi TCMS shows it.

Nothing that differs from run to run for its own sake (times, workers) is in it: the same failure, sent again to the same
run of Kiwi TCMS, is the same comment, and is not added once more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from greenroom.events import AttemptFailed, FixtureFinished, Problem, TestFinished
from greenroom.reporters.output import clean, one_line

LIMIT = 40_000
"""Characters of a comment. What is cut out is the middle: both ends of a traceback say more."""
_FENCES = re.compile("`{3,}")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")

_KINDS = {
    "error": "Error",
    "failure": "Failure",
    "skip": "Skipped",
    "expected_failure": "Expected failure",
    "unexpected_success": "Unexpected success",
}


def comment_of(event: TestFinished, tries: Sequence[AttemptFailed], link: str) -> str:
    """What is said of a test; empty of one that passed and has nothing to say.

    Args:
        event: how it ended.
        tries: those before the last.
        link: to its source, in Markdown; may be empty.
    """
    parts: list[str] = []
    if event.flaky:
        parts.append(f"**Flaky**: passed at try {event.attempts}.")
    if event.quarantined:
        why = one_line(event.quarantine)
        parts.append(f"**In quarantine**{': ' if why else ''}{why}: its failure does not fail the run.")
    for one in tries:
        parts.append(f"Try {one.attempt} of {one.of}:")
        parts += problems_in(one.problems)
    if tries and event.problems:
        parts.append(f"Try {event.attempts}:")
    parts += problems_in(event.problems)
    if event.sql:
        parts += ["SQL:", fenced(event.sql, "sql")]
    if event.logs:
        parts += ["Logs:", fenced("\n".join(f"{line.level} {line.logger}: {line.message}" for line in event.logs))]
    if event.output:
        parts += ["Output:", fenced(event.output)]
    parts += [f"Attached: {one_line(one.name)} ({one.type}, {one.size} bytes)" for one in event.attachments]
    if parts and link:
        parts.append(f"Source: {link}")
    return shortened("\n\n".join(parts))


def fixture_comment(fixture: FixtureFinished) -> str:
    """What is said of a test that a class or module fixture kept from running."""
    return shortened("\n\n".join([f"In {one_line(fixture.fixture)}:", *problems_in(fixture.problems)]))


def problems_in(problems: Sequence[Problem]) -> list[str]:
    """Each problem: what it is, in which subtest, its text and its SQL."""
    parts = []
    for problem in problems:
        where = f" in the subtest {one_line(problem.subtest)}" if problem.subtest else ""
        head = f"**{_KINDS[problem.kind]}**{where}"
        if problem.kind in {"skip", "expected_failure"}:
            why = one_line(_why(problem))
            parts.append(f"{head}: {why}" if why else f"{head}.")
            continue
        parts.append(f"{head}:" if problem.text else f"{head}.")
        if problem.text:
            parts.append(fenced(problem.text))
        if problem.sql:
            parts += ["SQL:", fenced(problem.sql, "sql")]
    return parts


def _why(problem: Problem) -> str:
    """The reason of a skip, or of a failure that is expected; unittest gives none of those, and what was raised has to do."""
    if problem.text or problem.raised is None:
        return problem.text
    # pytest raises an exception of its own, without a word, where a test case fails as expected.
    return f"{problem.raised.type}: {problem.raised.message}" if problem.raised.message else ""


def fenced(text: str, language: str = "") -> str:
    """A text as it is, in a block that nothing in it can end."""
    text = clean(text).strip("\n")
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def shortened(text: str) -> str:
    """A text without its middle, where it is too long."""
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]}\n\n[{len(text) - 2 * half} characters are left out here]\n\n{text[-half:]}"


def sameness(comment: str) -> str:
    """What two comments have in common that say the same: addresses in memory and line breaks do not count."""
    return " ".join(_ADDRESS.sub("0x", comment).split())
