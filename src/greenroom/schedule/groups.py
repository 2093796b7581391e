"""Bundles tests into the groups that one worker runs as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenroom.model import Group, TestSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from greenroom.schedule.times import Times


def build_groups(specs: Sequence[TestSpec], times: Times, *, splittable: Collection[str] = ()) -> list[Group]:
    """Make a group of each run of tests that belong together, in the order given.

    In Django's order all tests of a class follow each other. Where they do not, each run of them is a group of its
    own, with the same key: its class fixtures are paid for again, as they would be in one process.

    Args:
        specs: the tests, in Django's order.
        times: what is known about durations; a test of which nothing is known counts as the mean of those known.
        splittable: the keys of the groups whose tests may be shared out among workers.
    """
    groups: list[Group] = []
    mean: float | None = None
    start, end = 0, len(specs)
    while start < end:
        first = specs[start]
        key, rank = first.group, first.rank
        stop = start + 1
        while stop < end and (spec := specs[stop]).group == key and spec.rank == rank:
            stop += 1
        if mean is None and key not in times.groups:
            mean = times.mean()
        groups.append(_group(specs[start:stop], times, mean or 0.0, key in splittable))
        start = stop
    return groups


def _group(specs: Sequence[TestSpec], times: Times, mean: float, splittable: bool) -> Group:
    """One group; `mean` is the estimate of a test of a class that was never seen."""
    first = specs[0]
    known = times.tests
    seconds = [known.get(spec.id, spec.seconds) for spec in specs]
    total = 0.0
    unknown = 0
    for value in seconds:
        if value is None:
            unknown += 1
        else:
            total += value
    fixture = 0.0
    recorded = times.groups.get(first.group)
    if recorded is not None:
        count, group_total, fixture = recorded
        # Quick tests are not recorded one by one: they share what the others leave of their class's time.
        mean = max(0.0, group_total - fixture - total) / max(1, count - len(specs) + unknown)
    return Group(
        key=first.group,
        tests=tuple([spec.index for spec in specs]),
        rank=first.rank,
        locks=_union(specs),
        seconds=total + unknown * mean + fixture,
        fixture_seconds=fixture,
        test_seconds=tuple([mean if value is None else value for value in seconds]),
        splittable=splittable,
        weight=max([spec.weight for spec in specs]),
    )


def _union(specs: Sequence[TestSpec]) -> tuple[str, ...]:
    """The locks of all tests, each once, in order of appearance."""
    locks: tuple[str, ...] = ()
    for spec in specs:
        if spec.locks and spec.locks != locks:
            locks = tuple(dict.fromkeys(locks + spec.locks))
    return locks
