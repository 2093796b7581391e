"""What overrides say of a test, and what becomes of it: pure, from data to data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from greenroom.collect.rules import Granted, Rules
from greenroom.config.overrides import SETTINGS, Override
from greenroom.filters import Subject
from greenroom.model import TestSpec
from greenroom.retry import TestPolicy
from greenroom.session.overriding import with_overrides, with_shares


def tagged(*tags: str) -> Subject:
    """A test with these tags."""
    return cast("Subject", SimpleNamespace(tags=tags))


def test_the_first_that_says_it_counts() -> None:
    """Key by key; one that is silent leaves it to the next."""
    first = Override(filter="tag(a)", timeout=1.0, mutex=("x",))
    second = Override(filter="tag(a) | tag(b)", timeout=2.0, retries=0)
    third = Override(filter="all()", retries=3, weight=2)
    rules = Rules([first, second, third])
    assert rules.of(tagged("a")) == Granted(
        timeout=1.0,
        mutex=("x",),
        retries=0,
        weight=2,
        by={"timeout": first, "mutex": first, "retries": second, "weight": third},
    )
    assert rules.of(tagged("b")) == Granted(
        timeout=2.0, retries=0, weight=2, by={"timeout": second, "retries": second, "weight": third}
    )
    assert Rules([first]).of(tagged("c")) is None
    assert not rules.needs_seconds
    assert Rules([Override(filter="tag(a) - !slow()", retries=1)]).needs_seconds


_OVERRIDES = st.builds(
    Override,
    filter=st.sampled_from(["tag(a)", "tag(b)", "tag(a) & tag(b)", "!tag(a)", "all()"]),
    timeout=st.none() | st.sampled_from([1.0, 2.0]),
    retries=st.none() | st.integers(0, 2),
    mutex=st.sampled_from([(), ("x",), ("y", "z")]),
    quarantine=st.none() | st.just("why"),
)


@given(st.lists(_OVERRIDES, max_size=5), st.sets(st.sampled_from("ab")))
def test_each_key_is_that_of_the_first_that_has_it(overrides: list[Override], tags: set[str]) -> None:
    """Whatever the others say."""
    meaning = [one for one in overrides if Rules([Override(filter=one.filter, retries=1)]).of(tagged(*tags))]
    granted = Rules(overrides).of(tagged(*tags)) or Granted()
    for name in SETTINGS:
        said = [value for one in meaning if (value := getattr(one, name)) not in (None, ())]
        default: Any = () if name == "mutex" else None
        assert getattr(granted, name) == (said[0] if said else default)


def test_policies_keep_what_overrides_do_not_say() -> None:
    """And a test that had none gets one."""
    before = {0: TestPolicy(1, 0.5), 1: TestPolicy(quarantine="listed")}
    after = with_overrides(before, {0: Granted(retries=3), 1: Granted(retry_delay=2.0), 2: Granted(quarantine="why")})
    assert after == {
        0: TestPolicy(3, 0.5),
        1: TestPolicy(0, 2.0, "listed"),
        2: TestPolicy(quarantine="why"),
    }
    assert before[0] == TestPolicy(1, 0.5)
    assert with_overrides(before, {0: Granted(retries=0)})[0].retries == 0


def test_locks_add_up_and_weights_are_replaced() -> None:
    """By the names that `greenroom.exclusive` gives them, so that both exclude each other."""
    specs = [
        TestSpec(0, "a", "unit", "g", locks=("exclusive:x",), weight=3),
        TestSpec(1, "b", "unit", "g", weight=3),
        TestSpec(2, "c", "unit", "g"),
    ]
    found = with_shares(specs, {0: Granted(mutex=("x", "y")), 1: Granted(weight=1), 2: Granted(timeout=1.0)})
    assert [(spec.locks, spec.weight) for spec in found] == [(("exclusive:x", "exclusive:y"), 3), ((), 1), ((), 1)]
