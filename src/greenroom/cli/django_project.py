"""Making Django ready for a command that is called without manage.py."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured

from greenroom.errors import ConfigError

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_IN_MANAGE_PY = re.compile(rf"""["']{_VARIABLE}["']\s*,\s*["']([\w.]+)["']""")


def settings_arguments() -> argparse.ArgumentParser:
    """The options that say which settings to use; for `parents=`."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--settings", help="The settings module, e.g. tests.settings.")
    parser.add_argument("--pythonpath", help="A folder to import from.")
    return parser


def set_up_django(arguments: Sequence[str]) -> None:
    """Load the settings and the apps of the project.

    The settings are those of `--settings`, else of the environment, else those that a manage.py in this folder names.

    Args:
        arguments: a command line; other options are passed over.

    Raises:
        ConfigError: no settings, or settings that can't be imported.
    """
    options, _ = settings_arguments().parse_known_args(list(arguments))
    if options.pythonpath:
        sys.path.insert(0, options.pythonpath)
    module = _module(options)
    if not module:
        raise ConfigError(
            "no Django settings were named",
            f"Give --settings MODULE (e.g. tests.settings), or set {_VARIABLE}.",
        )
    os.environ[_VARIABLE] = module
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise ConfigError(
                f"there is no settings module {module!r}", f"It was looked for from {Path.cwd()} and on sys.path."
            ) from None
        raise
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise ConfigError(f"the settings {module} can't be used: {error}") from error


def names_settings(arguments: Sequence[str]) -> bool:
    """Whether `set_up_django()` would find out which settings to use.

    Args:
        arguments: a command line; other options are passed over.
    """
    return bool(_module(settings_arguments().parse_known_args(list(arguments))[0]))


def _module(options: argparse.Namespace) -> str:
    return options.settings or os.environ.get(_VARIABLE) or _from_manage_py()


def _from_manage_py() -> str:
    try:
        found = _IN_MANAGE_PY.search(Path("manage.py").read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found.group(1) if found else ""
