"""Have the programs ready that greenroom is tested with: servers, a browser, and what building drivers takes.

    python -m tools.programs

Where all is there, which takes a look at some files, nothing is done. On Debian and Ubuntu what is missing is installed
by apt-get, as root or by sudo where that asks for no password; the servers are not started. Elsewhere one line says
what to install. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
"""By this program Debian's packages ask whether to start what they install (its policy manual, 9.3.3)."""
HEADERS = ("libmariadb", "mariadb", "mysqlclient", "perconaserverclient")
"""What pkg-config may know the headers for mysqlclient as."""


class MissingError(Exception):
    """Something is missing and can't be installed from here; the text says what, and how to get it."""


@dataclass(frozen=True)
class Need:
    """One thing that has to be there."""

    title: str
    programs: tuple[str, ...]
    """Any of these will do; none where `files` says it."""
    places: tuple[str, ...]
    """Where the programs may be apart from the PATH."""
    debian: tuple[str, ...]
    """The packages that bring it."""
    brew: str
    files: tuple[str, ...] = ()
    """Any of these will do, instead of a program."""

    def is_there(self, path: str) -> bool:
        """Whether one of the programs, or of the files, is found."""
        folders = [Path(part) for part in path.split(os.pathsep) if part]
        for place in self.places:
            folders += Path("/").glob(place.lstrip("/"))
        return any(Path(file).exists() for file in self.files) or any(
            shutil.which(program, path=str(folder)) for program in self.programs for folder in folders
        )


NEEDS = (
    Need(
        "PostgreSQL", ("postgres",), ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin", "/usr/pgsql-*/bin"), ("postgresql",), "postgresql",
    ),
    Need("MariaDB", ("mariadbd",), ("/usr/sbin", "/usr/libexec", "/usr/local/sbin"), ("mariadb-server",), "mariadb"),
    Need("Redis", ("redis-server",), ("/usr/sbin", "/usr/local/sbin"), ("redis-server",), "redis"),
    Need(
        "Chromium", ("chromium", "chromium-browser", "google-chrome"), ("/Applications/*.app/Contents/MacOS",),
        ("chromium",), "--cask chromium",
    ),
    Need("Chromium's driver", ("chromedriver",), (), ("chromium-driver",), "--cask chromedriver"),
    Need("skopeo", ("skopeo",), (), ("skopeo",), "skopeo"),
    Need("pkg-config", ("pkg-config", "pkgconf"), (), ("pkg-config",), "pkg-config"),
    Need("a C compiler", ("cc", "gcc", "clang"), (), ("gcc", "libc6-dev"), "gcc"),
)  # fmt: skip


def missing(pythons: Iterable[str]) -> list[Need]:
    """What is not there.

    Args:
        pythons: the interpreters for which drivers are built.
    """
    path = os.environ.get("PATH", os.defpath)
    found = [need for need in NEEDS if not need.is_there(path)]
    if not _knows_headers():
        found.append(Need("the headers of MariaDB's client", (), (), ("libmariadb-dev",), "mariadb-connector-c"))
    for python in map(Path, pythons):
        name = python.resolve().name  # Of /usr/bin/python3 the version.
        # Only Debian and Ubuntu have the headers of their own Pythons apart.
        if python.parent == Path("/usr/bin") and not Path("/usr/include", name, "Python.h").exists():
            found.append(Need(f"the headers of {name}", (), (), (f"{name}-dev",), name))
    return found


def _knows_headers() -> bool:
    if shutil.which("mariadb_config") or shutil.which("mysql_config"):
        return True
    program = shutil.which("pkg-config") or shutil.which("pkgconf")
    if program is None:
        return False
    asked = ([program, "--exists", name] for name in HEADERS)
    return any(subprocess.run(one, check=False, stderr=subprocess.DEVNULL).returncode == 0 for one in asked)


def ensure(pythons: Iterable[str] = ()) -> None:
    """Install what is missing, and see to it that it is there then.

    Raises:
        MissingError: it can't be installed from here, or apt-get did not manage.
    """
    pythons = list(pythons)
    needs = missing(pythons)
    if not needs:
        return
    sudo = _sudo()
    if sudo is None:
        raise MissingError(advice(needs))
    packages = [package for need in needs for package in need.debian]
    print(f"Installing by apt-get: {' '.join(packages)} ({', '.join(need.title for need in needs)}).", flush=True)
    _install(sudo, packages)
    still = missing(pythons)
    if still:
        raise MissingError(f"apt-get ended well, and yet: {advice(still)}")


def advice(needs: Sequence[Need]) -> str:
    """One line: what is missing, and the packages that bring it."""
    titles = ", ".join(need.title for need in needs)
    if sys.platform == "darwin":
        how = f"brew install {' '.join(need.brew for need in needs)}"
    else:
        packages = " ".join(package for need in needs for package in need.debian)
        how = f"as root: apt-get install --no-install-recommends {packages}"
    return f"The tests need what is missing here: {titles}. Install it, {how}."


def _sudo() -> list[str] | None:
    """What goes before a command that root has to run; None where there is no apt-get, or no way to be root."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True)
    return ["sudo", "-n"] if may and may.returncode == 0 else None


def _install(sudo: Sequence[str], packages: Sequence[str]) -> None:
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--quiet"]
    with tempfile.NamedTemporaryFile("w+b") as said, _nothing_starts(sudo):
        for command in ([*quiet, "update"], [*quiet, "install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run([*sudo, *command], check=False, stdout=said, stderr=subprocess.STDOUT)
            # An update may fail for a source that has nothing to do with it: installing tells.
            if done.returncode and "install" in command:
                said.seek(0)
                sys.stderr.write(said.read().decode(errors="replace")[-4000:])
                raise MissingError(f"apt-get install {' '.join(packages)} failed, exit code {done.returncode}.")


@contextlib.contextmanager
def _nothing_starts(sudo: Sequence[str]) -> Iterator[None]:
    """Keep the packages from starting their servers; a policy that is there already stays as it is."""
    if POLICY.exists():
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "policy"
        program.write_text("#!/bin/sh\nexit 101\n")
        subprocess.run([*sudo, "install", "-m", "755", program, POLICY], check=False)
    try:
        yield
    finally:
        subprocess.run([*sudo, "rm", "-f", POLICY], check=False)


def main() -> int:
    """Have it all ready; give the exit code."""
    try:
        ensure([getattr(sys, "_base_executable", sys.executable)])
    except MissingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
