"""Which group of tests runs next, and where: pure policy, from data to data."""

from greenroom.schedule.groups import build_groups
from greenroom.schedule.queue import Schedule
from greenroom.schedule.split import split
from greenroom.schedule.stages import Stages
from greenroom.schedule.times import Times

__all__ = ["Schedule", "Stages", "Times", "build_groups", "split"]
