"""What the registry reads in a manifest. The bytes themselves are kept as they came."""

import json
from dataclasses import dataclass, field
from typing import Any

from oci import grammar
from oci.errors import ManifestInvalidError
from oci.models import Reference

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

_IMAGES = {OCI_IMAGE, DOCKER_IMAGE}
_INDEXES = {OCI_INDEX, DOCKER_LIST}
_SIZE_LIMIT = 2**63 - 1


@dataclass(frozen=True)
class Named:
    """Content that a manifest names."""

    kind: Reference.Kind
    digest: str
    size: int
    # False for layers that are fetched from elsewhere (`urls`, non-distributable types).
    required: bool = True


@dataclass(frozen=True)
class Parsed:
    """A manifest, as far as the registry cares."""

    media_type: str
    names: list[Named] = field(default_factory=list)
    subject: str = ""
    artifact_type: str = ""
    annotations: dict[str, str] = field(default_factory=dict)


def parse(payload: bytes, content_type: str) -> Parsed:
    """Read a manifest. Raises ManifestInvalidError."""
    data = _loaded(payload)
    media_type = _media_type(data, content_type)
    if media_type in _IMAGES:
        names = _image(data)
    elif media_type in _INDEXES:
        names = _index(data)
    else:
        # A type that is none of the above is kept for what it is; it names nothing that the registry knows of.
        names = []
    subject = data.get("subject")
    return Parsed(
        media_type=media_type,
        names=names,
        subject=_descriptor(subject, "subject")[0] if subject is not None else "",
        artifact_type=_artifact_type(data, media_type),
        annotations=_annotations(data),
    )


def _loaded(payload: bytes) -> dict[str, Any]:
    try:
        data = json.loads(payload)
    except RecursionError:
        raise ManifestInvalidError("the manifest is nested too deeply") from None
    except ValueError:
        # Not UTF-8, not JSON, or a number with thousands of digits.
        raise ManifestInvalidError("the manifest is not JSON") from None
    if not isinstance(data, dict):
        raise ManifestInvalidError("the manifest is not a JSON object")
    if data.get("schemaVersion", 2) != 2:
        raise ManifestInvalidError("schemaVersion must be 2")
    return data


def _media_type(data: dict[str, Any], content_type: str) -> str:
    given = content_type.partition(";")[0].strip()
    inside = data.get("mediaType")
    if inside is not None and not isinstance(inside, str):
        raise ManifestInvalidError("mediaType is not a string")
    if given and inside and given != inside:
        raise ManifestInvalidError(
            "Content-Type and mediaType differ", detail={"Content-Type": given, "mediaType": inside}
        )
    media_type = given or inside or (OCI_INDEX if "manifests" in data else OCI_IMAGE)
    if not grammar.is_media_type(media_type):
        raise ManifestInvalidError("the media type is malformed")
    return media_type


def _image(data: dict[str, Any]) -> list[Named]:
    if "manifests" in data:
        # One document that is both is read as one thing by one client and as another by the next (CVE-2021-41190).
        raise ManifestInvalidError("an image manifest has no manifests")
    names = []
    if "config" in data:
        digest, size, _ = _descriptor(data["config"], "config")
        names.append(Named(Reference.Kind.CONFIG, digest, size))
    for layer in _list(data, "layers"):
        digest, size, entry = _descriptor(layer, "layers")
        names.append(Named(Reference.Kind.LAYER, digest, size, required=not _elsewhere(entry)))
    return names


def _index(data: dict[str, Any]) -> list[Named]:
    if "layers" in data or "config" in data:
        raise ManifestInvalidError("an index has neither layers nor config")
    return [Named(Reference.Kind.MANIFEST, *_descriptor(entry, "manifests")[:2]) for entry in _list(data, "manifests")]


def _elsewhere(layer: dict[str, Any]) -> bool:
    media_type = str(layer.get("mediaType", ""))
    return bool(layer.get("urls")) or ".nondistributable." in media_type or ".foreign." in media_type


def _descriptor(value: Any, where: str) -> tuple[str, int, dict[str, Any]]:
    if not isinstance(value, dict):
        raise ManifestInvalidError(f"{where}: not a descriptor")
    digest, size = value.get("digest"), value.get("size")
    if not isinstance(digest, str) or not grammar.is_digest(digest):
        raise ManifestInvalidError(f"{where}: a digest is malformed")
    algorithm = digest.partition(":")[0]
    if algorithm in grammar.ALGORITHMS and grammar.parse_digest(digest) is None:
        raise ManifestInvalidError(f"{where}: a digest is malformed")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _SIZE_LIMIT:
        raise ManifestInvalidError(f"{where}: a size is malformed")
    return digest, size, value


def _list(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ManifestInvalidError(f"{key}: not a list")
    return value


def _artifact_type(data: dict[str, Any], media_type: str) -> str:
    value = data.get("artifactType")
    if not value and media_type in _IMAGES and isinstance(data.get("config"), dict):
        value = data["config"].get("mediaType")
    if not value:
        return ""
    if not isinstance(value, str) or not grammar.is_media_type(value):
        raise ManifestInvalidError("artifactType is not a media type")
    return value


def _annotations(data: dict[str, Any]) -> dict[str, str]:
    value = data.get("annotations")
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise ManifestInvalidError("annotations: not an object of strings")
    if any("\0" in text for pair in value.items() for text in pair):
        raise ManifestInvalidError("annotations: no database keeps a NUL character")
    return value
