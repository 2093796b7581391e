"""The virtual environment that the contenders run in, and how they are called."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.model import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "benchmarks"
REQUIREMENTS = (
    "pytest", "pytest-django", "pytest-xdist", "tblib", "psycopg[binary]",
    "cheroot", "uvicorn", "websockets", "selenium", "playwright",
)  # fmt: skip
DEFAULT_DJANGO = "django~=5.2.0"

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
"""What contenders see of our environment: no `GREENROOM_*`, `PYTEST_*` or `DJANGO_*` may leak into a figure."""

_VERSIONS = """
import json, platform, sqlite3
from importlib.metadata import version
names = ("django", "pytest", "pytest-django", "pytest-xdist")
print(json.dumps({"python": platform.python_version(), "implementation": platform.python_implementation(),
    "sqlite": sqlite3.sqlite_version, **{name: version(name) for name in names}}))
"""
_HAS_GREENROOM = "import greenroom; greenroom.TestRunner"


@dataclass(frozen=True)
class Toolbox:
    """What contenders run with."""

    python: Path
    """The interpreter of the virtual environment."""
    versions: Mapping[str, str]
    """By lower-case name: python, django, pytest, ..."""
    greenroom_missing: str = ""
    """Why greenroom's test runner can't be imported, in which case its contenders are left out; empty when it can."""

    @property
    def has_greenroom(self) -> bool:
        """Whether greenroom's contenders take part."""
        return not self.greenroom_missing

    def env(self, **extra: str) -> dict[str, str]:
        """The environment of a contender.

        pytest loads the plugins that it is told to and no others: greenroom's own would be in the environment, too.
        """
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**passed, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **extra}


def open_toolbox(django: str = DEFAULT_DJANGO, *, refresh: bool = False) -> Toolbox:
    """Make the virtual environment, or take the one that is there when nothing changed that it was made from.

    Args:
        django: the requirement for Django, as pip takes it.
        refresh: make it anew, with the newest releases.
    """
    home, python = _ready((django, *REQUIREMENTS), refresh=refresh)
    return Toolbox(python, json.loads(_output([str(python), "-c", _VERSIONS])), _install_greenroom(home, python))


def interpreter_with(*requirements: str) -> Path:
    """The interpreter of a virtual environment of its own, for a contender that greenroom's has no place for.

    Args:
        requirements: all that is in it, as pip takes them.

    Raises:
        BenchmarkError: it can't be made.
    """
    return _ready(requirements)[1]


def _ready(requirements: tuple[str, ...], *, refresh: bool = False) -> tuple[Path, Path]:
    """The folder of a virtual environment and its interpreter; it is made where it is not there."""
    home = CACHE / f"venv-{_digest(requirements)}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "benchmarks-ready"
    if refresh or not stamp.exists():
        _build(home, python, requirements)
        stamp.touch()
    return home, python


def _digest(requirements: tuple[str, ...]) -> str:
    """A name for what the environment is made from."""
    made_from = "\n".join((sys.version, *requirements))
    return hashlib.sha256(made_from.encode()).hexdigest()[:12]


def _build(home: Path, python: Path, requirements: tuple[str, ...]) -> None:
    shutil.rmtree(home, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n", encoding="utf-8")
    if shutil.which("uv"):
        _output(["uv", "venv", "--quiet", "--python", sys.executable, str(home)])
    else:
        _output([sys.executable, "-m", "venv", str(home)])
    _install(python, requirements)


def _install_greenroom(home: Path, python: Path) -> str:
    """Install greenroom, editable, once for each content of its pyproject.toml.

    Returns:
        Why it can't be used; empty when it can.
    """
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = home / "benchmarks-greenroom"
    try:
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
            _install(python, ("-e", str(ROOT)))
            stamp.write_text(digest, encoding="utf-8")
        _output([str(python), "-c", _HAS_GREENROOM])
    except BenchmarkError as error:
        return str(error)
    return ""


def _install(python: Path, requirements: tuple[str, ...]) -> None:
    if shutil.which("uv"):
        _output(["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *requirements])
    else:
        _output([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])


def _output(argv: list[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(argv)} failed with exit code {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout
