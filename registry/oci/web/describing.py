"""Reads manifests and image configurations for people. Whatever strange thing is in them, it shows what it understands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from oci.models import Manifest
from oci.services.parsing import DOCKER_IMAGE, DOCKER_LIST, OCI_IMAGE, OCI_INDEX

_IMAGE_CONFIGS = {
    "",
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
}
_TEXT = 2000  # characters of anything that is shown
_ROWS = 500  # layers or manifests that are shown


@dataclass(frozen=True)
class Descriptor:
    """Content that a manifest names."""

    digest: str = ""
    size: int = 0
    media_type: str = ""
    platform: str = ""
    title: str = ""
    # For layers: the command that made it, and its part of the largest layer, in twentieths.
    command: str = ""
    share: int = 0
    is_attestation: bool = False


@dataclass(frozen=True)
class Description:
    """A manifest."""

    kind: str
    size: int = 0
    config: Descriptor | None = None
    layers: list[Descriptor] = field(default_factory=list)
    manifests: list[Descriptor] = field(default_factory=list)
    annotations: list[tuple[str, str]] = field(default_factory=list)
    raw: str = ""


@dataclass(frozen=True)
class Config:
    """What an image's configuration says of it."""

    platform: str = ""
    created: str = ""
    author: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)
    labels: list[tuple[str, str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


def kind_of(media_type: str, artifact_type: str) -> str:
    """A word for what a manifest is. `artifact_type`: as the model has it, which is the config's type for images."""
    if media_type in {OCI_INDEX, DOCKER_LIST}:
        return "index"
    if media_type in {OCI_IMAGE, DOCKER_IMAGE}:
        return "image" if artifact_type in _IMAGE_CONFIGS else "artifact"
    return "other"


def describe(manifest: Manifest, config: Config | None = None) -> Description:
    """A manifest, with the commands of its image's history beside the layers."""
    data = loaded(bytes(manifest.payload))
    commands = config.commands if config is not None else []
    layers = _layers(data, commands)
    config_descriptor = _descriptor(data["config"]) if isinstance(data.get("config"), dict) else None
    parts = [*layers, *([config_descriptor] if config_descriptor else [])]
    return Description(
        kind=kind_of(manifest.media_type, manifest.artifact_type),
        size=manifest.size + sum(part.size for part in parts),
        config=config_descriptor,
        layers=layers,
        manifests=[_descriptor(entry) for entry in _dicts(data.get("manifests"))],
        annotations=_pairs(data.get("annotations")),
        raw=json.dumps(data, indent=2, ensure_ascii=False)[:100_000],
    )


def read_config(content: bytes) -> Config:
    """An image's configuration (OCI image spec, "Image Configuration")."""
    data = loaded(content)
    inner = data["config"] if isinstance(data.get("config"), dict) else {}
    facts = [
        ("Entrypoint", _joined(inner.get("Entrypoint"))),
        ("Command", _joined(inner.get("Cmd"))),
        ("Working directory", _text(inner.get("WorkingDir"))),
        ("User", _text(inner.get("User"))),
        ("Ports", " ".join(_keys(inner.get("ExposedPorts")))),
        ("Volumes", " ".join(_keys(inner.get("Volumes")))),
        ("Stop signal", _text(inner.get("StopSignal"))),
    ]
    history = [entry for entry in _dicts(data.get("history")) if not entry.get("empty_layer")]
    return Config(
        platform=_platform(data),
        created=_text(data.get("created")),
        author=_text(data.get("author")),
        facts=[(name, value) for name, value in facts if value],
        environment=[_text(value) for value in _list(inner.get("Env"))],
        labels=_pairs(inner.get("Labels")),
        commands=[_text(entry.get("created_by") or entry.get("comment")) for entry in history],
    )


def loaded(content: bytes) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _layers(data: dict[str, Any], commands: list[str]) -> list[Descriptor]:
    entries = _dicts(data.get("layers") or data.get("blobs"))
    largest = max((_size(entry) for entry in entries), default=0) or 1
    # Only a history that fits says which command made which layer.
    known = commands if len(commands) == len(entries) else [""] * len(entries)
    return [
        _descriptor(entry, command, -(-_size(entry) * 20 // largest))
        for entry, command in zip(entries, known, strict=True)
    ]


def _descriptor(entry: dict[str, Any], command: str = "", share: int = 0) -> Descriptor:
    annotations = entry["annotations"] if isinstance(entry.get("annotations"), dict) else {}
    platform = entry["platform"] if isinstance(entry.get("platform"), dict) else {}
    return Descriptor(
        digest=_text(entry.get("digest"))[:200],
        size=_size(entry),
        media_type=_text(entry.get("mediaType"))[:255],
        platform=_platform(platform),
        title=_text(annotations.get("org.opencontainers.image.title")),
        command=command.removeprefix("/bin/sh -c #(nop) ").removeprefix("/bin/sh -c ").strip(),
        share=min(share, 20),
        is_attestation=annotations.get("vnd.docker.reference.type") == "attestation-manifest",
    )


def _platform(data: dict[str, Any]) -> str:
    parts = (_text(data.get(key))[:50] for key in ("os", "architecture", "variant"))
    return "/".join(filter(None, parts))


def _size(entry: dict[str, Any]) -> int:
    size = entry.get("size")
    return size if isinstance(size, int) and 0 <= size < 2**63 else 0


def _text(value: Any) -> str:
    return value[:_TEXT] if isinstance(value, str) else ""


def _joined(value: Any) -> str:
    return " ".join(map(_text, _list(value)))


def _list(value: Any) -> list[Any]:
    return value[:_ROWS] if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in _list(value) if isinstance(entry, dict)]


def _keys(value: Any) -> Iterator[str]:
    return (_text(key) for key in value) if isinstance(value, dict) else iter(())


def _pairs(value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return []
    return [(_text(key), _text(entry)) for key, entry in sorted(value.items())[:_ROWS]]
