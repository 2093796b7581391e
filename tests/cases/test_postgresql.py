"""The case classes and the attributes on PostgreSQL, where a broken statement ends a transaction and tables are truncated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cases import test_attributes, test_classes

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from greenroom.testing import Project

SETTINGS = """
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"},
    "other": {"ENGINE": "django.db.backends.postgresql", "NAME": "other"},
}
"""


@pytest.mark.postgresql
@pytest.mark.parametrize("tests", [test_classes, test_attributes], ids=["classes", "attributes"])
def test_all_is_as_on_sqlite(make_project: Callable[..., Project], tests: ModuleType) -> None:
    """With a private server; the same tests pass, and the same ones fail."""
    project = make_project(settings=tests.SETTINGS + SETTINGS, files=tests.FILES)
    ran = project.manage_test("--db-server", "always", timeout=120)
    bad = {test for test, outcome in ran.outcomes.items() if outcome not in {"passed", "skipped"}}
    assert bad == set(tests.FAILED), ran
