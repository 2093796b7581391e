"""`greenroom test`: what `manage.py test` does, also where there is no manage.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenroom.cli.django_project import set_up_django

if TYPE_CHECKING:
    from greenroom.runner import TestRunner


def run(arguments: Sequence[str]) -> int:
    """Run the tests.

    Returns:
        The exit code. Django's own command ends the process by SystemExit where tests failed.
    """
    if not {"-h", "--help"} & set(arguments):
        set_up_django(arguments)
    else:
        _configure_for_help()
    from django.core.management.commands.test import Command

    given = list(arguments)
    if not any(argument.split("=")[0] == "--testrunner" for argument in given):
        given = [f"--testrunner={_runner()}", *given]
    try:
        Command().run_from_argv(["greenroom", "test", *given])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    return 0


def _runner() -> str:
    """The project's runner where it is one of greenroom's, else greenroom's own."""
    from django.conf import settings

    from greenroom.runner import TestRunner

    named: str = settings.TEST_RUNNER
    return "greenroom.TestRunner" if runner_class([]) is TestRunner else named


def runner_class(arguments: Sequence[str]) -> type[TestRunner]:
    """The class of the runner.

    Args:
        arguments: the command line, whose `--testrunner` goes before what the settings name.
    """
    import argparse

    from django.conf import settings
    from django.test.utils import get_runner

    from greenroom.runner import TestRunner

    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--testrunner", default=settings.TEST_RUNNER)
    try:
        runner: object = get_runner(settings, parser.parse_known_args(list(arguments))[0].testrunner)
    except Exception:
        return TestRunner
    return runner if isinstance(runner, type) and issubclass(runner, TestRunner) else TestRunner


def _configure_for_help() -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure()
