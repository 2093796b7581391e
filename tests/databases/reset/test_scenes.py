"""How resets are installed, what makes them step back, and what they never need."""

from __future__ import annotations

import re

import pytest

from tests.databases.reset.conftest import HERE, Drive

BACKENDS = {"sqlite": "sqlite-memory", "postgresql": "postgresql", "mysql": "mariadb"}
MARKS = {"sqlite": [], "postgresql": [pytest.mark.postgresql], "mysql": [pytest.mark.mysql]}
FOUND = re.findall(r"^@scene\((.*)\)\ndef (\w+)", (HERE / "lab" / "scenes.py").read_text(), re.MULTILINE)
SCENES = [
    pytest.param(BACKENDS[vendor], name, id=f"{vendor}-{name}", marks=MARKS[vendor])
    for vendor in BACKENDS
    for vendors, name in FOUND
    if not vendors or vendor in vendors
]


@pytest.mark.parametrize(("backend", "name"), SCENES)
def test_scene(drive: Drive, backend: str, name: str) -> None:
    """Each scene says what it shows."""
    assert drive(backend, "scenes")[name] == ""
