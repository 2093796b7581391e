"""One model of expected outcomes, shared by all end-to-end tests.

The model is a project full of sample tests, each with what must come of it. `write_model_project` writes it, `check`
holds a run of it against the model. A run in any mode must agree with the model; stock Django does.
"""

from __future__ import annotations

from collections import Counter
from textwrap import dedent
from typing import TYPE_CHECKING

from greenroom.testing.eventlog import check_stream
from greenroom.testing.samples import BASIC, DJANGO, EXCEPTIONS, FIXTURES, HOSTILE, LOADING, SUBTESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from greenroom.events import Problem
    from greenroom.testing.project import Project
    from greenroom.testing.ran import Ran
    from greenroom.testing.sample import Expected, Sample

HEADER = """\
import asyncio
import logging
import sys
import unittest

from django.test import SimpleTestCase, TestCase, TransactionTestCase, tag
from shop.models import Item

"""
"""What each sample's module begins with."""

MODEL: tuple[Sample, ...] = (*BASIC, *SUBTESTS, *FIXTURES, *DJANGO, *EXCEPTIONS, *LOADING, *HOSTILE)

BOUND = 2_500_000
"""Characters within which the problems of one test are told, however long its texts are."""


def write_model_project(project: Project, samples: Sequence[Sample] = MODEL) -> None:
    """Write the samples into a project, each a module of the package `samples`."""
    project.write("samples/__init__.py", "")
    for sample in samples:
        project.write(f"samples/test_{sample.name}.py", HEADER + dedent(sample.source))


def check(ran: Ran, samples: Sequence[Sample] = MODEL, *, bounded: bool = True) -> None:
    """Hold a run of the samples against the model, in its events, its terminal output and its exit code.

    Args:
        ran: a run of all the samples, in any mode.
        samples: those that were written.
        bounded: whether long texts must be cut; stock does not.

    Raises:
        AssertionError: naming everything that differs.
    """
    check_stream(ran.events)
    wrong = [
        *_missing(ran, samples),
        *(line for sample in samples for line in _tests(ran, sample, bounded)),
        *(line for sample in samples for line in _fixtures(ran, sample)),
        *_summary(ran, samples),
    ]
    assert not wrong, "The run differs from the model:\n- " + "\n- ".join(wrong) + f"\n{ran}"


def expected_counts(samples: Iterable[Sample]) -> Counter[str]:
    """How many problems of each kind the model holds."""
    counts: Counter[str] = Counter()
    for sample in samples:
        for expected in (*sample.tests.values(), *sample.fixtures.values()):
            counts.update(expected.kinds)
    return counts


def _missing(ran: Ran, samples: Sequence[Sample]) -> Iterator[str]:
    expected = Counter(test for sample in samples for test in sample.by_id())
    started = Counter(ran.order)
    for test, count in ((expected - started) + (started - expected)).items():
        yield f"{test} should start {expected[test]} times and started {started[test]} times ({count} off)"
    kept = {sample.id(test) for sample in samples for test in sample.not_started}
    for test in kept & set(started):
        yield f"{test} started in spite of its fixture"


def _tests(ran: Ran, sample: Sample, bounded: bool) -> Iterator[str]:
    outcomes = ran.outcomes
    for test, expected in sample.by_id().items():
        if test not in outcomes:
            continue
        if outcomes[test] != expected.outcome:
            yield f"{test} should be {expected.outcome} and is {outcomes[test]}"
        yield from _problems(test, expected, ran.events.problems(test))
        length = sum(len(problem.text) for problem in ran.events.problems(test))
        if bounded and length > BOUND:
            yield f"{test} tells {length} characters of text"
        yield from _shown(ran, test, expected)


def _problems(name: str, expected: Expected, problems: Sequence[Problem]) -> Iterator[str]:
    kinds = tuple(problem.kind for problem in problems)
    if kinds != expected.kinds:
        yield f"{name} should have the problems {expected.kinds} and has {kinds}"
    subtests = tuple(problem.subtest for problem in problems if problem.subtest)
    if expected.subtests and subtests != expected.subtests:
        yield f"{name} should name the subtests {expected.subtests} and names {subtests}"
    text = "\n".join(problem.text for problem in problems)
    for fragment in expected.text:
        if fragment not in text:
            yield f"{name} should tell {fragment!r} and tells:\n{text[:2000]}"


def _shown(ran: Ran, name: str, expected: Expected) -> Iterator[str]:
    told = [kind for kind in expected.kinds if kind in {"error", "failure", "unexpected_success"}]
    sections = ran.report.of(name)
    if len(sections) != len(told):
        yield f"{name} should have {len(told)} sections on the terminal and has {len(sections)}"
    for kind, flavour in (("error", "ERROR"), ("failure", "FAIL"), ("unexpected_success", "UNEXPECTED SUCCESS")):
        if told.count(kind) != sum(section.flavour == flavour for section in sections):  # type: ignore[arg-type]
            yield f"{name} should have {told.count(kind)} sections {flavour!r} on the terminal"  # type: ignore[arg-type]
    if told and "skip" not in expected.kinds:
        body = "\n".join(section.body for section in sections)
        for fragment in expected.text:
            if fragment not in body:
                yield f"{name} should show {fragment!r} on the terminal"


def _fixtures(ran: Ran, sample: Sample) -> Iterator[str]:
    fixtures = ran.events.fixtures
    expected = sample.fixtures_by_name()
    for name, wanted in expected.items():
        found = fixtures.get(name, [])
        if len(found) != 1:
            yield f"{name} should be told once and is told {len(found)} times"
            continue
        if found[0].outcome != wanted.outcome:
            yield f"{name} should be {wanted.outcome} and is {found[0].outcome}"
        yield from _problems(name, wanted, found[0].problems)
        yield from _shown(ran, name, wanted)
    for name in fixtures:
        ours = name.endswith(f"({sample.module})") or f"({sample.module}." in name
        if ours and name not in expected:
            yield f"{name} is told of and should not be"


def _summary(ran: Ran, samples: Sequence[Sample]) -> Iterator[str]:
    counts = expected_counts(samples)
    names = {
        "failures": counts["failure"],
        "errors": counts["error"],
        "skipped": counts["skip"],
        "expected failures": counts["expected_failure"],
        "unexpected successes": counts["unexpected_success"],
    }
    wanted = {name: count for name, count in names.items() if count}
    if ran.report.counts != wanted:
        yield f"the verdict should count {wanted} and is {ran.report.verdict!r}"
    # Python 3.12.1 does not count what it skips by a decorator.
    tests = sum(len(sample.tests) for sample in samples) - sum(not event.counted for event in ran.events.finished)
    if ran.report.ran != tests:
        yield f"the terminal should say that {tests} tests ran and says {ran.report.ran}"
    red = counts["failure"] + counts["error"] + counts["unexpected_success"] > 0
    if ran.returncode != int(red):
        yield f"the exit code should be {int(red)} and is {ran.returncode}"
