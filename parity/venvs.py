"""The environments that the suites run in. Made by `venv` and pip alone."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tomllib
import venv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parity.errors import ParityError
from parity.places import ROOT, VENVS, locked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STAMP = "parity.json"
"""In each environment: what it was made from and what is installed."""


@dataclass(frozen=True)
class Environment:
    """An environment that is ready."""

    folder: Path
    installed: tuple[str, ...]
    """`name==version` of all that is in it, except greenroom."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return python_of(self.folder)


def python_of(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip(python: Path, arguments: Sequence[str], doing: str) -> str:
    """Run pip of an environment.

    Raises:
        ParityError: pip failed; with what it said.
    """
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise ParityError(f"pip failed while {doing}", (done.stderr or done.stdout).strip()[-2000:])
    return done.stdout


def tools() -> Path:
    """The interpreter of an environment with nothing but pip: the running one need not have it."""
    folder = VENVS / f"tools-py{platform.python_version()}"
    with locked(folder.name):
        if not (folder / STAMP).exists():
            _create(folder)
            (folder / STAMP).write_text("{}")
    return python_of(folder)


def ensure(name: str, requirements: Sequence[str]) -> Environment:
    """An environment with these requirements, and greenroom from this repository so that edits take effect.

    Args:
        name: its folder's name.
        requirements: as for `pip install`.
    """
    folder = VENVS / name
    wanted = _fingerprint(requirements)
    with locked(name):
        stamp = _stamp(folder)
        if stamp.get("made_from") != wanted:
            _create(folder)
            install = ["install", "--quiet", *requirements, "--editable", str(ROOT)]
            pip(python_of(folder), install, f"installing into {name}")
            frozen = pip(python_of(folder), ["freeze", "--exclude", "greenroom"], f"reading {name}")
            stamp = {"made_from": wanted, "installed": frozen.split("\n")}
            (folder / STAMP).write_text(json.dumps(stamp))
    return Environment(folder, tuple(stamp["installed"]))


def _create(folder: Path) -> None:
    venv.EnvBuilder(with_pip=True, clear=True, symlinks=os.name != "nt").create(folder)


def _stamp(folder: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return value


def _fingerprint(requirements: Sequence[str]) -> str:
    """Changes with whatever would change what gets installed, but not with greenroom's code."""
    with (ROOT / "pyproject.toml").open("rb") as stream:
        project = tomllib.load(stream)["project"]
    made_from = [sys.version, sorted(requirements), project.get("dependencies"), project.get("scripts")]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
