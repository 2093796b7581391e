"""Tests of pytest's in a worker that inherits nothing: its pytest collects the files of the groups that it is given."""

from __future__ import annotations

import os
from typing import Any

from greenroom.pytest_engine.engine import PytestEngine, PytestStart
from greenroom.pytest_engine.refs import file_and_name


class _Here:
    engine: PytestEngine | None = None


def begin(start: PytestStart) -> PytestEngine:
    """Start pytest in this process, as it was started in the parent."""
    os.chdir(start.folder)
    engine = _Here.engine = PytestEngine(start, (), lone=False)
    engine.open()
    return engine


def load(what: str) -> Any:
    """The test of a file and a name.

    Raises:
        LookupError: the file has no such test here.
    """
    file, name = file_and_name(what)
    assert _Here.engine is not None
    return _Here.engine.load(file, name)
