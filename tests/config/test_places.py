"""At which line of a TOML file something stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.config.places import lines_of

TEXT = '''\
# a comment = 1
[project]
name = "x"

[tool.greenroom]   # of ours
timeout = 3
report = [
    # why
    "a",
    "[b]",
]
"no-tests" = "pass"
events = """
[tool.greenroom.no]
x = 1
"""
kind = ["unit"]
[tool.greenroom.profiles]
nightly = {repeat = 3, flaky = "fail"}
[tool.greenroom.profiles.ci]
inherits = "nightly"

[[tool.greenroom.profiles.ci.overrides]]
filter = "all()"
[[tool.greenroom.overrides]]
filter = "none()"
[[tool.greenroom.overrides]]

filter = 'tag(x)'
'''
LINES = {
    ("project", "name"): 3,
    ("tool",): 5,
    ("tool", "greenroom"): 5,
    ("tool", "greenroom", "timeout"): 6,
    ("tool", "greenroom", "report"): 7,
    ("tool", "greenroom", "no-tests"): 12,
    ("tool", "greenroom", "events"): 13,
    ("tool", "greenroom", "kind"): 17,
    ("tool", "greenroom", "profiles", "nightly"): 19,
    ("tool", "greenroom", "profiles", "nightly", "flaky"): 19,
    ("tool", "greenroom", "profiles", "ci"): 20,
    ("tool", "greenroom", "profiles", "ci", "inherits"): 21,
    ("tool", "greenroom", "profiles", "ci", "overrides", 0): 23,
    ("tool", "greenroom", "profiles", "ci", "overrides", 0, "filter"): 24,
    ("tool", "greenroom", "overrides", 0, "filter"): 26,
    ("tool", "greenroom", "overrides", 1): 27,
    ("tool", "greenroom", "overrides", 1, "filter"): 29,
}


@pytest.mark.parametrize(("keys", "line"), LINES.items(), ids=str)
def test_each_thing_has_its_line(keys: tuple[str | int, ...], line: int) -> None:
    """Through lists, texts of several lines, tables within a line, and tables in lists."""
    assert lines_of(TEXT)[keys] == line


def test_what_is_only_in_a_text_has_none() -> None:
    """It is no key."""
    assert ("tool", "greenroom", "no") not in lines_of(TEXT)


@pytest.mark.parametrize("text", ["tool.greenroom.timeout = 3", "tool = {greenroom = {timeout = 3}}"])
def test_dotted_keys(text: str) -> None:
    """And tables within tables."""
    assert lines_of(f"\n{text}\n")[("tool", "greenroom", "timeout")] == 2


def ways(read: Any) -> set[tuple[str | int, ...]]:
    """All ways through what a file reads as."""
    pairs = read.items() if isinstance(read, dict) else enumerate(read) if isinstance(read, list) else ()
    return {(key, *rest) for key, value in pairs for rest in [(), *ways(value)]}


_NAMES = st.sampled_from(["a", "b", '"c d"', "'e.f'"])
_VALUES = st.sampled_from(
    ["1", '"x"', "[1, 2]", "[\n1,\n2\n]", '"""\n[x]\n"""', "{p = 1, q = [2]}", "[{r = 1}, {r = 2}]"]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["[{}]", "[[{}]]"]),
            st.lists(_NAMES, min_size=1, max_size=3),
            st.dictionaries(_NAMES, _VALUES, max_size=3),
        ),
        max_size=5,
    )
)
def test_all_that_a_file_says_has_a_line(tables: list[tuple[str, list[str], dict[str, str]]]) -> None:
    """Whatever valid file it is: nothing is left out, nothing is made up."""
    lines = []
    for header, name, values in tables:
        lines += [header.format(".".join(name)), *(f"{key} = {value}" for key, value in values.items())]
    text = "\n".join(lines)
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(lines_of(text)) == ways(read)
