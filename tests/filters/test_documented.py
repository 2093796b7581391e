"""The pages about expressions and profiles say what there is, and what they show works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from greenroom.config import load
from greenroom.config.overrides import SETTINGS
from greenroom.errors import ConfigError
from greenroom.filters import parse
from greenroom.filters.terms import OTHERS, PREDICATES

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs/reference/filters.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/guides/profiles.md").read_text(encoding="utf-8")
TABLES = REFERENCE.replace("\\|", "|")


def test_each_predicate_is_documented() -> None:
    """In the order of the code, with how a plain name is compared."""
    rows = re.findall(r"^\| `(\w+)\([^`]*\)` \|.*\| (\w.*|) ?\|$", REFERENCE.partition("## Names")[0], re.MULTILINE)
    assert [name for name, _ in rows] == [*PREDICATES, *OTHERS]
    words = {"exact": "exactly", "contains": "as a part"}
    assert [how.strip() for _, how in rows] == [words[how] for how in PREDICATES.values()] + [""] * len(OTHERS)


@pytest.mark.parametrize("text", re.findall(r"`(\w+\([^`…]*\))`", TABLES) + re.findall(r"-E '([^']+)'", GUIDE))
def test_each_expression_on_a_page_can_be_read(text: str) -> None:
    """As it stands there."""
    parse(text)


def test_the_file_of_the_guide_can_be_loaded(tmp_path: Path) -> None:
    """All of it, with its profile; its keys are those that there are."""
    (text,) = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path, {}, {"profile": "ci"})
    assert loaded.profiles == ("base", "ci")
    assert [override.timeout for override in loaded.overrides] == [None, 180.0]
    documented = re.findall(r"^\| `([\w-]+)` \|", GUIDE, re.MULTILINE)
    assert documented == [name.replace("_", "-") for name in SETTINGS]


def test_the_mistake_of_the_guide_is_told_so(tmp_path: Path) -> None:
    """Word for word, but for the place of the file."""
    (told,) = re.findall(r"^```text\nCommandError: pyproject.toml:17: (.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    expression = told.splitlines()[1].strip()
    file = tmp_path / "pyproject.toml"
    file.write_text("[[tool.greenroom.overrides]]\n" + "\n" * 15 + f'filter = "{expression}"\nretries = 1\n')
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {}, {})
    assert str(caught.value) == f"{file}:17: {told.rstrip()}"
