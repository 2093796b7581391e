"""Overrides in a run: what each test is granted goes to those who act on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from greenroom.collect.rules import Granted, Rules
from greenroom.collect.subjects import UNLOADED, Subjects, unknown_seconds
from greenroom.config import Config
from greenroom.config.overrides import Override
from greenroom.history.durations import remembered_seconds
from greenroom.model import TestSpec
from greenroom.retry import TestPolicy
from greenroom.running import place as running


def granted_tests(
    overrides: Sequence[Override], tests: Sequence[Any], config: Config, root: Path
) -> dict[int, Granted]:
    """What overrides say of tests, by index; nothing of what stands for a module that could not be loaded.

    Args:
        overrides: of the run.
        tests: unittest tests.
        config: of the run.
        root: of the project.
    """
    rules = Rules(overrides)
    seconds = remembered_seconds(root / config.directory) if rules.needs_seconds else unknown_seconds
    of = Subjects(root, seconds).of
    found = ((index, rules.of(of(test))) for index, test in enumerate(tests) if not isinstance(test, UNLOADED))
    return {index: granted for index, granted in found if granted is not None}


def take_overrides(session: Any, tests: Sequence[Any]) -> None:
    """Let a session know what the overrides say of its tests, and each of its processes which time limits they set."""
    options = session.options
    session.overridden = granted_tests(options.overrides, tests, options.config, options.root)
    limits = {index: each.timeout for index, each in session.overridden.items() if each.timeout is not None}
    session.limits.update(limits)
    if limits:
        ids = session.roster.ids
        session.place = msgspec.structs.replace(
            session.place, limits={ids[index]: seconds for index, seconds in limits.items()}
        )
        running.enter(session.place)


def with_overrides(policies: Mapping[int, TestPolicy], overridden: Mapping[int, Granted]) -> dict[int, TestPolicy]:
    """The policies of tests, with what overrides say in the place of what they said."""
    found = dict(policies)
    for index, granted in overridden.items():
        before = found.get(index, TestPolicy())
        found[index] = TestPolicy(
            retries=before.retries if granted.retries is None else granted.retries,
            delay=before.delay if granted.retry_delay is None else granted.retry_delay,
            quarantine=before.quarantine if granted.quarantine is None else granted.quarantine,
        )
    return found


def with_shares(specs: Sequence[TestSpec], overridden: Mapping[int, Granted]) -> list[TestSpec]:
    """The specs of tests, with the locks and weights that overrides add and set."""
    found = list(specs)
    for place, spec in enumerate(found):
        granted = overridden.get(spec.index)
        if granted is not None and (granted.mutex or granted.weight is not None):
            locks = tuple(dict.fromkeys((*spec.locks, *granted.locks)))
            found[place] = msgspec.structs.replace(spec, locks=locks, weight=granted.weight or spec.weight)
    return found
