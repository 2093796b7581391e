"""Fixtures that all tests share."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from greenroom.testing import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """Makes projects, each in a folder of its own; the arguments are those of `Project`."""
    numbers = itertools.count(1)

    def make(**about: Any) -> Project:
        return Project(tmp_path / f"project-{next(numbers)}", **about)

    return make


@pytest.fixture(scope="module")
def make_shared_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Project]:
    """Makes projects that all tests of a module share; the arguments are those of `Project`."""

    def make(**about: Any) -> Project:
        return Project(tmp_path_factory.mktemp("shared"), **about)

    return make
