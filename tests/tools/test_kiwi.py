"""Which Kiwi TCMS tests use: its own, or one that a developer names."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tools.environments import SetupError
from tools.kiwi import install

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("python", [sys.executable, "/nowhere/python"])
def test_a_python_without_kiwi(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is named, with the variable that names it; its own is not taken in its stead."""
    monkeypatch.setenv(install.GIVEN, python)
    with pytest.raises(SetupError, match=f"^GREENROOM_KIWI_PYTHON is no Python that has Kiwi TCMS: {python}$"):
        install.ensure()


def test_a_python_with_kiwi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a database of its own, made once for each version; nothing is installed there."""
    (tmp_path / "tcms").mkdir()
    (tmp_path / "tcms" / "__init__.py").write_text('__version__ = "98.7"\n')
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv(install.GIVEN, str(python))
    monkeypatch.setattr(install, "HOME", tmp_path / "home")
    asked: list[str] = []

    def done(command: list[str | Path], *_: object) -> None:
        asked.append(str(command[1]).rpartition("/")[2])
        (tmp_path / "home" / "given" / "98.7" / "fresh.sqlite3").touch()

    monkeypatch.setattr(install, "_do", done)
    for _ in range(2):
        kiwi = install.ensure()
        assert (kiwi.title, kiwi.python) == ("Kiwi TCMS 98.7", python)
        assert kiwi.template == tmp_path / "home" / "given" / "98.7" / "template.sqlite3"
    assert asked == ["prepare.py"]
