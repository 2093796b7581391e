"""How the tests that pytest collected are bundled for workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from greenroom.collect.specs import locks_of
from greenroom.model import Group, TestSpec
from greenroom.pytest_engine.uses import is_destructive, test_id
from greenroom.pytest_plugin.run import RUN
from greenroom.schedule import Times, build_groups, split
from greenroom.sharing import shares_of

_GUESS = 0.01
"""Seconds that a test is taken to take of which nothing is known, where a file may be shared out for it."""


def specs_of(items: Sequence[Any]) -> list[TestSpec]:
    """What a schedule has to know of these tests, in their order."""
    specs = [_spec(index, item) for index, item in enumerate(items)]
    if items and items[0].config.stash[RUN].overrides:
        from greenroom.pytest_plugin.overriding import granted_of
        from greenroom.session.overriding import with_shares

        granted = ((index, granted_of(item)) for index, item in enumerate(items))
        return with_shares(specs, {index: each for index, each in granted if each is not None})
    return specs


def _spec(index: int, item: Any) -> TestSpec:
    method, cls = getattr(item, "function", None), getattr(item, "cls", None)
    of_class = locks_of(cls) if cls is not None else ()
    own, weight = shares_of(method) if method is not None else ((), 1)
    together = tuple(f"xdist_group:{_name(mark)}" for mark in item.iter_markers("xdist_group"))
    return TestSpec(
        index=index,
        id=test_id(item),
        kind="unit",
        group=file_of(item).nodeid,
        # What commits may leave a database without rows that others rely on: it comes last, as pytest-django has it.
        rank=int(is_destructive(item)),
        locks=tuple(dict.fromkeys((*of_class, *own, *together))),
        weight=max(weight, shares_of(cls)[1] if cls is not None else 1),
    )


def _name(mark: Any) -> str:
    return str(mark.args[0] if mark.args else mark.kwargs.get("name", "default"))


def file_of(item: Any) -> Any:
    """The node of the file that a test is in."""
    import pytest

    return item.getparent(pytest.File) or item.parent


def groups_of(specs: Sequence[TestSpec], times: Times, workers: int, *, may_split: bool) -> list[Group]:
    """The groups that workers run as a whole: a file each, or a part of one that is so long that all would wait for it.

    Args:
        specs: the tests, in their order.
        times: what is known about durations.
        workers: how many there are.
        may_split: whether a file may be shared out.
    """
    files = {spec.group for spec in specs} if may_split else set()
    if not times.groups:
        known = {spec.id: _GUESS for spec in specs}
        known.update(times.tests)
        times = Times(known)
    first: dict[str, int] = {}
    for spec in specs:
        first.setdefault(spec.group, spec.index)
    if workers == 1:
        return build_groups(specs, times)  # Nothing is shared out: the order stays what it is without workers.
    # What pytest-django has taken apart: tests of a file that use no database go with those that do.
    ordered = sorted(specs, key=lambda spec: (spec.rank, first[spec.group], spec.index))
    groups = build_groups(ordered, times, splittable=files)
    return split(groups, workers) if may_split else groups
