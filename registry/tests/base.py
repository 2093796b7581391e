"""What the registry's tests share: a registry with a folder of its own, and clients' usual requests."""

import hashlib
import io
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.test import Client, TestCase, TransactionTestCase, override_settings

from oci.services.parsing import OCI_IMAGE, OCI_INDEX

Response = Any  # of the test client: an HttpResponse with more attributes


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def sha512(content: bytes) -> str:
    return "sha512:" + hashlib.sha512(content).hexdigest()


def body(response: HttpResponse) -> bytes:
    return b"".join(response) if response.streaming else response.content


def code(response: HttpResponse) -> str:
    """The spec's code of an error."""
    return json.loads(response.content)["errors"][0]["code"]


def remove(folder: Path, patience: float = 5.0) -> None:
    """Remove a folder, in which a thread that writes counts may just be at its last file."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            shutil.rmtree(folder)
        except OSError:
            time.sleep(0.02)
        else:
            return
    shutil.rmtree(folder)


class OwnFolder:
    """A mixin: content and uploads of each test lie in a folder that goes with it."""

    client: Client
    registry: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(prefix="registry-"))
        self.addCleanup(remove, self.folder)
        self.use(**self.registry)

    def use(self, **registry: Any) -> None:
        """Settings of the registry for the rest of the test."""
        settings = override_settings(
            STORAGES={
                "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
                "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
                "registry": {
                    "BACKEND": "oci.storage.FileSystemContentStorage",
                    "OPTIONS": {"location": self.folder / "content"},
                },
            },
            REGISTRY={"UPLOADS": self.folder / "uploads", "FSYNC": False} | registry,
        )
        settings.enable()
        self.addCleanup(settings.disable)

    # What clients do.

    def begin(self, name: str = "acme/shop", query: str = "") -> str:
        response = self.client.post(f"/v2/{name}/blobs/uploads/{query}")
        self.assertEqual(response.status_code, 202, response.content)
        return response.headers["Location"]

    def patch(self, location: str, content: bytes, **headers: str) -> Response:
        return self.client.generic("PATCH", location, content, "application/octet-stream", headers=headers)

    def put(self, location: str, digest: str, content: bytes = b"", **headers: str) -> Response:
        url = f"{location}?digest={digest}"
        return self.client.generic("PUT", url, content, "application/octet-stream", headers=headers)

    def chunked(
        self, method: str, url: str, content: bytes, content_type: str = "application/octet-stream"
    ) -> Response:
        """A request with a chunked body, as a server passes it on that decodes it."""
        extra = {
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input": io.BytesIO(content),
            "wsgi.input_terminated": True,
            "CONTENT_TYPE": content_type,
        }
        return self.client.generic(method, url, **extra)

    def push_blob(self, content: bytes, name: str = "acme/shop", digest: str = "") -> str:
        digest = digest or sha256(content)
        response = self.put(self.begin(name), digest, content)
        self.assertEqual(response.status_code, 201, response.content)
        return digest

    def put_manifest(self, reference: str, data: Any, name: str = "acme/shop", content_type: str = "") -> Response:
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        if not content_type and isinstance(data, dict):
            content_type = data.get("mediaType", OCI_IMAGE)
        return self.client.generic("PUT", f"/v2/{name}/manifests/{reference}", content, content_type or OCI_IMAGE)

    def image(self, *layers: bytes, name: str = "acme/shop", **more: Any) -> dict[str, Any]:
        """An image manifest whose blobs are pushed."""
        config = b"{}"
        self.push_blob(config, name)
        for layer in layers:
            self.push_blob(layer, name)
        return {
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE,
            "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers],
            **more,
        }

    def push_image(self, reference: str, *layers: bytes, name: str = "acme/shop", **more: Any) -> str:
        content = json.dumps(self.image(*layers, name=name, **more)).encode()
        response = self.put_manifest(reference, content, name)
        self.assertEqual(response.status_code, 201, response.content)
        return response.headers["Docker-Content-Digest"]

    def files(self) -> list[Path]:
        """Everything that lies in the storage."""
        return sorted(path for path in (self.folder / "content").rglob("*") if path.is_file())

    def staged(self) -> list[Path]:
        """Everything that lies in the folder of uploads."""
        return sorted((self.folder / "uploads").glob("*"))


class RegistryTestCase(OwnFolder, TestCase):
    """A registry in a transaction that is taken back."""


class RegistryTransactionTestCase(OwnFolder, TransactionTestCase):
    """A registry whose transactions are real."""


def descriptor(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": sha256(content), "size": len(content)}


def index(*manifests: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(manifests), **more}
