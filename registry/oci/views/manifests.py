"""Manifests: pull, check, push, delete. Tags are names for them here."""

# ruff: noqa: ARG001 - a handler takes what its URL has

from django.http import HttpRequest, HttpResponse

from oci import grammar
from oci.access import Action
from oci.conf import conf
from oci.errors import DigestInvalidError, ManifestInvalidError, ManifestUnknownError, NameUnknownError, RegistryError
from oci.grammar import Digest
from oci.http.body import body_of
from oci.http.responses import empty
from oci.models import Manifest, Repository
from oci.prepared import Prepared, Slot
from oci.services import manifests, parsing
from oci.signals import announce, manifest_pulled
from oci.views.base import endpoint

# The spec asks for ten at least.
_TAGS_LIMIT = 100


def _get(request: HttpRequest, name: str, reference: str) -> HttpResponse:
    digest, media_type, _, payload = _row(name, reference, _whole)
    tag = f'"{digest}"'
    if request.headers.get("If-None-Match") in {tag, "*"}:
        return empty(304, ETag=tag)
    content = bytes(payload)
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Length"] = str(len(content))
    response.headers["Docker-Content-Digest"] = digest
    response.headers["ETag"] = tag
    announce(manifest_pulled, name, digest=digest, reference=reference)
    return response


def _head(request: HttpRequest, name: str, reference: str) -> HttpResponse:
    digest, media_type, size = _row(name, reference, _heads)
    headers = {
        "Content-Length": str(size),
        "Content-Type": media_type,
        "Docker-Content-Digest": digest,
        "ETag": f'"{digest}"',
    }
    return empty(200, **headers)


_PARTS = ("digest", "media_type", "size")
_in_repository = Manifest.objects.filter(repository__name=Slot("name"))
_by_digest = _in_repository.filter(digest=Slot("reference"))
_by_tag = _in_repository.filter(tags__name=Slot("reference"))
_heads = {
    True: Prepared(lambda: _by_digest.values_list(*_PARTS)),
    False: Prepared(lambda: _by_tag.values_list(*_PARTS)),
}
_whole = {
    True: Prepared(lambda: _by_digest.values_list(*_PARTS, "payload")),
    False: Prepared(lambda: _by_tag.values_list(*_PARTS, "payload")),
}


def _row(name: str, reference: str, queries: dict[bool, Prepared]) -> tuple:
    """Digest, media type, size and perhaps the payload of a manifest, in one query."""
    is_digest = ":" in reference
    valid = grammar.parse_digest(reference) if is_digest else grammar.is_tag(reference)
    rows = queries[is_digest](name=name, reference=reference) if valid else ()
    if not rows:
        raise _unknown(name, reference)
    return rows[0]


def _unknown(name: str, reference: str) -> RegistryError:
    if Repository.objects.filter(name=name).exists():
        return ManifestUnknownError(detail={"reference": reference})
    return NameUnknownError(detail={"name": name})


def _put(request: HttpRequest, name: str, reference: str) -> HttpResponse:
    digest, tags = _target(request, reference)
    payload = body_of(request).whole(conf().manifest_limit)
    actual = grammar.digest_of(digest.algorithm if digest else "sha256", payload)
    if digest is not None and actual != digest:
        raise DigestInvalidError(detail={"digest": str(digest)})
    parsed = parsing.parse(payload, request.META.get("CONTENT_TYPE", ""))
    manifests.push(name, actual, payload, parsed, tags)
    response = empty(201, Location=f"/v2/{name}/manifests/{reference}", Docker_Content_Digest=str(actual))
    if parsed.subject:
        response.headers["OCI-Subject"] = parsed.subject
    if digest is not None and tags:
        response.headers["OCI-Tag"] = ", ".join(tags)
    return response


def _target(request: HttpRequest, reference: str) -> tuple[Digest | None, list[str]]:
    """The digest that the manifest must have, None where a tag is pushed, and the tags to set."""
    if ":" not in reference:
        if not grammar.is_tag(reference):
            raise ManifestInvalidError("the tag is malformed")
        return None, [reference]
    digest = grammar.parse_digest(reference)
    if digest is None:
        raise DigestInvalidError("the digest is malformed, or of an algorithm that is not supported")
    tags = list(dict.fromkeys(request.GET.getlist("tag")))
    if len(tags) > _TAGS_LIMIT:
        raise ManifestInvalidError("too many tags", status=414, detail={"limit": _TAGS_LIMIT})
    if not all(grammar.is_tag(tag) for tag in tags):
        raise ManifestInvalidError("a tag is malformed")
    return digest, tags


def _delete(request: HttpRequest, name: str, reference: str) -> HttpResponse:
    if ":" in reference:
        digest = grammar.parse_digest(reference)
        if digest is None:
            raise DigestInvalidError("the digest is malformed, or of an algorithm that is not supported")
        deleted = manifests.delete(name, digest)
    else:
        deleted = grammar.is_tag(reference) and manifests.untag(name, reference)
    if not deleted:
        raise _unknown(name, reference)
    return empty(202)


manifest = endpoint(
    GET=(_get, Action.PULL),
    HEAD=(_head, Action.PULL),
    PUT=(_put, Action.PUSH),
    DELETE=(_delete, Action.DELETE),
)
