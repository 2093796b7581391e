"""The page: what is generated is replaced, what was written is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.model import BenchmarkError
from benchmarks.page import SKELETON, Block, begin, end, replace_block, write_block

if TYPE_CHECKING:
    from pathlib import Path

PAGE = f"""# Ours

Before, `{{braces}}` and \\1 backslashes.

## A heading of ours

{begin("a")}

old

{end("a")}

Between.

{begin("b")}

old b

{end("b")}

After, without a line break at the end"""


def block(name: str, text: str) -> Block:
    """A generated block."""
    return Block(name, f"Title of {name}", f"Intro of {name}.", text)


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    """To the last byte."""
    assert replace_block(PAGE, block("a", "new \\1 {x}")) == PAGE.replace("\nold\n", "\nnew \\1 {x}\n")


def test_other_blocks_are_kept() -> None:
    """Benchmarks can be run one by one."""
    page = replace_block(PAGE, block("b", "new"))

    assert "\nold\n" in page
    assert "old b" not in page


def test_writing_the_same_again_changes_nothing() -> None:
    """A second run leaves no trace, in particular no growing blank lines."""
    once = replace_block(PAGE, block("a", "new"))

    assert replace_block(once, block("a", "new\n\n")) == once


def test_a_new_block_comes_last_with_its_title() -> None:
    """The rest of the page is as before."""
    page = replace_block(PAGE, block("c", "figures"))

    assert page.startswith(PAGE)
    assert page.endswith(f"## Title of c\n\nIntro of c.\n\n{begin('c')}\n\nfigures\n\n{end('c')}\n")


def test_title_and_intro_may_be_rewritten_by_hand() -> None:
    """They stand above the markers and are nobody's but the writer's from then on."""
    page = replace_block("# Ours\n", block("c", "figures")).replace("Intro of c.", "What we say of c.")

    assert "Intro of c" not in replace_block(page, block("c", "others"))


@pytest.mark.parametrize(
    "page",
    [
        begin("a"),
        end("a"),
        f"{end('a')}\n{begin('a')}",
        f"{begin('a')}{end('a')}{begin('a')}{end('a')}",
    ],
)
def test_markers_that_do_not_pair_up_are_refused(page: str) -> None:
    """Guessing could eat what somebody wrote."""
    with pytest.raises(BenchmarkError, match="do not pair up"):
        replace_block(page, block("a", "new"))


def test_a_page_that_is_not_there_is_made(tmp_path: Path) -> None:
    """With an introduction, in a folder that may not be there either."""
    path = tmp_path / "docs" / "benchmarks.md"

    write_block(path, block("a", "figures"))
    write_block(path, block("b", "more"))

    text = path.read_text(encoding="utf-8")
    assert text.startswith(SKELETON)
    assert text.index("figures") < text.index("more")
