"""Puts the resetters in the place of the `flush` after each TransactionTestCase.

Django's `_fixture_teardown` stays Django's: which aliases, in which order, with which options. Only the call of `flush`
that it makes comes here. A test that calls `flush` itself gets Django's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command as stock_call_command
from django.db import connections
from django.test import TransactionTestCase
from django.test import testcases as _testcases

from greenroom.databases.reset.api import Flush, Policy, ResetReport
from greenroom.databases.reset.resetter import Resetter

testcases: Any = _testcases
"""`call_command` is a name there that `_fixture_teardown` looks up."""
_stock_reset_sequences: Any = vars(TransactionTestCase)["_reset_sequences"]
_ASKED = {"verbosity": 0, "interactive": False, "reset_sequences": False}
_OPTIONS = {"database", "allow_cascade", "inhibit_post_migrate"}


class Resets:
    """The resetters of this process: called in the place of `call_command`.

    Args:
        policy: what to put back.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._resetters: dict[tuple[str, str, str], Resetter] = {}

    def __call__(self, command_name: Any, *args: Any, **options: Any) -> Any:
        """What `call_command` does, unless it is the flush of a teardown."""
        if command_name != "flush" or args or not _is_teardown(options):
            return stock_call_command(command_name, *args, **options)
        flush = Flush(options["database"], bool(options["allow_cascade"]), bool(options["inhibit_post_migrate"]))
        self.reset(flush)
        return None

    def reset(self, flush: Flush) -> ResetReport:
        """Put one alias back, and report it.

        Raises:
            CommandError: as stock's flush.
        """
        report = self._of(flush.alias).reset(flush)
        if self._policy.report is not None:
            self._policy.report(report)
        return report

    def prepare(self, aliases: Iterable[str]) -> None:
        """Look at the databases before the first test.

        A test that changes the schema is noticed from then on. With `baseline` this records the baseline.

        Raises:
            GreenroomError: a baseline holds something that can't be put back.
        """
        for alias in aliases:
            if not connections[alias].settings_dict["TEST"]["MIRROR"]:
                self._of(alias).prepare()

    def restart(self, alias: str) -> None:
        """A test had Django reset the sequences of an alias (`reset_sequences`)."""
        self._of(alias).restart()

    def forget(self, alias: str) -> None:
        """Forget the database of an alias: it is another one now."""
        for key in [key for key in self._resetters if key[0] == alias]:
            del self._resetters[key]

    def _of(self, alias: str) -> Resetter:
        connection = connections[alias]
        key = (alias, connection.vendor, str(connection.settings_dict["NAME"]))
        if key not in self._resetters:
            self._resetters[key] = Resetter(alias, self._policy, _stock_flush)
        return self._resetters[key]


def install(policy: Policy) -> Resets:
    """Reset by this policy from now on, in this process. A worker calls it at its start, however it was started.

    Returns:
        The resetters; call `prepare` as soon as the databases are there.
    """
    uninstall()
    resets = Resets(policy)
    if testcases.call_command is stock_call_command:
        _put(resets)
    return resets


def _put(resets: Resets) -> None:
    testcases.call_command = resets
    TransactionTestCase._reset_sequences = _noticed(_stock_reset_sequences, resets)  # type: ignore[attr-defined]


def uninstall() -> None:
    """Flush as Django does again."""
    if isinstance(testcases.call_command, Resets):
        testcases.call_command = stock_call_command
        TransactionTestCase._reset_sequences = _stock_reset_sequences  # type: ignore[attr-defined]


@contextmanager
def installed(policy: Policy) -> Iterator[Resets]:
    """Reset by this policy for a while; what was there before is there again after it."""
    before = testcases.call_command
    try:
        yield install(policy)
    finally:
        uninstall()
        if isinstance(before, Resets):
            _put(before)


def _noticed(stock: Any, resets: Resets) -> Any:
    """Django's `_reset_sequences()`, of which the resetters are told.

    It is a method, a class method or a static one, as the version of Django has it; the alias comes last.
    """
    kind = type(stock) if isinstance(stock, classmethod | staticmethod) else None
    function = stock.__func__ if kind else stock

    def reset_sequences(*args: Any) -> None:
        function(*args)
        resets.restart(args[-1])

    return kind(reset_sequences) if kind else reset_sequences


def _is_teardown(options: dict[str, Any]) -> bool:
    return options.keys() == _ASKED.keys() | _OPTIONS and all(options[name] == value for name, value in _ASKED.items())


def _stock_flush(flush: Flush) -> None:
    stock_call_command(
        "flush",
        verbosity=0,
        interactive=False,
        database=flush.alias,
        reset_sequences=False,
        allow_cascade=flush.allow_cascade,
        inhibit_post_migrate=flush.inhibit_post_migrate,
    )
