"""`greenroom test`: what `manage.py test` does, also where there is no manage.py."""

from __future__ import annotations

from collections.abc import Sequence

from greenroom.cli.django_project import set_up_django


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
    from django.test.utils import get_runner

    from greenroom.runner import TestRunner

    named: str = settings.TEST_RUNNER
    try:
        runner: object = get_runner(settings, named)
    except Exception:
        return "greenroom.TestRunner"
    return named if isinstance(runner, type) and issubclass(runner, TestRunner) else "greenroom.TestRunner"


def _configure_for_help() -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure()
