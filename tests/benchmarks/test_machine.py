"""The machine in general terms."""

from __future__ import annotations

import platform

import pytest

from benchmarks import machine

VERSIONS = {
    "python": "3.99.1",
    "implementation": "CPython",
    "django": "5.2.1",
    "sqlite": "3.40.1",
    "pytest": "9.0",
    "pytest-django": "4.0",
    "pytest-xdist": "3.0",
}


def test_a_machine_has_no_name() -> None:
    """Cores and versions are enough to judge a figure."""
    text = machine.describe(VERSIONS)

    assert "CPython 3.99.1, Django 5.2.1, SQLite 3.40.1" in text
    assert platform.node() not in text


@pytest.mark.parametrize(
    ("average", "cores", "busy"), [(None, 2, False), (0.9, 2, False), (1.1, 2, True), (1.1, 8, False)]
)
def test_a_busy_machine_is_told_of(
    monkeypatch: pytest.MonkeyPatch, average: float | None, cores: int, busy: bool
) -> None:
    """Two workers that share their cores with others say little of a runner."""
    monkeypatch.setattr(machine, "usable_cores", lambda: cores)

    assert machine.is_busy(average) is busy
