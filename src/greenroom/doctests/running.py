"""Runs the examples of a doctest, and has the failure come from the line of the first one that fails."""

from __future__ import annotations

import ast
import builtins
import doctest
import linecache
import unittest
from types import CodeType
from typing import Any

from greenroom.execute.timer import TestTimedOut

_TIMED_OUT = f"{TestTimedOut.__module__}.{TestTimedOut.__qualname__}: "
_FORBIDDEN = "DatabaseOperationForbidden"
_HINT = """\
greenroom found nothing in this doctest that leads to a database, so it has none.
Import what uses it in one of the examples: >>> from django.db import connection
"""
_MISSING: Any = object()
__unittest = True  # Frames of this module are left out of tracebacks.


class _Checker(doctest.OutputChecker):
    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        if got.startswith(_TIMED_OUT):
            # The runner takes whatever an example raises that should raise something for an answer.
            raise TestTimedOut(got.removeprefix(_TIMED_OUT).rstrip())
        return super().check_output(want, got, optionflags)


class _Runner(doctest.DocTestRunner):
    DIVIDER = "-" * 70

    def __init__(self, flags: int, *, has_database: bool) -> None:
        super().__init__(_Checker(), verbose=False, optionflags=flags)
        self.first: Any = None
        """The first example that failed."""
        self._has_database = has_database

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        self.first = self.first or example
        super().report_failure(out, test, example, got)

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        kind, error, _ = exc_info
        if isinstance(error, unittest.SkipTest | TestTimedOut):
            raise error
        self.first = self.first or example
        super().report_unexpected_exception(out, test, example, exc_info)
        if kind.__name__ == _FORBIDDEN and not self._has_database:
            out(_HINT)


def is_all_skipped(test: doctest.DocTest, flags: int) -> bool:
    """Whether `# doctest: +SKIP`, or the option SKIP, leaves no example."""
    skip = doctest.SKIP
    return bool(test.examples) and all(example.options.get(skip, flags & skip) for example in test.examples)


def run(test: doctest.DocTest, flags: int, failure: type[BaseException], *, has_database: bool = True) -> None:
    """Run the examples; the namespace of the test is left as they leave it.

    Args:
        test: the doctest.
        flags: its options.
        failure: the exception that says that examples failed. It has a frame at the first one.
        has_database: whether the examples may use one.
    """
    told: list[str] = []
    runner = _Runner(flags, has_database=has_database)
    # Each example that is an expression sets `_` for all.
    underscore = getattr(builtins, "_", _MISSING)
    try:
        failed, tried = runner.run(test, out=told.append, clear_globs=False)[:2]
    finally:
        if underscore is not _MISSING:
            builtins._ = underscore  # type: ignore[attr-defined]
        elif hasattr(builtins, "_"):
            del builtins._
    if failed:
        words = f"{failed} of {tried} {'example' if tried == 1 else 'examples'} failed\n{''.join(told).rstrip()}"
        raise_at(failure(words), test, runner.first)


def raise_at(error: BaseException, test: doctest.DocTest, example: doctest.Example | None) -> None:
    """Raise an exception as though the line of an example, or of the docstring, had done so."""
    line = (test.lineno or 0) + (example.lineno if example is not None else 0) + 1
    code = _raising(test.filename or f"<doctest {test.name}>", line, test.name)
    exec(code, test.globs, {"error": error})  # noqa: S102 - it is our own code


def _raising(file: str, line: int, name: str) -> CodeType:
    text = linecache.getline(file, line).rstrip("\n")
    start = len(text) - len(text.lstrip())
    # In bytes, as the places of all code are.
    columns = {"col_offset": len(text[:start].encode()), "end_col_offset": max(len(text.encode()), 1)}
    place: dict[str, Any] = {"lineno": line, "end_lineno": line, **columns}
    raising = ast.Raise(exc=ast.Name("error", ast.Load(), **place), cause=None, **place)
    code: CodeType = compile(ast.Module([raising], []), file, "exec")
    return code.replace(co_name=name, co_qualname=name)
