"""Uploads: begin, mount, send, finish, ask, cancel."""

# ruff: noqa: ARG001 - a handler takes what its URL has

import contextlib
import uuid
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse

from oci import grammar
from oci.access import Action, may
from oci.conf import conf
from oci.errors import (
    BlobUploadUnknownError,
    DigestInvalidError,
    RangeInvalidError,
    SizeInvalidError,
    TooLargeError,
    TooManyRequestsError,
)
from oci.grammar import Digest
from oci.http import ranges
from oci.http.body import Body, body_of
from oci.http.responses import empty
from oci.models import Repository
from oci.policies import policies
from oci.services import blobs
from oci.storage import Staged, Staging, Upload, UploadBusyError, UploadGoneError
from oci.views.base import endpoint

# Repositories that an anonymous mount looks at: each may cost a question about access.
_MOUNT_SOURCES = 50


def _begin(request: HttpRequest, name: str) -> HttpResponse:
    if "mount" in request.GET:
        digest = _digest(request.GET["mount"])
        if _mounted(request, name, digest):
            return _created(name, digest)
    elif "digest" in request.GET:
        return _monolithic(request, name, _digest(request.GET["digest"]))
    algorithm = request.GET.get("digest-algorithm", "sha256")
    if algorithm not in grammar.ALGORITHMS:
        raise DigestInvalidError(
            "the digest algorithm is not supported", detail={"supported": list(grammar.ALGORITHMS)}
        )
    for policy in policies():
        policy.upload(name, None)
    return _state(Staging().begin(name, algorithm), 0, 202)


def _monolithic(request: HttpRequest, name: str, digest: Digest) -> HttpResponse:
    body = body_of(request)
    staging = Staging()
    upload = staging.begin(name, digest.algorithm)
    try:
        with _locked(staging, upload, digest.algorithm) as staged:
            _receive(body, staged, name)
            _finish(name, digest, staged)
    finally:
        # A session that nobody was told of cannot be resumed.
        staging.remove(upload)
    return _created(name, digest)


def _patch(request: HttpRequest, name: str, upload: str) -> HttpResponse:
    staging = Staging()
    found = _found(staging, name, upload)
    body = body_of(request)
    with _locked(staging, found, found.algorithm) as staged:
        _in_order(request, found, body, staged)
        _receive(body, staged, name)
        return _state(found, staged.offset, 202)


def _put(request: HttpRequest, name: str, upload: str) -> HttpResponse:
    staging = Staging()
    found = _found(staging, name, upload)
    digest = _digest(request.GET.get("digest", ""))
    body = body_of(request)
    # Where everything comes with this request, it is hashed with the right algorithm as it comes.
    algorithm = found.algorithm if _offset(staging, found) else digest.algorithm
    with _locked(staging, found, algorithm) as staged:
        _in_order(request, found, body, staged)
        _receive(body, staged, name)
        _finish(name, digest, staged)
        staging.remove(found)
    return _created(name, digest)


def _status(request: HttpRequest, name: str, upload: str) -> HttpResponse:
    staging = Staging()
    found = _found(staging, name, upload)
    return _state(found, _offset(staging, found), 204)


def _cancel(request: HttpRequest, name: str, upload: str) -> HttpResponse:
    staging = Staging()
    if not staging.remove(_found(staging, name, upload)):
        raise BlobUploadUnknownError
    return empty(204)


def _digest(text: str) -> Digest:
    digest = grammar.parse_digest(text)
    if digest is None:
        raise DigestInvalidError("the digest is missing, malformed or of an algorithm that is not supported")
    return digest


def _found(staging: Staging, name: str, upload: str) -> Upload:
    try:
        key = uuid.UUID(upload)
    except ValueError:
        raise BlobUploadUnknownError from None
    if str(key) != upload:
        raise BlobUploadUnknownError  # Python's UUID reads several spellings; one of them is the session's
    try:
        return staging.find(name, key)
    except UploadGoneError:
        raise BlobUploadUnknownError from None


def _offset(staging: Staging, upload: Upload) -> int:
    try:
        return staging.offset(upload)
    except UploadGoneError:
        raise BlobUploadUnknownError from None


@contextlib.contextmanager
def _locked(staging: Staging, upload: Upload, algorithm: str) -> Iterator[Staged]:
    try:
        staged = staging.open(upload, algorithm)
    except UploadBusyError:
        raise TooManyRequestsError("another request writes to this upload", headers={"Retry-After": "1"}) from None
    except UploadGoneError:
        # Another request has ended the upload while this one waited for the lock.
        raise BlobUploadUnknownError from None
    with staged:
        yield staged


def _in_order(request: HttpRequest, upload: Upload, body: Body, staged: Staged) -> None:
    chunk = ranges.chunk(request.headers.get("Content-Range"))
    if chunk is None:
        return
    first, last = chunk
    if first != staged.offset:
        raise RangeInvalidError("the chunk is out of order", headers=_place(upload, staged.offset))
    if body.length is not None and body.length != last - first + 1:
        raise SizeInvalidError("Content-Length and Content-Range differ")
    body.expected = last - first + 1


def _receive(body: Body, staged: Staged, name: str) -> None:
    """Append the body. What arrived before the client went away stays; what is refused is taken back."""
    size = None if body.length is None else staged.offset + body.length
    for policy in policies():
        policy.upload(name, size)
    limits = [conf().blob_limit, *(policy.room(name) for policy in policies())]
    limit = min((limit for limit in limits if limit is not None), default=None)
    try:
        for piece in body.pieces(None if limit is None else limit - staged.offset):
            staged.write(piece)
    except (SizeInvalidError, TooLargeError):
        staged.revert()
        raise


def _finish(name: str, digest: Digest, staged: Staged) -> None:
    if staged.encoded(digest.algorithm) != digest.encoded:
        staged.revert()
        raise DigestInvalidError(detail={"digest": str(digest)})
    blobs.publish(name, digest, staged)


def _mounted(request: HttpRequest, name: str, digest: Digest) -> bool:
    if "from" in request.GET:
        sources = [request.GET["from"]] if grammar.is_name(request.GET["from"]) else []
    else:
        holders = Repository.objects.filter(links__blob__digest=str(digest)).order_by("pk")
        sources = list(holders.values_list("name", flat=True)[:_MOUNT_SOURCES])
    for source in sources:
        if may(request, source, Action.PULL) and (blob := blobs.find(source, digest)):
            return blobs.mount(name, blob)
    return False


def _place(upload: Upload, offset: int) -> dict[str, str]:
    return {"Location": f"/v2/{upload.repository}/blobs/uploads/{upload.id}", "Range": ranges.uploaded(offset)}


def _state(upload: Upload, offset: int, status: int) -> HttpResponse:
    return empty(status, **_place(upload, offset), **{"Docker-Upload-UUID": str(upload.id)})


def _created(name: str, digest: Digest) -> HttpResponse:
    return empty(201, Location=f"/v2/{name}/blobs/{digest}", Docker_Content_Digest=str(digest))


uploads = endpoint(POST=(_begin, Action.PUSH))
upload = endpoint(
    GET=(_status, Action.PUSH),
    PATCH=(_patch, Action.PUSH),
    PUT=(_put, Action.PUSH),
    DELETE=(_cancel, Action.PUSH),
)
