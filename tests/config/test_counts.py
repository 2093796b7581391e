"""Whole numbers in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.config import load
from greenroom.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_whole_number_may_come_from_anywhere(tmp_path: Path) -> None:
    """The file has it as a number, a variable and the command line as text."""
    (tmp_path / "pyproject.toml").write_text("[tool.greenroom]\nretries = 1\nretry-budget = 20\nrepeat = 2\n")
    config = load(tmp_path, {"GREENROOM_RETRIES": "3"}, {"repeat": "4", "retry_budget": "5%"}).config
    assert (config.retries, config.repeat, config.retry_budget) == (3, 4, "5%")
    assert load(tmp_path, {}, {}).config.retry_budget == 20


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("retries", "-1", "Option --retries must be a whole number, 0 or more, not -1"),
        ("retries", "two", "Option --retries must be a whole number, 0 or more, not 'two'"),
        ("retries", "1.5", "Option --retries must be a whole number, 0 or more, not '1.5'"),
        ("repeat", "0", "Option --repeat must be a whole number, 1 or more, not 0"),
        ("sql_budget", "x", "Option --sql-budget must be a whole number, 0 or more, not 'x'"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, option: str, value: str, words: str) -> None:
    """In one line that says what there may be."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {}, {option: value})
    assert caught.value.message == words


def test_a_boolean_is_no_number(tmp_path: Path) -> None:
    """TOML tells them apart."""
    (tmp_path / "pyproject.toml").write_text("[tool.greenroom]\nretries = true\n")
    with pytest.raises(ConfigError, match="retries must be a whole number, 0 or more, not True"):
        load(tmp_path, {}, {})
