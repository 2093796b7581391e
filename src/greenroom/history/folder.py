"""greenroom's own folder in a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_folder(directory: Path) -> None:
    """Make the folder where it is missing, hidden from git. One that is there already belongs to the user as it is.

    Raises:
        OSError: it cannot be made.
    """
    if directory.is_dir():
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        directory.mkdir()
    except FileExistsError:
        if directory.is_dir():
            return  # Another run was quicker, and writes the rest.
        raise
    (directory / ".gitignore").write_text("*\n")
