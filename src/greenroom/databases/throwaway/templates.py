"""Empty data directories that are ready to be copied: making one takes the servers' installers half a second."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

from greenroom.databases.throwaway.api import Account, Kind, Programs

LARGE = 128 * 1024
"""From this many bytes on a file may have stretches of nothing, which need not be written."""
BLOCK = 64 * 1024
_NOTHING = bytes(BLOCK)
_FICLONE = 0x40049409
"""ioctl_ficlone(2): both files share their blocks from then on, where the file system can do that."""


def template_path(kind: Kind, programs: Programs, cache: Path) -> Path:
    """Where the template is, or would be: another for each version and each recipe."""
    found = programs.server.stat()
    parts = (programs.title, str(programs.server), found.st_size, found.st_mtime_ns, kind.recipe())
    return cache / f"{kind.name}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def new_data(kind: Kind, programs: Programs, account: Account | None, data: Path, cache: Path) -> bool:
    """Make the data directory of a server from its template; without one by its installer, and keep a template.

    Returns:
        Whether it came from a template.

    Raises:
        ServerError: the installer failed.
        OSError: there is no room for it.
    """
    template = template_path(kind, programs, cache)
    if template.is_dir():
        copy_tree(template, data, account)
        return True
    kind.install(programs, data, account)
    _keep(data, template)
    return False


def _keep(data: Path, template: Path) -> None:
    """Keep a copy as template. It appears complete or not at all; where it can't be kept the next run is slower."""
    new = template.with_name(f"{template.name}.{os.getpid()}")
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        copy_tree(data, new, None)
        new.rename(template)
    except OSError:
        shutil.rmtree(new, ignore_errors=True)


def copy_tree(source: Path, target: Path, account: Account | None) -> None:
    """Copy a folder of files and folders, and give the copy to a user. Rights are those of the originals.

    Raises:
        OSError: it can't be written; what was written remains.
    """
    target.mkdir(mode=0o700)
    if account:
        os.chown(target, account.uid, account.gid)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                copy_tree(Path(entry.path), target / entry.name, account)
            elif entry.is_file(follow_symlinks=False):
                copy_file(entry.path, f"{target}/{entry.name}", account)


def copy_file(source: str, target: str, account: Account | None) -> None:
    """Copy one file: by sharing its blocks where possible, otherwise without its stretches of nothing."""
    old = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        about = os.fstat(old)
        new = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, about.st_mode & 0o700)
        try:
            if about.st_size < LARGE:
                os.write(new, os.read(old, LARGE))
            elif not _shared(old, new):
                _copy_sparse(old, new, about.st_size)
            if account:
                os.fchown(new, account.uid, account.gid)
        finally:
            os.close(new)
    finally:
        os.close(old)


def _shared(old: int, new: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        fcntl.ioctl(new, _FICLONE, old)
    except OSError:
        return False
    return True


def _copy_sparse(old: int, new: int, size: int) -> None:
    place = 0
    while block := os.pread(old, BLOCK, place):
        if block != _NOTHING:
            written = 0
            while written < len(block):
                written += os.pwrite(new, block[written:], place + written)
        place += len(block)
    os.ftruncate(new, max(place, size))
