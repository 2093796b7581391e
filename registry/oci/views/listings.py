"""Lists: tags of a repository, referrers of a manifest."""

import json
from typing import Any
from urllib.parse import urlencode

from django.db import connections
from django.db.models import QuerySet
from django.db.models.functions import Collate
from django.http import HttpRequest, HttpResponse

from oci import grammar
from oci.access import Action
from oci.conf import conf
from oci.errors import DigestInvalidError, NameUnknownError, RegistryError
from oci.http.responses import json_response
from oci.models import Manifest, Repository, Tag
from oci.services.parsing import OCI_INDEX
from oci.views.base import endpoint

# Tags are sorted by their bytes, whatever the language of the database.
_BYTES = {"sqlite": "BINARY", "postgresql": "C"}


def _tags(request: HttpRequest, name: str) -> HttpResponse:
    repository = Repository.objects.filter(name=name).only("pk").first()
    if repository is None:
        raise NameUnknownError(detail={"name": name})
    wanted = number(request.GET.get("n"))
    size = conf().page if wanted is None else min(wanted, conf().page)
    # One more than asked for tells whether there is a next page.
    found = list(_sorted_tags(repository, request.GET.get("last", ""))[: size + 1]) if size else []
    page = found[:size]
    response = json_response({"name": name, "tags": page})
    if len(found) > size:
        response.headers["Link"] = _next(f"/v2/{name}/tags/list", n=size, last=page[-1])
    return response


def _sorted_tags(repository: Repository, last: str) -> QuerySet[Tag, str]:
    tags = Tag.objects.filter(repository=repository)
    tags = tags.annotate(bytes=Collate("name", _BYTES[connections[tags.db].vendor])).order_by("bytes")
    if last:
        if not grammar.is_tag(last):
            raise RegistryError("last is not a tag")
        tags = tags.filter(bytes__gt=last)
    return tags.values_list("name", flat=True)


def number(text: str | None) -> int | None:
    """The parameter n. Raises RegistryError."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RegistryError("n is not a number")
    return int(text)


def _referrers(request: HttpRequest, name: str, digest: str) -> HttpResponse:
    if not grammar.is_digest(digest):
        raise DigestInvalidError("the digest is malformed")
    found = Manifest.objects.filter(repository__name=name, subject=digest).order_by("digest")
    query: dict[str, str] = {}
    if wanted := request.GET.get("artifactType"):
        query["artifactType"] = wanted
        # A type that is none matches nothing; a database might not even take it for a string.
        found = found.filter(artifact_type=wanted) if grammar.is_media_type(wanted) else found.none()
    if last := request.GET.get("last"):
        if not grammar.is_digest(last):
            raise RegistryError("last is not a digest")
        found = found.filter(digest__gt=last)
    page, more = _page(found)
    response = json_response({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page}, content_type=OCI_INDEX)
    if wanted:
        response.headers["OCI-Filters-Applied"] = "artifactType"
    if more:
        response.headers["Link"] = _next(f"/v2/{name}/referrers/{digest}", **query, last=page[-1]["digest"])
    return response


def _page(found: QuerySet[Manifest]) -> tuple[list[dict[str, Any]], bool]:
    """As many descriptors as one manifest may be large, and whether there are more."""
    page: list[dict[str, Any]] = []
    left = conf().manifest_limit
    for manifest in found.defer("payload").iterator(chunk_size=50):
        descriptor = _descriptor(manifest)
        left -= len(json.dumps(descriptor, ensure_ascii=False).encode())
        if page and (left < 0 or len(page) == conf().page):
            return page, True
        page.append(descriptor)
    return page, False


def _descriptor(manifest: Manifest) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "mediaType": manifest.media_type,
        "digest": manifest.digest,
        "size": manifest.size,
    }
    if manifest.artifact_type:
        descriptor["artifactType"] = manifest.artifact_type
    if manifest.annotations:
        descriptor["annotations"] = manifest.annotations
    return descriptor


def _next(path: str, **query: object) -> str:
    return f'<{path}?{urlencode(query)}>; rel="next"'


tags = endpoint(GET=(_tags, Action.PULL))
referrers = endpoint(GET=(_referrers, Action.PULL))
