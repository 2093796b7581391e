"""Make the environments that greenroom is developed and tested in.

    python -m tools.environments            every pair of the matrix whose interpreter is here
    python -m tools.environments primary    the newest pair only
    python -m tools.environments run …      the same, then that environment's python with the arguments that follow
    python -m tools.environments serve …    as run, with the servers and the browser, and their drivers, as well

One virtual environment for each (Python, Django) pair, in `.venvs/`. A stamp in each says what it was made from, so
that a second call has nothing to do. Standard library only, because it runs before anything is installed. Packages
come by uv, for speed, and by pip where uv can't be had; both follow pip's own settings.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import programs
from tools.package_settings import pip_settings, uv_settings
from tools.requirements import own_extras, requirements

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / ".venvs"
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
STAMP = "greenroom-stamp.json"
DRIVERS_STAMP = "greenroom-drivers-stamp.json"

MATRIX = (
    ("3.11", "5.2"),
    ("3.12", "5.2"),
    ("3.12", "6.0"),
    ("3.13", "6.0"),
    ("3.13", "6.1"),
    ("3.14", "5.2"),
    ("3.14", "6.1"),
)
"""The (Python, Django) pairs that are tested: each end of each Django's range of Pythons."""

PROBE = """
import json, platform, sys
import sqlite3, ssl
try:
    import ensurepip, venv
    pip = True
except ImportError:
    pip = False
release = sys.version_info.releaselevel == "final" and platform.python_implementation() == "CPython"
# Of a virtual environment, the Python that it was made from.
executable = getattr(sys, "_base_executable", None) or sys.executable
print(json.dumps([executable, list(sys.version_info[:3]), release, pip]))
"""


class SetupError(Exception):
    """The environments can't be made; the text says why, in words for the person who asked."""


class MissingProgramError(SetupError):
    """A program that tests run against is not here, and can't be installed by this."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that was found here and was seen to run."""

    executable: str
    version: tuple[int, int, int]
    has_pip: bool
    """Whether it can make an environment that holds pip (some distributions package that apart)."""

    @property
    def minor(self) -> str:
        """`3.12`, as the matrix names it."""
        return f"{self.version[0]}.{self.version[1]}"


