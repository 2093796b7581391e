"""Which tests of the files that pytest collects were asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from greenroom.errors import NoTestsError, did_you_mean


class Wish(msgspec.Struct, frozen=True):
    """What pytest is to collect."""

    files: tuple[str, ...]
    """Absolute paths of files that are wanted as a whole, or of which a test is."""
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a file only these: its path, and the names of a class and a function, the last one perhaps with parameters."""


class Chosen:
    """The tests that were asked for by name."""

    def __init__(self, wish: Wish, patterns: Callable[[str], bool] | None) -> None:
        named: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for file, names in wish.names:
            named[file].append(names)
        self._named = named
        self._patterns = patterns
        self._met: set[tuple[str, tuple[str, ...]]] = set()
        self._seen: dict[str, list[str]] = defaultdict(list)

    def takes(self, item: Any) -> bool:
        """Whether a test was asked for."""
        file = str(item.path)
        if file in self._named:
            parts = tuple(item.nodeid.partition("::")[2].split("::")) if "[" not in item.nodeid else _parts(item)
            self._seen[file].append("::".join(parts))
            met = [names for names in self._named[file] if _is_within(parts, names)]
            self._met.update((file, names) for names in met)
            if not met:
                return False
        return self._patterns is None or self._patterns(_dotted(item))

    def check(self) -> None:
        """Each name has met a test.

        Raises:
            NoTestsError: one has not.
        """
        for file, several in self._named.items():
            for names in several:
                if (file, names) not in self._met:
                    wanted = "::".join(names)
                    hint = did_you_mean(wanted, self._seen[file])
                    raise NoTestsError(f"no test matches the label {Path(file).name}::{wanted}", hint)


def _parts(item: Any) -> tuple[str, ...]:
    """The names of classes and the function of a test; parameters may have anything in them."""
    return tuple(
        node.name for node in item.listchain() if not isinstance(node, pytest.Session | pytest.Directory | pytest.File)
    )


def _is_within(parts: tuple[str, ...], names: tuple[str, ...]) -> bool:
    if parts[: len(names)] == names:
        return True
    *outer, last = names
    within = len(parts) == len(names) and list(parts[:-1]) == outer
    return within and "[" not in last and parts[-1].partition("[")[0] == last


def _dotted(item: Any) -> str:
    module = getattr(getattr(item, "module", None), "__name__", "")
    return ".".join(filter(None, [module, *_parts(item)]))
