"""`greenroom list`: what would run."""

from __future__ import annotations

import argparse
import os
import sys
import unittest
from collections.abc import Sequence
from pathlib import Path

import msgspec

from greenroom.cli.django_project import set_up_django, settings_arguments
from greenroom.errors import ExitCode, NoTestsError
from greenroom.model import TestSpec

_UNLOADED = "unittest.loader._FailedTest."


def run(arguments: Sequence[str]) -> int:
    """List the tests.

    Returns:
        0; 1 where a module could not be loaded; 4 where there is no test.
    """
    options = _parser().parse_args(list(arguments))
    set_up_django(arguments)
    from django.core.management.base import CommandError

    try:
        specs, broken = _collect(options)
    except CommandError as error:
        print(f"greenroom: {error}", file=sys.stderr)
        return error.returncode
    _print(specs, as_json=options.json)
    for name in broken:
        print(f"greenroom: {name} could not be loaded; `greenroom test {name}` says why", file=sys.stderr)
    if not specs and options.no_tests != "pass":
        raise NoTestsError("no tests were found", "Give --no-tests=pass where that is fine.")
    return ExitCode.FAILED if broken else ExitCode.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("greenroom list", parents=[settings_arguments()], description=__doc__)
    parser.add_argument("labels", nargs="*", metavar="label", help="What to list; as for `greenroom test`.")
    parser.add_argument("--json", action="store_true", help="Print a JSON array, one test a line.")
    parser.add_argument("-p", "--pattern", default="test*.py", help="The file pattern. Defaults to test*.py.")
    parser.add_argument("-t", "--top-level-directory", dest="top_level", help="Top level of the project.")
    parser.add_argument("-k", action="append", dest="test_name_patterns", help="Only names that match.")
    parser.add_argument("--tag", action="append", dest="tags", help="Only tests with this tag.")
    parser.add_argument("--exclude-tag", action="append", dest="exclude_tags", help="No tests with this tag.")
    parser.add_argument("--kind", action="append", metavar="KIND", help="Only tests of this kind.")
    parser.add_argument("-E", "--filter", action="append", metavar="EXPR", help="Only tests that it means.")
    parser.add_argument("--profile", metavar="NAME", help="The profile of the configuration.")
    parser.add_argument("--doctest", action="store_const", const="true", help="The examples in docstrings, too.")
    parser.add_argument("--doctest-glob", action="append", metavar="PATTERN", help="And those in such text files.")
    parser.add_argument("--shuffle", nargs="?", default=False, type=int, metavar="SEED", help="Shuffled order.")
    parser.add_argument("-r", "--reverse", action="store_true", help="Reversed order.")
    parser.add_argument("--no-tests", choices=("fail", "pass"), help="What no test at all is.")
    return parser


def _collect(options: argparse.Namespace) -> tuple[list[TestSpec], list[str]]:
    """The tests, and the names of what could not be loaded."""
    from django.conf import settings
    from django.test.utils import get_runner

    from greenroom.collect.specs import describe_tests, own_limits
    from greenroom.collect.suites import iter_test_cases
    from greenroom.history import open_history
    from greenroom.runner import TestRunner

    named: object = get_runner(settings, settings.TEST_RUNNER)
    cls = named if isinstance(named, type) and issubclass(named, TestRunner) else TestRunner
    given = {
        name: value
        for name, value in vars(options).items()
        if name not in {"labels", "json", "settings", "pythonpath", "no_tests"}
    }
    runner = cls(verbosity=0, interactive=False, **given)
    runner.setup_test_environment()
    try:
        tests = list(iter_test_cases(runner.list_suite(options.labels)))
    finally:
        runner.teardown_test_environment()
    config = runner.greenroom_config
    seconds: dict[str, float] = {}
    groups: dict[str, tuple[int, float, float]] = {}
    if config.history:
        history = open_history(
            runner.greenroom_root / config.directory, lambda text: print(f"greenroom: {text}", file=sys.stderr)
        )
        seconds, groups = history.times()
    specs = describe_tests(
        tests, [test.id() for test in tests], runner.reorder_by, places=True, seconds=seconds, limits=own_limits(tests)
    )
    broken = [test.id().removeprefix(_UNLOADED) for test in tests if isinstance(test, unittest.loader._FailedTest)]  # type: ignore[attr-defined]
    return ([_with_estimate(spec, groups) for spec in specs] if groups else specs), broken


def _with_estimate(spec: TestSpec, groups: dict[str, tuple[int, float, float]]) -> TestSpec:
    """Quick tests are known by their class alone: each counts as the mean of it."""
    if spec.seconds is not None or spec.group not in groups:
        return spec
    count, total, fixtures = groups[spec.group]
    return msgspec.structs.replace(spec, seconds=max(0.0, total - fixtures) / max(1, count))


def _print(specs: Sequence[TestSpec], *, as_json: bool) -> None:
    if as_json:
        encode = msgspec.json.Encoder().encode
        body = b",\n".join(encode(spec) for spec in specs)
        sys.stdout.write(f"[{body.decode()}]\n")
        return
    here = f"{Path.cwd()}{os.sep}"
    lines = []
    for spec in specs:
        details: list[str] = [spec.kind]
        if spec.databases:
            details.append(",".join(spec.databases))
        if spec.tags:
            details.append(" ".join(f"#{tag}" for tag in spec.tags))
        if spec.seconds is not None:
            details.append(f"{spec.seconds:.3f} s")
        if spec.file:
            details.append(f"{spec.file.removeprefix(here)}:{spec.line}")
        lines.append(f"{spec.id}  [{', '.join(details)}]\n")
    sys.stdout.write("".join(lines))
