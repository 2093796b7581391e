"""What workers say comes to the parent as it was."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.pytest_plugin.workers.calls import warning_as_data, warning_from_data
from greenroom.pytest_plugin.workers.packing import is_data, pack, unpack

simple = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
hashable = st.recursive(simple, lambda of: st.tuples(of, of) | st.frozensets(of, max_size=3), max_leaves=5)
data = st.recursive(
    hashable,
    lambda of: st.lists(of) | st.tuples(of) | st.dictionaries(hashable | st.just("$greenroom"), of),
    max_leaves=20,
)


@given(data)
def test_data_comes_back(value: object) -> None:
    """Whatever JSON has no word for, too."""
    assert is_data(value)
    again = unpack(pack(value))
    assert again == value
    assert repr(again) == repr(value) or isinstance(value, (set, frozenset, dict, list, tuple))


@pytest.mark.parametrize("value", [object(), {"a": object()}, [print], Path, type("Text", (str,), {})("x")])
def test_what_is_no_data(value: object) -> None:
    """It is told from data, and becomes text in a report."""
    assert not is_data(value)
    unpack(pack(value))


class OwnWords(UserWarning):
    """A warning whose text is not its arguments."""

    def __init__(self, much: int, more: int) -> None:
        self.sum = much + more

    def __str__(self) -> str:
        return f"sum {self.sum}"


def test_warnings_print_alike() -> None:
    """Of a known category, of one with words of its own, and of one that only the worker knows."""
    local = type("Local", (DeprecationWarning,), {"__module__": "nowhere"})
    for message in (UserWarning("plain"), OwnWords(1, 2), local("unknown"), UnicodeWarning("a", 2)):
        caught = warnings.WarningMessage(message, type(message), "file.py", 7, line="source")
        again = warning_from_data(unpack(pack(warning_as_data(caught))))
        assert str(again.message) == str(message)
        assert again.category.__name__ == type(message).__name__
        assert issubclass(again.category, type(message).__mro__[1])
        assert (again.filename, again.lineno, again.line) == ("file.py", 7, "source")
