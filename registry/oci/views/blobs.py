"""Blobs: pull, check, delete."""

# ruff: noqa: ARG001 - a handler takes what its URL has

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect

from oci.access import Action
from oci.conf import conf
from oci.errors import BlobUnknownError, DigestInvalidError
from oci.grammar import Digest, parse_digest
from oci.http import ranges
from oci.http.responses import empty, file_response
from oci.http.section import Section
from oci.models import Blob
from oci.services import blobs
from oci.signals import announce, blob_pulled
from oci.storage import Content
from oci.views.base import endpoint


class _TemporaryRedirect(HttpResponseRedirect):
    status_code = 307


def _found(name: str, reference: str) -> tuple[Blob, Digest]:
    digest = parse_digest(reference)
    blob = blobs.find(name, digest) if digest else None
    if blob is None or digest is None:
        raise BlobUnknownError(detail={"digest": reference})
    return blob, digest


def _get(request: HttpRequest, name: str, digest: str) -> HttpResponseBase:
    blob, _ = _found(name, digest)
    tag = f'"{blob.digest}"'
    if request.headers.get("If-None-Match") in {tag, "*"}:
        return empty(304, ETag=tag)
    response = _redirect(blob) if conf().redirect else _content(request, blob)
    response.headers["Docker-Content-Digest"] = blob.digest
    response.headers["ETag"] = tag
    announce(blob_pulled, name, digest=blob.digest, size=blob.size)
    return response


def _redirect(blob: Blob) -> HttpResponseBase:
    return _TemporaryRedirect(Content().url(blob.file))


def _content(request: HttpRequest, blob: Blob) -> HttpResponseBase:
    header = request.headers.get("Range")
    if request.headers.get("If-Range", f'"{blob.digest}"') != f'"{blob.digest}"':
        header = None
    wanted = ranges.requested(header, blob.size)
    first, last = wanted or (0, blob.size - 1)
    try:
        file = Content().open(blob.file)
    except FileNotFoundError:
        # Collected since the row was read.
        raise BlobUnknownError(detail={"digest": blob.digest}) from None
    if wanted:
        response = file_response(request, Section(file, first, last - first + 1), status=206)
        response.headers["Content-Range"] = f"bytes {first}-{last}/{blob.size}"
    else:
        response = file_response(request, file)
    response.headers["Content-Length"] = str(last - first + 1)
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _head(request: HttpRequest, name: str, digest: str) -> HttpResponseBase:
    blob, _ = _found(name, digest)
    if not Content().exists(blob.file):
        # It is lost. Said so, a client pushes it again, which brings it back.
        raise BlobUnknownError(detail={"digest": digest})
    blobs.touch(name, blob)
    headers = {
        "Content-Length": str(blob.size),
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": blob.digest,
        "Accept-Ranges": "bytes",
        "ETag": f'"{blob.digest}"',
    }
    return empty(200, **headers)


def _delete(request: HttpRequest, name: str, digest: str) -> HttpResponseBase:
    parsed = parse_digest(digest)
    if parsed is None:
        raise DigestInvalidError("the digest is malformed")
    if not blobs.unlink(name, parsed):
        raise BlobUnknownError(detail={"digest": digest})
    return empty(202)


blob = endpoint(GET=(_get, Action.PULL), HEAD=(_head, Action.PULL), DELETE=(_delete, Action.DELETE))
