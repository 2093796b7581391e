"""For `greenroom rerun`: of what was collected the tests of a recording, in its order. Loaded by `-p`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec
import pytest

_MISSING = pytest.StashKey[list[str]]()
_SHOWN = 5


def pytest_addoption(parser: pytest.Parser) -> None:
    """The file that names them."""
    parser.addoption("--greenroom-only", metavar="FILE", help=argparse.SUPPRESS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[Any]) -> None:
    """Leave out all others."""
    file = config.getoption("--greenroom-only")
    if not file:
        return
    places = {node: place for place, node in enumerate(msgspec.json.decode(Path(file).read_bytes(), type=list[str]))}
    found = [item for item in items if item.nodeid in places]
    others = [item for item in items if item.nodeid not in places]
    items[:] = sorted(found, key=lambda item: places[item.nodeid])
    config.stash[_MISSING] = sorted(places.keys() - {item.nodeid for item in found}, key=places.__getitem__)
    if others:
        config.hook.pytest_deselected(items=others)


def pytest_report_collectionfinish(config: pytest.Config) -> str | list[str]:
    """Name those that are not there."""
    missing = config.stash.get(_MISSING, [])
    if not missing:
        return []
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return f"greenroom: of the recording are not here: {', '.join(missing[:_SHOWN])}{more}"
