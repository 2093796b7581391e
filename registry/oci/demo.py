"""Content to look at: images with layers, an index, artifacts, signatures. The same bytes each time it is made."""

import functools
import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oci import grammar
from oci.services import blobs, manifests, parsing
from oci.services.parsing import OCI_IMAGE, OCI_INDEX
from oci.storage import Staging

_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_EMPTY = b"{}"
_CREATED = "2026-01-15T09:30:00Z"


@dataclass(frozen=True)
class Step:
    """A layer: the command that is said to have made it, and about how many bytes it has."""

    command: str
    size: int


_BASE = Step("COPY rootfs / # base system", 900_000)
_PYTHON = Step("RUN apk add --no-cache python3 py3-pip", 1_400_000)
_IMAGES: dict[str, tuple[str, list[str], list[Step]]] = {
    "library/base": ("A small base system", ["3.21", "3.22", "latest"], [_BASE]),
    "library/python": ("Python on the base system", ["3.12", "3.13", "3.14", "latest"], [_BASE, _PYTHON]),
    "acme/web": (
        "The web server in front of everything at Acme",
        ["v2.3.0", "v2.4.0", "v2.4.1", "stable"],
        [_BASE, Step("RUN apk add --no-cache nginx", 500_000), Step("COPY nginx.conf /etc/nginx/", 2_000)],
    ),
    "acme/worker": (
        "Background jobs: mails, invoices, thumbnails",
        ["v1.0.0", "v1.1.0", "latest"],
        [_BASE, _PYTHON, Step("RUN pip install -r requirements.txt", 700_000), Step("COPY . /srv/worker", 60_000)],
    ),
    "team/data/pipeline": (
        "Nightly extracts, one image for each build",
        [f"build-{number}" for number in range(1001, 1041)],
        [_BASE, _PYTHON, Step("COPY pipeline /srv/pipeline", 30_000)],
    ),
    "tools/migrate": ("", ["4", "5"], [_BASE, Step("COPY migrate /usr/local/bin/migrate", 250_000)]),
}


def fill() -> list[str]:
    """Push everything. Returns the names of the repositories."""
    for name, (text, tags, steps) in _IMAGES.items():
        for tag in tags:
            push(name, image(name, tag, steps, text), [tag])
    _shop()
    _chart()
    _model()
    return sorted([*_IMAGES, "acme/shop", "charts/shop", "models/sentiment"])


def push(repository: str, data: dict[str, Any], tags: Sequence[str] = ()) -> dict[str, Any]:
    """Push a manifest. Returns its descriptor."""
    payload = json.dumps(data, separators=(",", ":")).encode()
    digest = grammar.digest_of("sha256", payload)
    manifests.push(repository, digest, payload, parsing.parse(payload, data["mediaType"]), tags)
    return {"mediaType": data["mediaType"], "digest": str(digest), "size": len(payload)}


def image(
    repository: str, version: str, steps: Sequence[Step], text: str, architecture: str = "amd64"
) -> dict[str, Any]:
    """An image manifest, its blobs pushed."""
    layers = [_layer(repository, step, version if step is steps[-1] else "", architecture) for step in steps]
    config = {
        "created": _CREATED,
        "author": "Registry demo",
        "architecture": architecture,
        "os": "linux",
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"VERSION={version}"],
            "Entrypoint": ["/usr/bin/entry"],
            "Cmd": ["serve", "--port", "8000"],
            "ExposedPorts": {"8000/tcp": {}},
            "WorkingDir": "/srv",
            "User": "app",
        },
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        "history": [{"created": _CREATED, "created_by": step.command} for step in steps],
    }
    annotations = {"org.opencontainers.image.version": version}
    if text:
        annotations["org.opencontainers.image.description"] = text
    return {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": _blob(repository, json.dumps(config).encode(), _CONFIG),
        "layers": layers,
        "annotations": annotations,
    }


