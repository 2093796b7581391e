"""Labels that match nothing: told apart from those that match a module which fails to load."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import unittest
from collections.abc import Iterable
from typing import Any


def is_missing(label: str, tests: Any) -> bool:
    """Whether a dotted label names something that does not exist.

    Django's loader answers an unknown label with a test that fails. A module that is there and can't be imported is
    answered alike; that one must stay a failing test, as it may be all that is wrong.

    Args:
        label: a dotted label, or a path.
        tests: what the loader made of it.
    """
    if not any(isinstance(test, unittest.loader._FailedTest) for test in _flat(tests)):  # type: ignore[attr-defined]
        return False
    parts = label.split(".")
    for length in range(len(parts), 0, -1):
        module = _module(".".join(parts[:length]))
        if module is None:
            continue
        if module is _BROKEN:
            return False
        return not _reachable(module, parts[length:])
    return True


_BROKEN = object()


def _module(name: str) -> Any:  # noqa: PLR0911 - each way out is another answer
    """The module of that name; None when there is none, `_BROKEN` when it is there and does not load."""
    if name in sys.modules:
        return sys.modules[name]
    try:
        if importlib.util.find_spec(name) is None:
            return None
    except ModuleNotFoundError as error:
        # A package on the way that is no package, or that lacks a module of somebody else's.
        return None if name.startswith(f"{error.name}") else _BROKEN
    except (ValueError, ImportError):
        return None
    except Exception:
        return _BROKEN
    try:
        return importlib.import_module(name)
    except Exception:
        return _BROKEN


def _reachable(found: Any, names: list[str]) -> bool:
    for name in names:
        if not hasattr(found, name):
            return False
        found = getattr(found, name)
    return True


def _flat(tests: Any) -> Iterable[Any]:
    try:
        for test in tests:
            yield from _flat(test)
    except TypeError:
        yield tests
