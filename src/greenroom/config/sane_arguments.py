"""The options of django-sane-testing, for those who have them in scripts: each stands for one of greenroom's or Django's."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

_KINDS = {
    "unit": ("-u", "--select-unittests"),
    "database": ("--select-databasetests",),
    "destructive": ("--select-destructivedatabasetests",),
    "http": ("--select-httptests",),
    "browser": ("--select-seleniumtests",),
}
_SERVERS = {"threaded": "--with-djangoliveserver", "cheroot": "--with-cherrypyliveserver"}
_COMMON = ("profile", "filter")
_ALWAYS_ON = ("--with-django", "--with-selenium", "--with-sanetestselection")


def add_sane_arguments(parser: argparse.ArgumentParser) -> None:
    """Add them, unseen by `--help`; they give way to an option of the same name that a project's runner adds."""
    # Names that a project may well have for something of its own, such as a profiler.
    added = {id(action) for action in parser._actions if action.dest in _COMMON}
    for name, flags in _KINDS.items():
        _add(parser, added, flags, action="append_const", dest="kind", const=name)
    for name, flag in _SERVERS.items():
        _add(parser, added, (flag,), action=_Server, nargs=0, dest="live_server", const=name)
    _add(parser, added, ("--persist-test-database",), action="store_const", dest="keepdb", const=True)
    for flag in _ALWAYS_ON:
        _add(parser, added, (flag,), action=_Nothing, nargs=0, dest=argparse.SUPPRESS)
    _give_way(parser, added)


class _Nothing(argparse.Action):
    """What the option switched on is always on."""

    def __call__(self, *_given: object, **_more: object) -> None:
        """Do nothing."""


class _Server(argparse.Action):
    """The server that tests talk to. Not by argparse's own means: before Python 3.13 it can't hide what excludes itself."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_given: object) -> None:
        """Take the server; there is only one."""
        if getattr(namespace, self.dest, None) not in {None, self.const}:
            parser.error(f"{self.option_strings[0]} can't go with the option of another server")
        setattr(namespace, self.dest, self.const)


def _add(parser: Any, added: set[int], flags: Sequence[str], **how: Any) -> None:
    free = [flag for flag in flags if flag not in parser._option_string_actions]  # noqa: SLF001 - there is no other way
    if free:
        added.add(id(parser.add_argument(*free, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **how)))


def _give_way(parser: Any, added: set[int]) -> None:
    options = parser._optionals  # noqa: SLF001 - the group of those that `parser.add_argument()` adds
    # argparse's own ways of dealing with two options of one name: refusing the second, and replacing the first.
    refuse, replace = options._handle_conflict_error, options._handle_conflict_resolve  # noqa: SLF001

    def handle(action: argparse.Action, conflicts: Sequence[tuple[str, argparse.Action]]) -> None:
        if ours := [conflict for conflict in conflicts if id(conflict[1]) in added]:
            replace(action, ours)
        if others := [conflict for conflict in conflicts if id(conflict[1]) not in added]:
            refuse(action, others)

    options._handle_conflict_error = handle  # noqa: SLF001
