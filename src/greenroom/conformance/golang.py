"""Programs that are published as Go modules: built once by the user's Go, kept in greenroom's cache."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from greenroom.conformance.command import run_command, tail
from greenroom.errors import GreenroomError

_BUILD_LIMIT = 600.0
_USUAL = "/usr/local/go/bin/go"
"""Where Go's own installation guide puts it, and no PATH has it by default."""


class MissingGoError(GreenroomError):
    """Go is needed to build a suite, and is not installed."""


class BuildError(GreenroomError):
    """Go could not build a suite, or could not fetch it."""


def find_go() -> str | None:
    """The `go` command: that of the PATH, else of GOROOT, else where Go's installation guide puts it."""
    candidates = [str(Path(root) / "bin" / "go") for root in [os.environ.get("GOROOT", "")] if root]
    return shutil.which("go") or next(filter(None, map(shutil.which, [*candidates, _USUAL])), None)


def installed(package: str, version: str, cache: Path) -> Path:
    """The program of a Go module, built if it is not in the cache yet.

    The module comes by the user's own Go settings (`GOPROXY`, `GOPRIVATE`, ...), and Go checks it against the checksum
    database.

    Args:
        package: the import path of the program.
        version: the version of its module.
        cache: the folder that programs are kept in.

    Raises:
        MissingGoError: it has to be built, and there is no Go.
        BuildError: it could not be built.
    """
    program = cache / "go" / f"{package.replace('/', '+')}@{version}" / package.rpartition("/")[2]
    if program.is_file():
        return program
    go = find_go()
    if go is None:
        raise MissingGoError(
            f"Go is needed to build {package}, and was not found",
            "Install Go (https://go.dev/doc/install), or give a program that is built already with --program.",
        )
    _announce(f"{package} {version}")
    program.parent.mkdir(parents=True, exist_ok=True)
    # Built beside its place and moved there: two runs at once, or one that is killed, leave no half program.
    with tempfile.TemporaryDirectory(dir=program.parent, prefix=".build-") as folder:
        _build(go, f"{package}@{version}", Path(folder))
        Path(folder, program.name).replace(program)
    return program


@functools.cache
def _announce(what: str) -> None:
    """Say once what takes its time: where it can't be built, each test that needs it tries."""
    print(f"greenroom: building {what}, once for all later runs", file=sys.stderr)


def _build(go: str, what: str, folder: Path) -> None:
    log = folder / "go.log"
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": _flags(go), "CGO_ENABLED": "0"}
    for name in ("GOOS", "GOARCH"):
        environment.pop(name, None)
    code = run_command([go, "install", what], log=log, environment=environment, limit=_BUILD_LIMIT, folder=folder)
    if code:
        raise BuildError(f"`go install {what}` ended with exit code {code}", tail(log))


def _flags(go: str) -> str:
    """The user's GOFLAGS, with `-mod=mod` in place of another `-mod`: a vendor folder has no part in this."""
    done = subprocess.run([go, "env", "GOFLAGS"], capture_output=True, text=True, check=False, timeout=60)
    kept = [flag for flag in done.stdout.split() if not flag.startswith(("-mod=", "-modfile="))]
    return " ".join([*kept, "-mod=mod"])
