"""Workers without processes: a clock that jumps from one finished group to the next."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenroom.model import Group
    from greenroom.schedule import Schedule, Stages


def simulate(schedule: Schedule | Stages, workers: int) -> tuple[float, list[tuple[float, int, Group]]]:
    """Run all groups; each takes what it is expected to.

    Returns:
        The seconds that the run took, and when and on which worker each group began.
    """
    now = 0.0
    busy: list[tuple[float, int, Group]] = []
    idle = list(range(workers))
    log: list[tuple[float, int, Group]] = []
    while True:
        for worker in list(idle):
            group = schedule.take(worker)
            if group is None:
                continue
            if schedule.needs_fresh(worker, group):
                schedule.reset_worker(worker)
            idle.remove(worker)
            log.append((now, worker, group))
            heapq.heappush(busy, (now + group.seconds, worker, group))
        if not busy:
            return now, log
        now, worker, group = heapq.heappop(busy)
        schedule.finished(worker, group)
        idle.insert(0, worker)
