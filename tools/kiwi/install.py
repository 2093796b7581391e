"""Installs Kiwi TCMS from the package index, in an environment of its own, and makes the database that servers start with.

Both are kept in `.cache/kiwi` until something that they are made from changes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.environments import ROOT, VENVS, Installer, Interpreter, SetupError, interpreters, program

VERSION = "12.4"
HOME = ROOT / ".cache" / "kiwi"
PASSWORD = "kept from nobody"
"""Of all accounts: admin, tester (may report), outsider (may do nothing)."""
PYTHONS = ("3.11", "3.12", "3.13")
"""Those that this version runs on, best first."""
EXTRAS = ("gunicorn>=22", "mock", "setuptools<80")
"""What serves it, and what it imports without saying so."""
_HERE = Path(__file__).resolve().parent
_SOURCES = ("settings.py", "prepare.py", "install.py")
_REQUIRES = """
import importlib.metadata
for entry in importlib.metadata.requires("kiwitcms"):
    print(entry.replace("(", "").replace(")", "").replace(" ", ""))
"""


@dataclass(frozen=True)
class Kiwi:
    """An installation."""

    python: Path
    template: Path
    """The database that each server gets a copy of."""

    @property
    def title(self) -> str:
        """How it is called in what is printed."""
        return f"Kiwi TCMS {VERSION}"

    def environment(self, database: Path) -> dict[str, str]:
        """The variables of a process of it."""
        alien = ("DJANGO_", "PYTEST_", "GREENROOM_", "TCMS_", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
        return {
            **kept,
            "KIWI_DATABASE": str(database),
            "KIWI_PASSWORD": PASSWORD,
            "PYTHONPATH": str(self.template.parent / "settings"),
            "DJANGO_SETTINGS_MODULE": "kiwi_settings",
        }


def ensure() -> Kiwi:
    """Install what is missing.

    Raises:
        SetupError: there is no Python for it, or it can't be installed.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    kiwi = Kiwi(program(HOME / "venv", "python"), HOME / "template.sqlite3")
    mark = HOME / "stamp.json"
    with _alone(HOME / "lock"):
        wanted = json.dumps({"version": VERSION, "made-from": _digest()})
        if kiwi.template.exists() and mark.exists() and mark.read_text() == wanted:
            return kiwi
        mark.unlink(missing_ok=True)
        _install(kiwi)
        _prepare(kiwi)
        mark.write_text(wanted)
    return kiwi


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    content = b"".join((_HERE / name).read_bytes() for name in _SOURCES)
    return hashlib.sha256(content).hexdigest()


def _install(kiwi: Kiwi) -> None:
    print(f"Installing {kiwi.title}.", flush=True)
    VENVS.mkdir(exist_ok=True)
    found = interpreters(os.environ)
    interpreter = next((found[minor] for minor in PYTHONS if minor in found), None)
    if interpreter is None:
        raise SetupError(f"{kiwi.title} needs one of the Pythons {', '.join(PYTHONS)}, and none was found.")
    installer = Installer(found)
    folder = HOME / "venv"
    shutil.rmtree(folder, ignore_errors=True)
    _make(interpreter, installer, folder)
    _add(installer, kiwi.python, ["--no-deps", f"kiwitcms=={VERSION}"])
    asked = subprocess.run([kiwi.python, "-c", _REQUIRES], capture_output=True, text=True, check=True)
    # uWSGI would have to be compiled, and another server does as well.
    pins = [line for line in asked.stdout.split("\n") if line and not line.lower().startswith("uwsgi")]
    _add(installer, kiwi.python, [*pins, *EXTRAS])
    subprocess.run([kiwi.python, "-m", "compileall", "-q", folder / "lib"], check=False, stdout=subprocess.DEVNULL)


def _make(interpreter: Interpreter, installer: Installer, folder: Path) -> None:
    uv = installer.uv()
    made: list[str | Path] = [interpreter.executable, "-m", "venv", folder]
    if uv:
        made = [uv, "venv", "--quiet", "--no-project", "--python", interpreter.executable, folder]
    _do(made)


def _add(installer: Installer, python: Path, wanted: list[str]) -> None:
    uv = installer.uv()
    command: list[str | Path] = [python, "-m", "pip", "install"]
    if uv:
        command = [uv, "pip", "install", "--python", python]
    _do([*command, "--quiet", *wanted], installer.variables())


def _prepare(kiwi: Kiwi) -> None:
    """Migrate an empty database."""
    settings = HOME / "settings"
    settings.mkdir(exist_ok=True)
    shutil.copyfile(_HERE / "settings.py", settings / "kiwi_settings.py")
    fresh = HOME / "fresh.sqlite3"
    for old in HOME.glob("fresh.sqlite3*"):
        old.unlink()
    _do([kiwi.python, _HERE / "prepare.py"], kiwi.environment(fresh))
    fresh.replace(kiwi.template)


def _do(command: list[str | Path], variables: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env=variables, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=HOME
    )
    if done.returncode:
        said = done.stdout[-4000:]
        raise SetupError(f"This failed: {' '.join(map(str, command))}\n{said}")