@dataclass(frozen=True)
class Environment:
    """One pair of the matrix, and where its environment is or will be."""

    interpreter: Interpreter
    django: str

    @property
    def title(self) -> str:
        """How it is called in what is printed."""
        return f"Python {self.interpreter.minor} × Django {self.django}"

    @property
    def folder(self) -> Path:
        """Its place in `.venvs/`."""
        return VENVS / f"py{self.interpreter.minor}-django{self.django}"

    @property
    def python(self) -> Path:
        """The interpreter inside it."""
        return program(self.folder, "python")

    @property
    def newness(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What "newest pair" goes by: Django first, since that is what greenroom follows."""
        return tuple(map(int, self.django.split("."))), self.interpreter.version

    def variables(self) -> dict[str, str]:
        """The process environment in which it is the active one.

        Compiled modules are kept, whatever was asked for outside: the tests start thousands of processes, each of which
        would compile Django again.
        """
        path = os.pathsep.join([str(self.folder / BIN), os.environ.get("PATH", "")])
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, "PATH": path, "VIRTUAL_ENV": str(self.folder)}


def program(folder: Path, name: str) -> Path:
    """Where a virtual environment keeps a program."""
    return folder / BIN / f"{name}{EXE}"


def say(text: str) -> None:
    """Tell what is being done, in order with the output of what is started."""
    print(text, flush=True)


def candidates(variables: Mapping[str, str]) -> Iterator[str]:
    """Name every program that may be a Python of the matrix; whether it is one, only running it tells."""
    yield sys.executable
    path = variables.get("PATH", os.defpath)
    minors = dict.fromkeys(minor for minor, _ in MATRIX)
    for name in [*(f"python{minor}" for minor in minors), "python3"]:
        for folder in path.split(os.pathsep):
            found = shutil.which(name, path=folder) if folder else None
            if found:
                yield found
    pyenv = Path(variables.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for minor in minors:
        yield from sorted(map(str, pyenv.glob(f"versions/{minor}.*/bin/python")))


def probe(executable: str) -> Interpreter | None:
    """Run a Python; None when it does not run, lacks sqlite3 or ssl, or is no final release of CPython.

    A pyenv shim, for one, is on the PATH whether the version behind it is enabled or not.
    """
    try:
        done = subprocess.run([executable, "-I", "-c", PROBE], capture_output=True, text=True, timeout=30, check=True)
        path, version, release, has_pip = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Interpreter(path, tuple(version), has_pip) if release else None


def interpreters(variables: Mapping[str, str]) -> dict[str, Interpreter]:
    """Find one interpreter for each minor version of the matrix: one with pip if there is, then the newest patch."""
    wanted = {minor for minor, _ in MATRIX}
    best: dict[str, Interpreter] = {}
    tried: set[str] = set()
    for candidate in candidates(variables):
        real = str(Path(candidate).resolve())
        if real in tried and not is_shim(candidate):
            continue
        tried.add(real)
        found = probe(candidate)
        if found is None or found.minor not in wanted:
            continue
        known = best.get(found.minor)
        if known is None or (found.has_pip, found.version) > (known.has_pip, known.version):
            best[found.minor] = found
    return best


def is_shim(executable: str) -> bool:
    """Whether several names may lead to one script that then decides which Python to run."""
    return Path(executable).parent.name == "shims"


def plan(found: Mapping[str, Interpreter]) -> list[Environment]:
    """Pair the interpreters that are here with the matrix, newest pair (the primary environment) first.

    Raises:
        SetupError: there is no interpreter for any pair.
    """
    here = [Environment(found[minor], django) for minor, django in MATRIX if minor in found]
    if not here:
        raise SetupError(
            "No Python of the matrix was found: greenroom needs CPython 3.11 or newer, with sqlite3 and ssl."
        )
    return sorted(here, key=lambda environment: environment.newness, reverse=True)


def left_out(found: Mapping[str, Interpreter]) -> list[str]:
    """Say which pairs of the matrix can't be tested here, and why."""
    return [
        f"left out: Python {minor} × Django {django} (no Python {minor} was found on this machine)"
        for minor, django in MATRIX
        if minor not in found
    ]


def contents(environment: Environment, *, primary: bool) -> list[str]:
    """What to install: greenroom as it stands here, its Django, and the tools for developing or just for testing it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = requirements("dev" if primary else "test", project["dependency-groups"])
    return ["--editable", str(ROOT), f"Django=={environment.django}.*", *tools]


def stamp(environment: Environment, wanted: Sequence[str]) -> str:
    """Sum up all that an environment depends on; where this differs, it is made anew.

    Of pyproject.toml that is what installing goes by, not how the linters are set or what a classifier says.
    """
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = [read["project"].get(key) for key in ("dependencies", "optional-dependencies", "scripts", "entry-points")]
    version = re.search(r"__version__.*", (ROOT / "src/greenroom/__init__.py").read_text(encoding="utf-8"))
    made_from = [project, read["build-system"], version and version[0], wanted, environment.interpreter.version]
    digest = hashlib.sha256(json.dumps(made_from).encode())
    return json.dumps({"for": environment.title, "made-from": digest.hexdigest()})


class Installer:
    """Makes environments and fills them: by uv where it can be had, by pip otherwise."""

    def __init__(self, found: Mapping[str, Interpreter]) -> None:
        self.found = found
        self._uv: Path | None = None
        self._looked = False
        self._settings: dict[str, str] = {}

    def uv(self) -> Path | None:
        """The uv to use; None when there is none to be had. Looked for once, when first needed."""
        if not self._looked:
            self._looked = True
            self._uv = self._bootstrap()
        return self._uv

    def _bootstrap(self) -> Path | None:
        """Install uv in an environment of its own, from where pip takes its packages."""
        able = [interpreter for interpreter in self.found.values() if interpreter.has_pip]
        if not able:
            raise SetupError(
                "No Python here can make virtual environments: install its venv and ensurepip modules"
                " (on Debian and Ubuntu: the package python3-venv)."
            )
        folder = VENVS / "bootstrap"
        python, uv = program(folder, "python"), program(folder, "uv")
        if not (uv.exists() and succeeds([uv, "--version"])):
            say("Getting uv, which installs the rest.")
            run([able[-1].executable, "-m", "venv", "--clear", folder])
            if not succeeds([python, "-m", "pip", "install", "--quiet", "uv"]):
                say("uv can't be had here; using pip, which is slower.")
                return None
        self._settings = uv_settings(pip_settings(python))
        return uv

    def variables(self) -> dict[str, str]:
        """What uv or pip is run with."""
        return {**os.environ, **self._settings}

    def make(self, environment: Environment, wanted: Sequence[str]) -> None:
        """Make one environment anew and install what is wanted in it.

        Raises:
            SetupError: neither uv nor pip could.
        """
        uv = self.uv()
        if uv and self._make_by_uv(uv, environment, wanted):
            return
        if uv:
            say("uv did not manage; trying once more with pip.")
        run([environment.interpreter.executable, "-m", "venv", "--clear", environment.folder])
        run([environment.python, "-m", "pip", "install", "--quiet", *wanted])

    def add(self, environment: Environment, wanted: Sequence[str]) -> None:
        """Install more in an environment that is there; a SetupError says that this failed."""
        python, uv = environment.python, self.uv()
        pip: list[str | Path] = [uv or python, *([] if uv else ["-m"]), "pip", "install"]
        pip += ["--python", python] if uv else []
        run([*pip, "--quiet", *wanted], self.variables())

    def _make_by_uv(self, uv: Path, environment: Environment, wanted: Sequence[str]) -> bool:
        """Whether uv made the environment."""
        variables = {**self.variables(), "UV_PYTHON_DOWNLOADS": "never"}
        made: list[str | Path] = [uv, "venv", "--quiet", "--clear", "--no-project"]
        made += ["--python", environment.interpreter.executable]
        filled: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", environment.python, *wanted]
        return succeeds([*made, environment.folder], variables) and succeeds(filled, variables)


def run(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> None:
    """Run a command and show its output.

    Raises:
        SetupError: it failed.
    """
    if subprocess.run(command, env=variables, check=False).returncode:
        raise SetupError(f"This failed: {' '.join(map(str, command))}")


def succeeds(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> bool:
    """Whether a command ends well; what it says about why not is shown."""
    try:
        done = subprocess.run(command, env=variables, stdout=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return done.returncode == 0


def ensure(chosen: Sequence[Environment], primary: Environment, installer: Installer) -> None:
    """Make each environment that is missing or was made from something else."""
    for environment in chosen:
        wanted = contents(environment, primary=environment == primary)
        made_from, mark = stamp(environment, wanted), environment.folder / STAMP
        if environment.python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == made_from:
            continue
        version = ".".join(map(str, environment.interpreter.version))
        say(f"Making {environment.title} (Python {version}) in {environment.folder.relative_to(ROOT)}.")
        mark.unlink(missing_ok=True)
        installer.make(environment, wanted)
        mark.write_text(made_from, encoding="utf-8")


def ensure_drivers(chosen: Sequence[Environment], primary: Environment, installer: Installer) -> None:
    """Have servers and a browser ready, and their drivers, apart from the rest: much can be done without them."""
    programs.ensure(environment.interpreter.executable for environment in chosen)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for environment in chosen:
        # The reference project is tested in the primary environment alone.
        names = ("services", "registry") if environment == primary else ("services",)
        entries = [entry for name in names for entry in requirements(name, project["dependency-groups"])]
        wanted = own_extras(entries, project["project"])
        mark = environment.folder / DRIVERS_STAMP
        if mark.exists() and mark.read_text(encoding="utf-8") == json.dumps(wanted):
            continue
        say(f"Adding drivers of databases and browsers, and live servers, to {environment.folder.relative_to(ROOT)}.")
        installer.add(environment, wanted)
        mark.write_text(json.dumps(wanted), encoding="utf-8")


def prepare(*, primary_only: bool = False, drivers: bool = True) -> list[Environment]:
    """Have the environments ready, the primary one first.

    Args:
        primary_only: whether the others are left as they are.
        drivers: whether to have servers, a browser and their drivers too.

    Raises:
        MissingProgramError: a server or the browser can't be installed from here; all else is ready.
        SetupError: there is nothing to make them with, or an installation failed.
    """
    found = interpreters(os.environ)
    environments = plan(found)
    chosen = environments[:1] if primary_only else environments
    VENVS.mkdir(exist_ok=True)
    installer = Installer(found)
    ensure(chosen, environments[0], installer)
    if drivers:
        try:
            ensure_drivers(chosen, environments[0], installer)
        except programs.MissingError as error:
            raise MissingProgramError(str(error)) from None
    if not primary_only:
        for number, environment in enumerate(environments):
            say(f"ready: {environment.title}{'' if number else ', the primary environment'}")
        for line in left_out(found):
            say(line)
    return chosen


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; see the module's docstring."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("all", [])
    if command not in {"all", "primary", "run", "serve"}:
        say(__doc__ or "")
        return 2
    try:
        primary = prepare(primary_only=command != "all", drivers=command in {"all", "serve"})[0]
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    if command == "primary":
        say(f"{primary.title}: {primary.folder.relative_to(ROOT)}")
    if command not in {"run", "serve"}:
        return 0
    return subprocess.run([primary.python, *rest], cwd=ROOT, env=primary.variables(), check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
