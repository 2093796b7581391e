"""Values have the same digest in every process, and different values have different ones."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import re
import subprocess
import sys
from collections import OrderedDict
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.databases.fingerprint.stable import digest_of

ATOMS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5) | st.floats(allow_nan=False)
)
HASHABLE = st.recursive(ATOMS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4), max_leaves=6)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


class Colour(Enum):
    RED = 1
    TAN = 2


class Thing:
    def __init__(self, size: object) -> None:
        self.size = size


class Slotted:
    __slots__ = ("size",)

    def __init__(self, size: object) -> None:
        self.size = size


def made(size: object) -> Any:
    """A function that is made anew each time, around a value."""
    return lambda: size


def circle(size: object) -> list[object]:
    """A list in itself."""
    found: list[object] = [size]
    found.append(found)
    return found


@given(VALUES)
def test_equal_copies(value: object) -> None:
    """A copy has the same digest."""
    assert digest_of(eval(repr(value), {"inf": float("inf")})) == digest_of(value)


@given(VALUES, VALUES)
def test_different_values(one: object, other: object) -> None:
    """What is written differently has different digests; equal numbers of different types too."""
    if repr(one) != repr(other) and one != other:
        assert digest_of(one) != digest_of(other)


@given(st.lists(HASHABLE, max_size=6, unique_by=lambda item: item))
def test_order_of_a_set(items: list[Any]) -> None:
    """The order in which a set was filled, which may be the order that it has, does not count."""
    backwards = items[::-1]
    assert digest_of(set(items)) == digest_of(set(backwards))


@pytest.mark.parametrize(
    "make",
    [
        Thing,
        Slotted,
        made,
        circle,
        lambda size: functools.partial(max, size),
        lambda size: functools.partial(max, default=size),
        lambda size: Thing(Thing(size)).__init__,  # type: ignore[misc]
        lambda size: re.compile(str(size)),
        lambda size: Path("/srv") / str(size),
        Decimal,
        dt.timedelta,
        lambda size: OrderedDict(a=size),
        Colour,
        lambda size: {size: 1},
        lambda size: {(1, frozenset([size]))},
        type("Text", (str,), {}),
    ],
)
def test_objects(make: Any) -> None:
    """Two that are made alike have the same digest, wherever they are; two that are not have different ones."""
    assert digest_of(make(1)) == digest_of(make(1))
    assert digest_of(make(1)) != digest_of(make(2))


def test_mapping_that_is_none() -> None:
    """An object that answers for every key, as people write to have no migrations, does no harm."""

    class Everything:
        def __contains__(self, key: str) -> bool:
            return True

        def __getitem__(self, key: str) -> None:
            return None

    assert digest_of(Everything()) == digest_of(Everything())


def test_modules_are_told() -> None:
    """The modules behind functions and classes are code that counts."""
    modules: set[str] = set()
    digest_of({"a": [made(1)], "b": Thing(Slotted), "c": os}, modules)
    assert {__name__, "os"} <= modules


def test_translated_text_counts_as_it_is_written() -> None:
    """It is not translated for its digest: nothing is configured here, and the language that is active is no matter."""
    from django.utils.translation import gettext_lazy

    assert digest_of(gettext_lazy("Monday")) == digest_of(gettext_lazy("Monday"))
    assert digest_of(gettext_lazy("Monday")) != digest_of(gettext_lazy("Tuesday"))


SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from greenroom.databases.fingerprint.stable import digest_of
from greenroom.databases.fingerprint.facts import facts_of
function = lambda value: value in {"a", "b", "c", "d"}
value = [{"x", "y", ("z", frozenset("abcdef"))}, object(), function, {"k": {1, "1", None}}]
facts = facts_of(b"from a import (b, c)\\nimport d.e\\nX = {'p.q', 'r.s', 'T'}\\nd.e.f, c.g\\n")
print(json.dumps([digest_of(value), repr(facts)]))
"""


def test_every_process_agrees(tmp_path: Path) -> None:
    """Hashes of texts, and addresses, are different in each process."""
    source = Path(__file__).parents[3] / "src"
    answers = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", SCRIPT, str(source)],
                env={**os.environ, "PYTHONHASHSEED": seed},
                cwd=tmp_path,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for seed in ("0", "1", "77")
    ]
    assert answers[0] == answers[1] == answers[2]
