"""Private PostgreSQL and MariaDB servers, for as long as a run takes."""

from greenroom.databases.throwaway.api import Mode, Private, Server, ServerError, Settings
from greenroom.databases.throwaway.ensure import ensure_servers, point, stop_server
from greenroom.databases.throwaway.probe import answers

__all__ = [
    "Mode",
    "Private",
    "Server",
    "ServerError",
    "Settings",
    "answers",
    "ensure_servers",
    "point",
    "stop_server",
]
