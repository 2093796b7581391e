"""How the examples of a docstring run."""

from __future__ import annotations

import builtins
import traceback
import unittest
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.doctests import finding
from greenroom.doctests.flags import flags_of
from greenroom.doctests.running import is_all_skipped, run
from greenroom.errors import ConfigError
from greenroom.execute.timer import TestTimedOut

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str, **globs: Any) -> Any:
    """The doctest of a text."""
    return finding.Parser().get_doctest(text, globs, "a.text", "/no/such/file.txt", 0)


def tried(text: str, *options: str, **globs: Any) -> str:
    """What the failure says; empty where there is none."""
    try:
        run(read(text, **globs), flags_of(options), AssertionError)
    except AssertionError as error:
        return str(error)
    return ""


def test_the_failure_comes_from_the_example(tmp_path: Path) -> None:
    """The last frame of the traceback is the example's line; a debugger finds its names there."""
    path = tmp_path / "a.txt"
    path.write_text("Text\n\n>>> found = 1\n>>> found\n2\n>>> found\n3\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="2 of 3 examples failed") as caught:
        run(finding.of_file(path, "a.txt"), 0, AssertionError)
    frame = traceback.extract_tb(caught.tb)[-1]
    assert (frame.filename, frame.lineno, frame.name, frame.line) == (str(path), 4, "a.txt", ">>> found")
    assert caught.traceback[-1].frame.f_globals["found"] == 1


def test_each_failure_is_told_unless_an_option_says_otherwise() -> None:
    """All examples run, as under the `doctest` module."""
    text = ">>> 1\n2\n>>> 3\n4\n"
    assert tried(text).count("Failed example") == 2
    assert tried(text, "REPORT_ONLY_FIRST_FAILURE").count("Failed example") == 1
    assert "1 of 1 example failed" in tried(text, "FAIL_FAST")


def test_options() -> None:
    """By name, and by directives in the examples."""
    assert tried(">>> [1, 2, 3]\n[1, ...]\n", "ELLIPSIS") == ""
    assert tried(">>> [1, 2, 3]\n[1, ...]\n")
    assert tried(">>> [1, 2, 3] # doctest: +ELLIPSIS\n[1, ...]\n") == ""
    text = ">>> int('x')\nTraceback (most recent call last):\nValueError: something else\n"
    assert tried(text, "IGNORE_EXCEPTION_DETAIL") == ""
    assert tried(text)
    with pytest.raises(ConfigError, match="NORMALIZE_WHITESPACES") as caught:
        flags_of(["NORMALIZE_WHITESPACES"])
    assert "NORMALIZE_WHITESPACE" in caught.value.hint


def test_an_exception_is_told_with_its_traceback() -> None:
    """One that nobody expects is a failure."""
    assert "ZeroDivisionError" in tried(">>> 1 / 0\n")
    assert tried(">>> raise SystemExit\n")


@pytest.mark.parametrize("expected", ["", "Traceback (most recent call last):\nValueError\n"])
def test_what_ends_a_test_ends_a_doctest(expected: str) -> None:
    """A time limit is no answer of an example; a skip skips."""

    def late() -> None:
        raise TestTimedOut("too late")

    with pytest.raises(TestTimedOut, match="too late"):
        tried(f">>> late()\n{expected}>>> never()\n", late=late)


def test_a_skip_within_an_example() -> None:
    """`SkipTest` skips the whole docstring."""
    with pytest.raises(unittest.SkipTest, match="not here"):
        tried(">>> raise SkipTest('not here')\n", SkipTest=unittest.SkipTest)


def test_nothing_is_left_behind() -> None:
    """Python's shell sets `_` for everybody; here it is what it was."""
    assert not hasattr(builtins, "_")
    assert tried(">>> 41\n41\n>>> _ + 1\n42\n") == ""
    assert not hasattr(builtins, "_")


def test_all_skipped() -> None:
    """Where no example is left the test is skipped, and not passed."""
    skip = flags_of(["SKIP"])
    assert is_all_skipped(read(">>> 1 # doctest: +SKIP\n"), 0)
    assert not is_all_skipped(read(">>> 1 # doctest: +SKIP\n>>> 2\n"), 0)
    assert is_all_skipped(read(">>> 1\n"), skip)
    assert not is_all_skipped(read(">>> 1 # doctest: -SKIP\n"), skip)
    assert not is_all_skipped(read("no example"), skip)
