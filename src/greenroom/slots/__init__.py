"""What each worker has for itself: a number, names, ports, folders, a Redis, and whatever else a project says."""

from greenroom.slots.applying import check, settle
from greenroom.slots.kept import SlotError, folder
from greenroom.slots.names import name, number
from greenroom.slots.ports import ports, sockets
from greenroom.slots.redis import flush_redis, redis_url
from greenroom.slots.resources import get, resource

__all__ = [
    "SlotError",
    "check",
    "flush_redis",
    "folder",
    "get",
    "name",
    "number",
    "ports",
    "redis_url",
    "resource",
    "settle",
    "sockets",
]
