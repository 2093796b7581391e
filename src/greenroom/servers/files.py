"""Static and media files, as each live server answers with them: whole, in part (RFC 9110, section 14), or unchanged."""

from __future__ import annotations

import mimetypes
import os
import posixpath
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from django.apps import apps
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.utils._os import safe_join
from django.utils.http import http_date
from django.views.static import was_modified_since

BLOCK = 256 * 1024
"""Bytes that are read of a file at a time."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class FileAnswer(msgspec.Struct, frozen=True):
    """An answer with a file, or with a part of it."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    file: str
    start: int = 0
    length: int = 0
    """Bytes of the body; 0 for HEAD."""

    def blocks(self) -> Iterator[bytes]:
        """The body, block by block."""
        left = self.length
        if not left:
            return
        with open(self.file, "rb") as stream:
            stream.seek(self.start)
            while left and (block := stream.read(min(BLOCK, left))):
                left -= len(block)
                yield block


def answer(method: str, path: str, header: Callable[[str], str | None]) -> FileAnswer | None:
    """The answer to a request for a static or media file; None: that is the project's business.

    Args:
        method: of the request.
        path: of the request, decoded.
        header: gives one of its headers.
    """
    if method not in {"GET", "HEAD"}:
        return None
    file = _static(path) or _below(path, settings.MEDIA_URL, settings.MEDIA_ROOT)
    if file is None:
        return None
    facts = Path(file).stat()
    modified = http_date(facts.st_mtime)
    if not was_modified_since(header("If-Modified-Since"), facts.st_mtime):
        return FileAnswer(HTTPStatus.NOT_MODIFIED, (("Last-Modified", modified),), file)
    size = facts.st_size
    whole = header("If-Range") not in {None, modified}
    part = None if whole or method == "HEAD" else _part(header("Range"), size)
    if part is not None and part[0] >= part[1]:
        about = (("Content-Range", f"bytes */{size}"), ("Content-Length", "0"))
        return FileAnswer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, about, file)
    kind, encoding = mimetypes.guess_type(file)
    start, end = part or (0, size)
    headers = [
        ("Content-Type", kind or "application/octet-stream"),
        ("Content-Length", str(end - start)),
        ("Last-Modified", modified),
        ("Accept-Ranges", "bytes"),
    ]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    if part:
        headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    status = HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK
    return FileAnswer(status, tuple(headers), file, start, 0 if method == "HEAD" else end - start)


def _part(wanted: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last; None: all of it, also for several parts and for nonsense."""
    match = _RANGE.fullmatch(wanted.strip()) if wanted else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)) if int(last) else size, size
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _static(path: str) -> str | None:
    if not settings.STATIC_URL:
        return None
    if not apps.is_installed("django.contrib.staticfiles"):
        return _below(path, settings.STATIC_URL, settings.STATIC_ROOT)
    name = _relative(path, settings.STATIC_URL)
    if name is None:
        return None
    from django.contrib.staticfiles import finders

    try:
        file = finders.find(name)
    except SuspiciousOperation:
        return None
    return str(file) if file and Path(file).is_file() else None


def _below(path: str, url: str | None, folder: str | os.PathLike[str] | None) -> str | None:
    if not url or not folder:
        return None
    name = _relative(path, url)
    if name is None:
        return None
    try:
        file = safe_join(folder, name)
    except SuspiciousOperation:
        return None
    return file if Path(file).is_file() else None


def _relative(path: str, url: str) -> str | None:
    base = urlsplit(url)
    if base.netloc or not path.startswith(base.path):
        return None
    name = posixpath.normpath(path.removeprefix(base.path)).lstrip("/")
    return None if name in {"", "."} or name.split("/")[0] == ".." or "\0" in name else name
