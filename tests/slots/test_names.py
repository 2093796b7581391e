"""Names that no other worker, run or checkout has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import greenroom
from greenroom import slots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_name_tells_worker_run_and_checkout(be_worker: Callable[..., None], tmp_path: Path) -> None:
    """It is the same whenever one asks, and another one's is another."""
    seen = set()
    for worker in ({"slot": 1}, {"slot": 2}, {"slot": 1, "run": "beside"}, {"slot": 1, "root": tmp_path / "other"}):
        be_worker(**worker)
        seen.add(slots.name("search-index"))
        assert slots.name("search-index") in seen
    assert len(seen) == 4
    assert all(re.fullmatch(r"search-index-[0-9a-f]{8}-[12]", name) for name in seen)


def test_outside_of_a_run_it_is_the_process_that_counts() -> None:
    """The number is 0 there."""
    assert greenroom.slots.number() == 0
    assert re.fullmatch(r"x_[0-9a-f]{8}_0", slots.name("x", joint="_"))


@given(st.text(), st.integers(12, 80))
def test_it_is_never_too_long(base: str, longest: int) -> None:
    """Not even with letters that take several bytes."""
    assert len(slots.name(base, longest=longest).encode(errors="ignore")) <= longest


def test_what_makes_it_unique_is_never_cut_off() -> None:
    """There is a length below which there is none."""
    with pytest.raises(ValueError, match="more than 11 bytes"):
        slots.name("x", longest=11)
