"""A history in a temporary folder, and what it warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.history import History, open_history

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def warnings() -> list[str]:
    """The lines that were given to `warn`."""
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Greenroom's folder; not made yet."""
    return tmp_path / ".greenroom"


@pytest.fixture
def history(folder: Path, warnings: list[str]) -> History:
    """A history without a file."""
    return open_history(folder, warnings.append)
