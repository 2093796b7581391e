"""Exceptions that requests raise in a live server, on their way to the failure of the test that made the request."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from django.core.signals import got_request_exception
from django.db import connections
from django.db.backends.signals import connection_created

from greenroom.servers.api import ServerError
from greenroom.servers.flights import CURRENT, Flight

MOST_ERRORS = 10
"""So many are kept of one test: a page that fails is often asked for again and again."""
MOST_LINES = 200
"""So much of a traceback is kept, from its end."""


class ErrorLog:
    """The exceptions of one server, of the running test."""

    def __init__(self) -> None:
        self._errors: list[ServerError] = []
        self._lock = threading.Lock()
        self.left_out = 0
        """How many came after those that are kept."""
        self.test: Any = None
        """The running test."""
        self._number = 0
        self._raised: set[int] = set()

    def __iter__(self) -> Iterator[ServerError]:
        return iter(list(self._errors))

    def __len__(self) -> int:
        return len(self._errors)

    def of(self, request: int) -> ServerError | None:
        """The last exception of a request."""
        return next((error for error in reversed(self._errors) if error.request == request), None)

    def clear(self, test: Any, number: int) -> None:
        """A test begins, or has ended.

        Args:
            test: the one that begins; None: none does.
            number: of the test, as its requests know it.
        """
        with self._lock:
            self._errors.clear()
            self._raised.clear()
            self.left_out = 0
            self.test, self._number = test, number

    def record(self, flight: Flight, error: BaseException) -> None:
        """A request raised. What requests of tests before this one raise is nobody's any more."""
        with self._lock:
            if flight.test != self._number or any(kept.error is error for kept in self._errors):
                return
            flight.raised = True
            if len(self._errors) >= MOST_ERRORS:
                self.left_out += 1
                return
            lines = "".join(traceback.format_exception(error)).splitlines()
            self._errors.append(
                ServerError(
                    flight.number,
                    flight.method,
                    flight.path,
                    0,
                    error,
                    "\n".join(lines[-MOST_LINES:]),
                    tuple(flight.sql),
                    flight.statements - len(flight.sql),
                )
            )

    def answered(self, flight: Flight, status: int) -> None:
        """A request that raised was answered all the same."""
        with self._lock:
            self._errors[:] = [
                msgspec.structs.replace(error, status=status) if error.request == flight.number else error
                for error in self._errors
            ]

    def raised_in_test(self, request: int) -> None:
        """The test itself has been given the exception of a request: with its traceback."""
        with self._lock:
            self._raised.add(request)

    def testimony(self, test: Any) -> str:
        """What there is to say of a test that failed; a witness."""
        if test is not self.test or not self._errors:
            return ""
        parts = [_told(error, whole=error.request not in self._raised) for error in self]
        if self.left_out:
            parts.append(f"({self.left_out} more exceptions in the live server)")
        return "\n".join(parts)


def _told(error: ServerError, *, whole: bool) -> str:
    said = error.traceback if whole else "".join(traceback.format_exception_only(error.error)).rstrip()
    text = f"In the live server, {error.line}:\n{said}"
    if error.sql:
        before = f", after {error.left_out} more" if error.left_out else ""
        text += f"\nSQL of that request{before}:\n" + "\n".join(f"    {statement}" for statement in error.sql)
    return text


def watch() -> None:
    """Take note of exceptions and statements of requests to live servers from now on, and of nothing else."""
    got_request_exception.connect(_raised, dispatch_uid="greenroom.servers")
    connection_created.connect(_connected, dispatch_uid="greenroom.servers")


def _raised(**_about: Any) -> None:
    flight = CURRENT.get()
    error = sys.exception()
    if flight is not None and error is not None:
        flight.log.record(flight, error)


def _connected(connection: Any, **_about: Any) -> None:
    if CURRENT.get() is not None and note_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(note_statement)


def note_statements() -> None:
    """Take note of the statements of this thread's connections."""
    for connection in connections.all(initialized_only=True):
        _connected(connection)


def note_no_statements() -> None:
    """Take note of them no more."""
    for connection in connections.all(initialized_only=True):
        if note_statement in connection.execute_wrappers:
            connection.execute_wrappers.remove(note_statement)


def note_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """A wrapper of `execute()` that tells the request of its statements."""
    flight = CURRENT.get()
    if flight is not None:
        flight.note(sql, "(many)" if many else params)
    return execute(sql, params, many, context)
