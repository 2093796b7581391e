"""Django's own `LiveServerTestCase`: requests are waited for, and what they raise is told, as with our servers.

Its server, its handler and its databases stay Django's. It learns of requests by Django's signals.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started

from greenroom.running import witnesses
from greenroom.servers.errors import ErrorLog, note_no_statements, note_statements, watch
from greenroom.servers.flights import CURRENT, Flight, Flights, told
from greenroom.servers.using import SECONDS

_MARK = "greenroom_adopted"


class _Stock:
    """What is known of the requests to Django's live servers in this process."""

    def __init__(self) -> None:
        self.flights = Flights()
        self.errors = ErrorLog()

    def started(self, sender: Any, environ: Any = None, **about: Any) -> None:
        """A request has begun in this thread; of the test client's nothing is known."""
        if environ is None or not (isinstance(sender, type) and issubclass(sender, WSGIHandler)):
            return
        query = environ.get("QUERY_STRING")
        path = environ.get("PATH_INFO", "")
        flight = self.flights.enter(environ["REQUEST_METHOD"], f"{path}?{query}" if query else path)
        if flight is not None:
            flight.log = self.errors
            CURRENT.set(flight)
            # A database in memory has the connection of the test, which has been open for long.
            note_statements()

    def finished(self, **about: Any) -> None:
        """The request of this thread is over."""
        flight: Flight | None = CURRENT.get()
        if flight is not None and flight.log is self.errors:
            CURRENT.set(None)
            self.flights.leave(flight)

    def listen(self) -> None:
        """Listen to Django's signals."""
        watch()
        request_started.connect(self.started, dispatch_uid="greenroom.servers.stock")
        request_finished.connect(self.finished, dispatch_uid="greenroom.servers.stock")

    def deafen(self) -> None:
        """Listen no more."""
        request_started.disconnect(dispatch_uid="greenroom.servers.stock")
        request_finished.disconnect(dispatch_uid="greenroom.servers.stock")
        note_no_statements()


_stock = _Stock()


def adopt(cls: type) -> None:
    """Have requests to the live server of a `LiveServerTestCase` waited for before its database is put back.

    The outcome of a test stays what it was: a request that does not end is named on stderr. A second time does nothing.

    Args:
        cls: a subclass of `django.test.LiveServerTestCase`.
    """
    case: Any = cls
    if getattr(case, _MARK, False):
        return
    set_up_class = case.setUpClass.__func__
    call, teardown = case._setup_and_call, case._post_teardown  # noqa: SLF001 - Django's road through a test

    def adopted_set_up_class(cls: Any) -> None:
        _stock.listen()
        cls.addClassCleanup(_stock.deafen)
        set_up_class(cls)

    def adopted_setup_and_call(self: Any, *args: Any, **more: Any) -> Any:
        _stock.flights.open()
        _stock.errors.clear(self, _stock.flights.test)
        witnesses.add(_stock.errors.testimony)
        return call(self, *args, **more)

    def adopted_post_teardown(self: Any) -> Any:
        seconds = float(getattr(self, "live_server_seconds", SECONDS))
        stuck = _stock.flights.drain(seconds, shut=False)
        if stuck:
            print(told(stuck, seconds), file=sys.stderr)
        return teardown(self)

    case.setUpClass = classmethod(adopted_set_up_class)
    for name, method in (("_setup_and_call", adopted_setup_and_call), ("_post_teardown", adopted_post_teardown)):
        setattr(case, name, method)
    setattr(case, _MARK, True)
