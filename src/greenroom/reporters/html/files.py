"""Attachments: pictures within the page up to a bound, links to everything else."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from greenroom.events import Attachment

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""What is shown as a picture. SVG is not: it is a document, and a link opens it."""


class Files:
    """Says how an attachment is shown.

    Args:
        root: where the paths of attachments count from.
        folder: where the report will lie, which links count from.
        one: the most bytes of a picture that becomes part of the page.
        all_: the most bytes of all of them together.
    """

    def __init__(self, root: Path, folder: Path, *, one: int = 2_000_000, all_: int = 40_000_000) -> None:
        self._root = root
        self._folder = folder
        self._one = one
        self._left = all_

    def shown(self, attachment: Attachment) -> dict[str, Any]:
        """What the page is given of it."""
        path = self._root / attachment.file
        found = {"name": attachment.name, "type": attachment.type, "size": attachment.size, "href": self._link(path)}
        if attachment.type in PICTURES and 0 < attachment.size <= min(self._one, self._left):
            data = self._read(path)
            if data:
                self._left -= len(data)
                found["data"] = f"data:{attachment.type};base64,{base64.b64encode(data).decode('ascii')}"
        return found

    def _read(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                data = file.read(self._one + 1)
        except (OSError, ValueError):
            return b""  # It is gone, or was never there: the link says as much.
        return data if len(data) <= min(self._one, self._left) else b""

    def _link(self, path: Path) -> str:
        # `./` in front: no name of a file can be taken for a scheme or for a host.
        try:
            relative = os.path.relpath(path, self._folder)
        except ValueError:  # On another drive.
            relative = str(path)
        return "./" + quote(relative.replace(os.sep, "/"), errors="backslashreplace")
