"""Byte ranges: of downloads (RFC 9110, section 14) and of chunks (the spec's own form, without a unit)."""

import re

from oci.errors import BlobUploadInvalidError, RangeInvalidError

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)
_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?(\d{1,18})-(\d{1,18})(?:/(?:\d{1,18}|\*))?", re.ASCII)


def requested(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte that a `Range` header asks for, None for the whole.

    A header that is malformed or asks for several ranges is ignored, as RFC 9110 allows. Raises RangeInvalidError for a
    range that begins after the end of the blob, or after its own.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        wanted = int(match[2])
        first, last = max(0, size - wanted), size - 1
        satisfiable = wanted > 0 and size > 0
    else:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        satisfiable = first < size and first <= last
    if not satisfiable:
        raise RangeInvalidError(headers={"Content-Range": f"bytes */{size}"})
    return first, last


def chunk(header: str | None) -> tuple[int, int] | None:
    """First and last byte of a chunk by its `Content-Range`, None without one. Raises BlobUploadInvalidError.

    The spec's form is `0-1023`; clients also send that of RFC 9110, `bytes 0-1023/2048`.
    """
    if not header:
        return None
    match = _CONTENT_RANGE.fullmatch(header.strip())
    if match is None or int(match[2]) < int(match[1]):
        raise BlobUploadInvalidError("Content-Range is malformed", detail={"expected": "<first>-<last>"})
    return int(match[1]), int(match[2])


def uploaded(offset: int) -> str:
    """The `Range` header of an upload that holds so many bytes. The spec has no word for nothing: it is 0-0."""
    return f"0-{max(0, offset - 1)}"
