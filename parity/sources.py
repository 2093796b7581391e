"""Gets source distributions, checked against their pinned sha256, by the ordinary pip client."""

from __future__ import annotations

import compileall
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from parity.errors import ParityError
from parity.places import SOURCES, locked
from parity.venvs import pip, tools

if TYPE_CHECKING:
    from parity.catalogue import Package


def archive(package: Package) -> Path:
    """The source distribution of a package, downloaded where it is not there yet.

    pip itself refuses a file whose sha256 is not the pinned one, so what is in the cache was checked when it came.

    Raises:
        ParityError: it can't be had.
    """
    folder = SOURCES / f"{package.name}-{package.version}-{package.sha256[:12]}"
    with locked(folder.name):
        if not folder.exists():
            _download(package, folder)
    [file] = folder.glob("*.tar.gz")
    return file


def unpacked(package: Package) -> Path:
    """The unpacked source distribution, compiled once; runs take a copy of it."""
    file = archive(package)
    folder = file.parent / "unpacked"
    with locked(file.parent.name):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=file.parent) as scratch:
                with tarfile.open(file) as tar:
                    tar.extractall(scratch, filter="data")
                [top] = Path(scratch).iterdir()
                compileall.compile_dir(top, quiet=2)
                top.rename(folder)
    return folder


def _download(package: Package, folder: Path) -> None:
    """Into a scratch folder first: a broken download must not look like a finished one.

    pip asks the build backend for metadata before it hands the file over; `--no-binary` names the package alone, so
    that the backend itself may come as a wheel.
    """
    SOURCES.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=SOURCES))
    wanted = scratch / "wanted.txt"
    wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    options = ["download", "--quiet", "--no-deps", "--no-binary", package.name, "--require-hashes"]
    try:
        where = ["--requirement", str(wanted), "--dest", str(scratch)]
        pip(tools(), [*options, *where], f"downloading {package.name} {package.version}")
        if len(list(scratch.glob("*.tar.gz"))) != 1:
            raise ParityError(f"pip brought no source distribution of {package.name} {package.version}")
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
