"""The options on pytest's command line.

Each has two names: `--greenroom-NAME`, which nobody else has, and `NAME` alone, where no plugin and no conftest file has an
option of that name. conftest files come after plugins, and would fail on a name that is taken; so the plain names come last.
"""

from __future__ import annotations

import argparse
from typing import Any

import pytest

_GROUP = "greenroom"
_KINDS = "unit, database, destructive, http or browser"
_VALUES: dict[str, tuple[str, str]] = {
    "profile": ("NAME", "Let this profile of greenroom's configuration count, [tool.greenroom.profiles.NAME]."),
    "events": ("FILE", "Write the events of the run to FILE, one JSON object a line; see `greenroom replay`."),
    "no_tests": ("fail|pass", "What a run without a single test is: fail (pytest's exit code 5, the default) or pass."),
    "checks": ("auto|off", "Whether Django's system checks run before the first test that uses Django."),
    "reset": ("compat|baseline", "What a test that commits leaves: what a flush would, or the state after migrate."),
    "live_server": ("KIND", "What serves the project to `http_server`: auto, threaded, cheroot or asgi."),
    "timeout": ("SECONDS", "End a test that takes longer; with --workers only."),
    "retries": ("N", "Try a test that failed again, up to N times; one that passes then is flaky."),
    "retry_delay": ("SECONDS", "Wait so long before the first retry, twice as long before the next, and so on."),
    "retry_budget": (
        "N",
        "Try nothing again once more than N tests failed: a number, or a percentage (10%% by default).",
    ),
    "flaky": ("pass|fail", "What a run is that has flaky tests and no other failures: pass (the default) or fail."),
    "slowmo": ("SECONDS", "Let browsers wait so long before each action."),
    "db_server": ("auto|always|never", "Start a private database server: when the configured one does not answer."),
}
_SWITCHES = {
    "doctest": "Test the examples in docstrings: --doctest-modules, with greenroom's configuration.",
    "fresh_db": "Make the test databases anew by their migrations, whatever snapshots there are.",
    "pipeline": "Run the kinds of tests one after the other, the fastest first; stop where a test failed.",
    "https": "Let the live server speak HTTPS, with a certificate made for the run.",
    "headed": "Show the windows of browsers.",
    "flush_cache": "Empty Django's caches before each test.",
    "kiwi_strict": "Wait until all results are in Kiwi TCMS, and fail (exit code 6) where they are not.",
}
_OTHERS: dict[str, dict[str, Any]] = {
    "workers": {
        "dest": "greenroom_workers",
        "metavar": "N|auto",
        "help": "Collect once and run the tests in N processes that are forked then; auto: one for each processor.",
    },
    "no_fast_path": {
        "dest": "greenroom_fast_path",
        "action": "store_const",
        "const": "false",
        "help": "Run test cases as pytest does, with all that it puts around each test.",
    },
    "explain_fast_path": {
        "dest": "greenroom_explain_fast_path",
        "action": "store_true",
        "help": "Say of each class of test cases whether it goes the fast path, and why not.",
    },
}
"""Options that are no fields, or by another name."""
_REPEATED = {
    "filter": ("EXPR", "Run only tests that this expression means, e.g. 'kind(unit) - tag(slow)'. May be given again."),
    "kind": ("KIND", f"Run only tests of this kind: {_KINDS}. May be given again."),
    "doctest_glob": ("PATTERN", "Test the examples in text files of such names. May be given again."),
    "require": (
        "NAME",
        "Fail the tests that need this resource where it is missing, instead of skipping them; or all.",
    ),
    "report": ("NAME[:PATH]", "Report the run by this reporter too, e.g. junit:out.xml or html. May be given again."),
    "plugins": ("NAME", "Load this plugin of greenroom's; with no: before its name leave it out. May be given again."),
    "quarantine": ("TEST", "Let this test, class, module or pattern fail without failing the run. May be given again."),
    "browser": ("NAME", "Run browser tests in this browser, e.g. chromium or firefox. May be given again."),
}
_SINGULAR = {"plugins": "plugin"}
_SHORT = {"filter": "-E"}
FIELDS = (*_VALUES, *_SWITCHES, *_REPEATED, "fast_path")
"""Fields of `greenroom.config.Config`."""
NAMES = (*_VALUES, *_SWITCHES, *_REPEATED, *_OTHERS)
"""The options."""


def plain(name: str) -> str:
    """The plain option of a field."""
    # As `greenroom.config.arguments` has it, which a project without Django is not to load.
    return f"--{_SINGULAR.get(name, name).replace('_', '-')}"


def _plain_flags(name: str) -> list[str]:
    return [plain(name), *([_SHORT[name]] if name in _SHORT else [])]


def long(name: str) -> str:
    """The option of a field that nobody else has."""
    return f"--greenroom-{plain(name).removeprefix('--')}"


def add_long_names(parser: pytest.Parser) -> None:
    """Add `--greenroom-NAME` for each field."""
    group = parser.getgroup(_GROUP, "greenroom")
    for name in NAMES:
        group.addoption(long(name), **_attributes(name))


def add_plain_names(parser: pytest.Parser) -> None:
    """Add those plain names that are free; called when plugins and conftest files have added theirs."""
    group, taken = parser.getgroup(_GROUP), _taken(parser)
    for name in NAMES:
        if free := [flag for flag in _plain_flags(name) if flag not in taken]:
            group.addoption(*free, **{"default": None, **_attributes(name)})


def pass_over(config: Any, parser: pytest.Parser, args: list[str]) -> None:
    """Keep pytest from taking the values of plain options for paths, before it knows these options.

    It looks for the first conftest files beside such paths.
    """
    taken = _taken(parser)
    flags = {name: [flag for flag in _plain_flags(name) if flag not in taken] for name in NAMES}
    ours_all = {flag for free in flags.values() for flag in free}
    if not any(arg.partition("=")[0] in ours_all or arg[:2] in ours_all for arg in args):
        return
    ours = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for name, free in flags.items():
        if free:
            ours.add_argument(*free, dest=name, action="store_true" if _is_switch(name) else "store")
    try:
        rest = ours.parse_known_args(args)[1]
    except SystemExit:
        return  # A value is missing: pytest will say so.
    config.known_args_namespace.file_or_dir = parser.parse_known_args(rest).file_or_dir


def given(config: pytest.Config) -> dict[str, object]:
    """What the command line says, by field; None for what it does not say."""
    return {name: config.getoption(f"greenroom_{name}", default=None) for name in FIELDS}


def _is_switch(name: str) -> bool:
    return name in _SWITCHES or (name in _OTHERS and "metavar" not in _OTHERS[name])


def _attributes(name: str) -> dict[str, Any]:
    if name in _OTHERS:
        return _OTHERS[name]
    dest = {"dest": f"greenroom_{name}"}
    if name in _SWITCHES:
        return {**dest, "action": "store_const", "const": "true", "help": _SWITCHES[name]}
    if name in _REPEATED:
        metavar, text = _REPEATED[name]
        return {**dest, "action": "append", "metavar": metavar, "help": text}
    metavar, text = _VALUES[name]
    return {**dest, "metavar": metavar, "help": text}


def _taken(parser: Any) -> set[str]:
    groups = [parser._anonymous, *parser._groups]  # noqa: SLF001 - pytest has no other way to ask
    return {name for group in groups for option in group.options for name in option.names()}
