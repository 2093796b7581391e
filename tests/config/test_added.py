"""Keys of which a later source adds to what those before it say, and keys of which it takes the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.config import load


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that names a plugin and a report."""
    (tmp_path / "pyproject.toml").write_text('[tool.greenroom]\nplugins = ["a.b"]\nreport = ["junit:x.xml", "html"]\n')
    return tmp_path


def test_plugins_add_up(project: Path) -> None:
    """The file, the variable, the command line, in this order."""
    config = load(project, {"GREENROOM_PLUGINS": "c,d"}, {"plugins": ["tools/e.py", "no:a.b"]}).config
    assert config.plugins == ("a.b", "c", "d", "tools/e.py", "no:a.b")


def test_reports_are_replaced(project: Path) -> None:
    """As every other key."""
    assert load(project, {}, {}).config.report == ("junit:x.xml", "html")
    assert load(project, {"GREENROOM_REPORT": "tap"}, {}).config.report == ("tap",)
    assert load(project, {"GREENROOM_REPORT": "tap"}, {"report": ["slow", "json:e.jsonl"]}).config.report == (
        "slow",
        "json:e.jsonl",
    )
