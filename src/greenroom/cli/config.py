"""`greenroom config`: what the configuration says, and where each of it comes from."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from greenroom.cli.django_project import set_up_django, settings_arguments
from greenroom.config import Loaded, load
from greenroom.config.arguments import add_greenroom_arguments
from greenroom.config.load import Source
from greenroom.config.overrides import SETTINGS, Override
from greenroom.config.places import Spot
from greenroom.config.values import FIELDS, key_name
from greenroom.errors import ExitCode, NoTestsError
from greenroom.model import TestSpec


def run(arguments: Sequence[str]) -> int:
    """Print it.

    Returns:
        0; or as `greenroom list` where tests were named.
    """
    options = _parser().parse_args(list(arguments))
    given = {name: getattr(options, name) for name in FIELDS if hasattr(options, name)}
    loaded = load(Path.cwd(), os.environ, given)
    if options.test:
        set_up_django(arguments)
        return _print_tests(loaded, options.test, given, as_json=options.json)
    rows = [_row(loaded, name) for name in FIELDS]
    overrides = [_override(each) for each in loaded.overrides]
    if options.json:
        whole = {
            "file": str(loaded.file) if loaded.file else None,
            "root": str(loaded.root),
            "profiles": loaded.profiles,
            "values": rows,
            "overrides": overrides,
        }
        print(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode())
        return ExitCode.OK
    print(f"file     {_here(loaded.file) if loaded.file else 'none'}")
    print(f"root     {loaded.root}")
    if loaded.profiles:
        print(f"profile  {' <- '.join(reversed(loaded.profiles))}")
    print()
    shown = rows if options.all else [row for row in rows if row["from"] != ["default"]]
    _table([(row["key"], _shown(row["value"]), ", ".join(row["from"])) for row in shown])
    if not options.all:
        print(f"{len(rows) - len(shown)} keys have their default; --all shows them.")
    for override in overrides:
        print(f"\noverride  {override['filter']}  ({override['from']})")
        _table([(key, _shown(value), "") for key, value in override["settings"].items()], "  ")
    return ExitCode.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("greenroom config", parents=[settings_arguments()], description=__doc__)
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    parser.add_argument("--all", action="store_true", help="Show keys that have their default, too.")
    parser.add_argument(
        "--test", action="append", metavar="LABEL", help="Show what counts for these tests. May be given again."
    )
    add_greenroom_arguments(parser)
    return parser


def _row(loaded: Loaded, name: str) -> dict[str, Any]:
    sources = loaded.sources.get(name, ())
    # Of most fields the last source counts alone.
    counting = sources if name == "plugins" else sources[-1:]
    return {
        "key": key_name(name),
        "value": getattr(loaded.config, name),
        "from": [_from(source, loaded.file) for source in counting] or ["default"],
    }


def _from(source: Source, file: Path | None) -> str:
    """Where a value comes from, in a few words."""
    if source.kind in {"variable", "option"}:
        return source.name if source.kind == "variable" else f"command line: {source.name}"
    place = str(Spot(file, source.keys)) if file is not None else ""
    return f"{_here(place)} (profile {source.name})" if source.kind == "profile" else _here(place)


def _override(override: Override) -> dict[str, Any]:
    said = {key_name(name): getattr(override, name) for name in SETTINGS}
    return {
        "filter": override.filter,
        "from": _here(Spot(Path(override.file), override.keys)),
        "settings": {key: value for key, value in said.items() if value is not None and value != ()},
    }


def _here(place: object) -> str:
    return str(place).removeprefix(f"{Path.cwd()}{os.sep}")


def _shown(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(rows: Sequence[tuple[str, str, str]], indent: str = "") -> None:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    for key, value, place in rows:
        print(f"{indent}{key:<{widths[0]}}  {value:<{widths[1]}}  {place}".rstrip())


# Of single tests ------------------------------------------------------------------------------------------------------


def _print_tests(loaded: Loaded, labels: Sequence[str], given: Mapping[str, Any], *, as_json: bool) -> int:
    from django.core.management.base import CommandError

    try:
        found = _policies(loaded, labels, given)
    except CommandError as error:
        print(f"greenroom: {error}", file=sys.stderr)
        return error.returncode
    if not found:
        raise NoTestsError("no tests were found", "")
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return ExitCode.OK
    for test in found:
        print(f"{test['test']}  [{test['kind']}]")
        _table([(key, _shown(said["value"]), said["from"]) for key, said in test["policy"].items()], "  ")
    return ExitCode.OK


def _policies(loaded: Loaded, labels: Sequence[str], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    from django.conf import settings
    from django.test.utils import get_runner

    from greenroom.attempts import quarantine_of
    from greenroom.collect.specs import describe_tests, own_limits
    from greenroom.collect.suites import iter_test_cases
    from greenroom.runner import TestRunner
    from greenroom.session.attempting import policies
    from greenroom.session.overriding import granted_tests, with_shares

    named: object = get_runner(settings, settings.TEST_RUNNER)
    cls = named if isinstance(named, type) and issubclass(named, TestRunner) else TestRunner
    runner = cls(verbosity=0, interactive=False, **given)
    runner.setup_test_environment()
    try:
        tests = list(iter_test_cases(runner.list_suite(labels)))
    finally:
        runner.teardown_test_environment()
    ids, config = [test.id() for test in tests], loaded.config
    granted = granted_tests(loaded.overrides, tests, config, loaded.root)
    limits = own_limits(tests)
    base = policies(config, tests, ids)
    found = []
    for spec in with_shares(describe_tests(tests, ids, runner.reorder_by), granted):
        index = spec.index
        own = granted.get(index)
        plain = base[index]
        said: dict[str, tuple[Any, str]] = {
            "timeout": (limits[index], "the test") if index in limits else _of(loaded, "timeout"),
            "retries": (plain.retries, "quarantine") if plain.quarantine is not None else _of(loaded, "retries"),
            "retry-delay": _of(loaded, "retry_delay"),
            "weight": (spec.weight, "the test" if spec.weight > 1 else "default"),
            "mutex": (_names(spec), "the test" if spec.locks else "default"),
            "quarantine": (plain.quarantine, _quarantined(loaded, plain.quarantine, quarantine_of(tests[index]))),
        }
        for name, override in own.by.items() if own is not None else ():
            place = f"{_here(Spot(Path(override.file), override.keys))}: {override.filter}"
            key = key_name(name)
            value = _names(spec) if name == "mutex" else getattr(own, name)
            said[key] = (value, place)
        found.append(
            {
                "test": spec.id,
                "kind": spec.kind,
                "policy": {key: {"value": value, "from": place} for key, (value, place) in said.items()},
            }
        )
    return found


def _names(spec: TestSpec) -> tuple[str, ...]:
    """What a test shares with others, as its author named it."""
    return tuple(lock.removeprefix("exclusive:") for lock in spec.locks)


def _of(loaded: Loaded, name: str) -> tuple[Any, str]:
    row = _row(loaded, name)
    return row["value"], ", ".join(row["from"])


def _quarantined(loaded: Loaded, reason: str | None, own: str | None) -> str:
    if reason is None:
        return "default"
    return "the test" if own is not None else _of(loaded, "quarantine")[1]
