"""Filter expressions and overrides under the `pytest` command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from greenroom.collect.rules import Granted, Rules
from greenroom.collect.subjects import Places, unknown_seconds
from greenroom.filters import compiled, needs_seconds, parse
from greenroom.history.durations import remembered_seconds
from greenroom.pytest_engine.subjects import ItemSubject
from greenroom.pytest_engine.uses import kind_of
from greenroom.pytest_plugin.run import RUN, PytestRun

_GRANTED = pytest.StashKey[Granted | None]()
_RULES = pytest.StashKey[tuple[Rules, Callable[[Any], ItemSubject]]]()


def meant(items: Sequence[Any], run: PytestRun) -> set[Any]:
    """The tests that one of the filter expressions of a run means."""
    wanted = [parse(text) for text in run.config.filter]
    subject = _subjects(run, remember=any(map(needs_seconds, wanted)))
    mean = [compiled(expression) for expression in wanted]

    def is_meant(of: ItemSubject) -> bool:
        return any(means(of) for means in mean)

    return {item for item in items if is_meant(subject(item))}


def granted_of(item: Any) -> Granted | None:
    """What the overrides say of a test; None where they say nothing."""
    run = item.config.stash.get(RUN, None)
    if run is None or not run.overrides:
        return None
    if _GRANTED not in item.stash:
        if _RULES not in item.config.stash:
            rules = Rules(run.overrides)
            item.config.stash[_RULES] = (rules, _subjects(run, remember=rules.needs_seconds))
        rules, subject = item.config.stash[_RULES]
        item.stash[_GRANTED] = rules.of(subject(item))
    granted: Granted | None = item.stash[_GRANTED]
    return granted


def _subjects(run: PytestRun, *, remember: bool) -> Callable[[Any], ItemSubject]:
    places = Places(run.place.root)
    seconds = remembered_seconds(run.place.folder) if remember else unknown_seconds
    return lambda item: ItemSubject(item, kind_of(item, run.marks), places, seconds)
