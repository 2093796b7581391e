"""Fixtures that all end-to-end tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import Runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.testing import Project


@pytest.fixture(scope="module")
def make_runs() -> Iterator[Callable[[Project], Runs]]:
    """Makes runs of a project that all tests of a module share."""
    made: list[Runs] = []

    def make(project: Project) -> Runs:
        made.append(Runs(project))
        return made[-1]

    yield make
    for runs in made:
        runs.close()
