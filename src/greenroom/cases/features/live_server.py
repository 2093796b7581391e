"""`start_live_server`: the project answers over HTTP, at `self.live_server_url`.

Which server that is: the attribute `live_server` of the class (threaded, cheroot or asgi) and its `live_server_https`, else the
options `--live-server` and `--https`, else the project's settings.
"""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.cases.features.asked import asked

NAMES = frozenset({"start_live_server"})


def set_up_class(cls: Any) -> None:
    """Have the server for a class all of whose tests want it: it may ask something in `setUpClass()` already."""
    if not getattr(cls, "start_live_server", False):
        return
    from greenroom.servers import current, using

    server = current.serve_for(cls)
    server.flights.open()
    cls.live_server_url = server.url
    using.allow(server.hostname, cls.addClassCleanup)


def set_up(test: unittest.TestCase) -> None:
    """Have the server for a test."""
    if not asked(test, "start_live_server", False):
        return
    from greenroom.servers import current, using

    server = current.serve_for(type(test))
    case: Any = test
    case.live_server = server
    case.live_server_url = server.url
    using.begin(test, server)
