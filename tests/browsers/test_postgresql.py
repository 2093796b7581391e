"""Browsers and a server of a database: committed and flushed, and in one transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browsers.project import APPS, FILES

if TYPE_CHECKING:
    from greenroom.testing import Project

SETTINGS = """
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
"""


@pytest.mark.postgresql
def test_on_postgresql(make_project: Callable[..., Project]) -> None:
    """The ORM in handlers of a page, a form that the server stores, and a shared transaction, in two workers."""
    project = make_project(apps=APPS, files=FILES, settings=SETTINGS)
    module = "shop.tests.test_playwright"
    args = (f"{module}.OrmTests", f"{module}.SharedTests", "--parallel", "2")
    ran = project.manage_test(*args, start_method="fork", env={"GREENROOM_DB_SERVER": "always"}, timeout=120)
    assert set(ran.outcomes.values()) == {"passed"}, ran
    assert len(ran.outcomes) == 6
    assert ran.returncode == 0
    assert not ran.left_behind
