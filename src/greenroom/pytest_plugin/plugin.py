"""What pytest loads, in each run of each project: the options, and the decision whether there is anything to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from typing import Any

import pytest

from greenroom.pytest_plugin import options

HOST = "greenroom-host"
"""The name of the plugin by which greenroom's own runner runs pytest's tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options under their long names."""
    options.add_long_names(parser)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, Any, Any]:
    """Add them under their plain names, as far as nobody else has an option of that name."""
    options.pass_over(early_config, parser, args)
    result = yield
    options.add_plain_names(parser)
    return result


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin, where Django has settings, and pytest-django looks after them."""
    asked_for_help = config.getoption("version", 0) or config.getoption("help", default=False)
    if asked_for_help or not _has_pytest_django(config):
        return
    if config.pluginmanager.has_plugin(HOST):
        from greenroom.pytest_plugin.hosted import start_hosted

        start_hosted(config)
    elif _has_settings():
        # Imported here: a project without Django is to pay nothing.
        from greenroom.pytest_plugin.start import start

        start(config)


def _has_pytest_django(config: pytest.Config) -> bool:
    """Whether pytest-django is loaded: by the name of its entry point, or by that of its module (`-p pytest_django.plugin`)."""
    loaded = sys.modules.get("pytest_django.plugin")
    return loaded is not None and config.pluginmanager.is_registered(loaded)


def _has_settings() -> bool:
    """Whether Django is configured, found out without loading it."""
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        return True
    loaded: Any = sys.modules.get("django.conf")
    return loaded is not None and bool(loaded.settings.configured)
