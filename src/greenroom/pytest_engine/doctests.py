"""What is known of the doctests that pytest collected."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from greenroom.events import Frame, Raised
from greenroom.execute.exceptions import describe
from greenroom.running.place import place

# What belongs to doctests is imported where there are any: most runs have none.
_REACH = pytest.StashKey[Any]()


def is_doctest(item: Any) -> bool:
    """Whether a test is a doctest, of a docstring or a text file."""
    return getattr(item, "dtest", None) is not None


def is_of_module(item: Any) -> bool:
    """Whether a doctest is a docstring."""
    from _pytest.doctest import DoctestModule

    return isinstance(item.parent, DoctestModule)


def id_of(item: Any) -> str:
    """Its name in the history: the one that it has under the other front doors."""
    from greenroom.doctests.cases import SUFFIX

    return f"{item.dtest.name}{SUFFIX}" if is_of_module(item) else str(item.nodeid.partition("::")[0])


def databases_of_doctest(item: Any) -> tuple[str, ...]:
    """The aliases of the databases that a doctest may come to; none where its imports lead to none."""
    from greenroom.doctests.cases import usable_databases
    from greenroom.doctests.reach import Reach

    usable = usable_databases(place().config.doctest_databases)
    if not usable:
        return ()
    stash = item.config.stash
    reach = stash.setdefault(_REACH, Reach())
    module = item.dtest.globs.get("__name__", "") if is_of_module(item) else ""
    sources = [example.source for example in item.dtest.examples]
    return tuple(sorted(usable)) if reach.leads_to_database(module, sources) else ()


def describe_failure(error: BaseException) -> Raised:
    """An exception as data; that of a doctest comes from the line of the first example that failed."""
    failures = getattr(error, "failures", None) if type(error).__name__ == "MultipleDoctestFailures" else None
    first: Any = failures[0] if failures else error
    if type(first).__module__ != "doctest":
        return describe(error)
    import doctest

    test, example = first.test, first.example
    at = Frame(test.filename or "", (test.lineno or 0) + example.lineno + 1, test.name)
    if isinstance(first, doctest.UnexpectedException):
        raised = describe(first.exc_info[1], first.exc_info[2])
        library = ("<doctest ", doctest.__file__)
        own = tuple(frame for frame in raised.frames if not frame.file.startswith(library))
        return msgspec.structs.replace(raised, frames=(at, *own))
    words = f"{example.source.strip()} gave {first.got.strip()!r}, not {example.want.strip()!r}"
    return msgspec.structs.replace(describe(first), message=words, frames=(at,))