def artifact(repository: str, kind: str, files: Sequence[tuple[str, str, bytes]], **more: Any) -> dict[str, Any]:
    """A manifest of files: each with name, media type and content."""
    layers = [
        {**_blob(repository, content, media_type), "annotations": {"org.opencontainers.image.title": name}}
        for name, media_type, content in files
    ]
    config = _blob(repository, _EMPTY, "application/vnd.oci.empty.v1+json")
    return {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "artifactType": kind,
        "config": config,
        "layers": layers,
        **more,
    }


def _shop() -> None:
    name, text = "acme/shop", "The shop: storefront, basket and checkout, for two architectures"
    steps = [_BASE, _PYTHON, Step("RUN pip install -r requirements.txt", 800_000), Step("COPY . /srv/shop", 120_000)]
    tags = ["v1.0.0", "v1.1.0", "v1.2.0"]
    for tag in tags:
        platforms = []
        for architecture in ("amd64", "arm64"):
            descriptor = push(name, image(name, tag, steps, text, architecture))
            platforms.append({**descriptor, "platform": {"os": "linux", "architecture": architecture}})
        index = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": platforms,
            "annotations": {"org.opencontainers.image.description": text, "org.opencontainers.image.version": tag},
        }
        subject = push(name, index, [tag, "latest"] if tag == tags[-1] else [tag])
    signature = [("signature.json", "application/vnd.demo.signature.v1+json", b'{"note": "a signature would be here"}')]
    push(name, artifact(name, "application/vnd.demo.signature.v1+json", signature, subject=subject))
    packages = json.dumps({"spdxVersion": "SPDX-2.3", "name": name, "packages": []}).encode()
    bill = [("sbom.spdx.json", "application/spdx+json", packages)]
    push(name, artifact(name, "application/spdx+json", bill, subject=subject))


def _chart() -> None:
    chart = gzip.compress(b"name: shop\nversion: 1.2.0\n", mtime=0)
    file = ("shop-1.2.0.tgz", "application/vnd.cncf.helm.chart.content.v1.tar+gzip", chart)
    about = {"org.opencontainers.image.description": "Helm chart of the shop"}
    data = artifact("charts/shop", "application/vnd.cncf.helm.config.v1+json", [file], annotations=about)
    push("charts/shop", data, ["1.2.0"])


def _model() -> None:
    files = [
        ("model.safetensors", "application/octet-stream", _bytes("model", 2_000_000)),
        ("tokenizer.json", "application/json", _bytes("tokenizer", 90_000)),
        ("LICENSE", "text/plain", b"Public domain\n"),
    ]
    about = {"org.opencontainers.image.description": "A model that knows whether a review is friendly"}
    data = artifact("models/sentiment", "application/vnd.demo.model.v1", files, annotations=about)
    push("models/sentiment", data, ["2026-01", "latest"])


def _layer(repository: str, step: Step, version: str, architecture: str) -> dict[str, Any]:
    return _blob(repository, _packed(step, version, architecture), _LAYER)


@functools.lru_cache(maxsize=8)  # most images begin with the same layers
def _packed(step: Step, version: str, architecture: str) -> bytes:
    content = _bytes(f"{step.command} {version} {architecture}", step.size)
    file = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        entry = tarfile.TarInfo(f"srv/{hashlib.sha256(step.command.encode()).hexdigest()[:8]}")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _bytes(seed: str, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - it only has to be incompressible


def _blob(repository: str, content: bytes, media_type: str) -> dict[str, Any]:
    digest = grammar.digest_of("sha256", content)
    if blobs.find(repository, digest) is None:
        staging = Staging()
        upload = staging.begin(repository, digest.algorithm)
        try:
            with staging.open(upload, digest.algorithm) as staged:
                staged.write(content)
                blobs.publish(repository, digest, staged)
        finally:
            staging.remove(upload)
    return {"mediaType": media_type, "digest": str(digest), "size": len(content)}
