"""Installs Kiwi TCMS from the package index, in an environment of its own, and makes the database that servers start with.

Both are kept in `.cache/kiwi` until something that they are made from changes. 12.4 is the newest version in the index; the
tests run against any other one that you have installed yourself, in an environment with gunicorn, by naming its Python:

    GREENROOM_KIWI_PYTHON=/path/to/bin/python python -m pytest tests/kiwi

`python -c "import tcms"` has to work there. Nothing in that environment is changed, and CI does not set the variable.
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
GIVEN = "GREENROOM_KIWI_PYTHON"
"""The variable that names the Python of another installation."""
PASSWORD = "kept from nobody"
"""Of all accounts: admin, tester (may report), outsider (may do nothing)."""
PYTHONS = ("3.11", "3.12", "3.13")
"""Those that this version runs on, best first."""
EXTRAS = ("gunicorn>=25.1", "mock", "setuptools<80")
"""What serves it, and what it imports without saying so."""
_HERE = Path(__file__).resolve().parent
_SOURCES = ("settings.py", "prepare.py", "install.py")
_VERSION = "import tcms; print(tcms.__version__)"
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
    version: str = VERSION

    @property
    def title(self) -> str:
        """How it is called in what is printed."""
        return f"Kiwi TCMS {self.version}"

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
        SetupError: there is no Python for it, or it can't be installed, or what is given in its stead is none.
    """
    given = os.environ.get(GIVEN, "")
    if given:
        return _ready(_given(Path(given)), own=False)
    return _ready(Kiwi(program(HOME / "venv", "python"), HOME / "template.sqlite3"), own=True)


def _given(python: Path) -> Kiwi:
    """The installation that a developer has made."""
    try:
        asked = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"{GIVEN} is no Python that has Kiwi TCMS: {python}") from error
    version = asked.stdout.strip()
    return Kiwi(python, HOME / "given" / version / "template.sqlite3", version)


def _ready(kiwi: Kiwi, *, own: bool) -> Kiwi:
    """An installation with its database."""
    home = kiwi.template.parent
    home.mkdir(parents=True, exist_ok=True)
    mark = home / "stamp.json"
    with _alone(home / "lock"):
        wanted = json.dumps({"version": kiwi.version, "made-from": _digest()})
        if kiwi.template.exists() and mark.exists() and mark.read_text() == wanted:
            return kiwi
        mark.unlink(missing_ok=True)
        if own:
            _install(kiwi)
        _prepare(kiwi, home)
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


def _prepare(kiwi: Kiwi, home: Path) -> None:
    """Migrate an empty database."""
    settings = home / "settings"
    settings.mkdir(exist_ok=True)
    shutil.copyfile(_HERE / "settings.py", settings / "kiwi_settings.py")
    fresh = home / "fresh.sqlite3"
    for old in home.glob("fresh.sqlite3*"):
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
