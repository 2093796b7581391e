"""Finding the programs of servers, without a package's help or with it."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from greenroom.databases.throwaway.api import ServerError


def folders(patterns: Iterable[str], packages: Iterable[tuple[str, str]] = ()) -> list[Path]:
    """Where programs may be: the PATH, then the usual places, newest version first, then packages of Python.

    Args:
        patterns: folders with at most wildcards in them, such as `/usr/lib/postgresql/*/bin`.
        packages: names of importable packages that ship a server, each with the folder in it.
    """
    found = [Path(entry) for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry]
    for pattern in patterns:
        matches = Path("/").glob(pattern.lstrip("/"))
        found += sorted(
            matches, key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))], reverse=True
        )
    for package, inside in packages:
        spec = importlib.util.find_spec(package)
        found += [Path(place) / inside for place in (spec and spec.submodule_search_locations) or ()]
    return found


def find(names: Sequence[str], places: Iterable[Path]) -> Path | None:
    """The first program of one of these names that can be run."""
    for place in places:
        for name in names:
            program = shutil.which(name, path=str(place))
            if program:
                return Path(program)
    return None


@functools.cache
def version(program: Path) -> str:
    """What a server says with `--version`.

    Raises:
        ServerError: it cannot be run.
    """
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, errors="replace", timeout=30, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(
            f"{program} could not be run: {error}", "Install it anew, or use --db-server=never."
        ) from error
    return done.stdout.strip()
