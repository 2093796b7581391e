"""What may say something of itself is found, and nothing is woken by looking."""

from __future__ import annotations

import functools
from typing import Any

from django.utils.functional import SimpleLazyObject

from greenroom.collect.said import may_say, own_bases


def _never() -> Any:
    raise AssertionError("woken")


class Base:
    def test_plain(self) -> None: ...

    def test_marked(self) -> None: ...

    test_marked.tags = frozenset({"slow"})  # type: ignore[attr-defined]
    inner = dict
    lazy = SimpleLazyObject(_never)


class Derived(Base):
    test_partial = functools.partialmethod(Base.test_plain)


def test_what_may_say_something() -> None:
    """Functions with attributes and objects of other kinds; no plain function, no class, nothing that is inherited."""
    found = [name for name, _ in may_say([Base]) if not name.startswith("__")]
    assert found == ["test_marked", "lazy"]
    assert [name for name, _ in may_say([Derived]) if not name.startswith("__")] == ["test_partial"]
    assert dict(may_say(Derived.__mro__))["test_marked"].tags == frozenset({"slow"})


def test_bases() -> None:
    """Those of libraries are left out."""
    assert own_bases(Derived, ("builtins",)) == [Derived, Base]
