"""Access, policies, signals and storages: where a project puts its own."""

import json
from typing import Any

from django.http import HttpRequest
from django.test import override_settings

from oci import signals
from oci.access import Action
from oci.errors import DeniedError, UnauthorizedError
from oci.policies import Policy
from tests.base import RegistryTestCase, RegistryTransactionTestCase, body, code, sha256


def private(request: HttpRequest, repository: str | None, action: Action) -> None:
    """Nobody sees secret/, nobody deletes anything."""
    if repository and repository.startswith("secret/") and request.headers.get("X-Key") != "open":
        raise UnauthorizedError(headers={"WWW-Authenticate": 'Basic realm="registry"'})
    if action == Action.DELETE:
        raise DeniedError


class Strict(Policy):
    def write(self, request: HttpRequest, repository: str) -> None:
        if repository == "frozen":
            raise DeniedError("read-only")

    def upload(self, repository: str, size: int | None) -> None:
        if size is not None and size > 1000:
            raise DeniedError("quota", detail={"size": size})

    def tag(self, repository: str, tag: str, old: str | None, new: str) -> None:
        if old is not None and old != new:
            raise DeniedError("tags are immutable")

    def untag(self, repository: str, tag: str) -> None:
        raise DeniedError("tags are immutable")


class AccessTests(RegistryTestCase):
    registry = {"AUTHORIZE": "tests.test_hooks.private"}

    def test_a_challenge(self) -> None:
        response = self.client.get("/v2/secret/shop/tags/list")
        self.assertEqual((response.status_code, code(response)), (401, "UNAUTHORIZED"))
        self.assertEqual(response.headers["WWW-Authenticate"], 'Basic realm="registry"')

    def test_refused_before_anything_is_looked_up(self) -> None:
        for method in ("get", "head", "put", "delete"):
            response = getattr(self.client, method)("/v2/secret/shop/manifests/latest")
            self.assertEqual(response.status_code, 401)
        self.assertEqual(self.client.delete("/v2/acme/shop/manifests/latest").status_code, 403)

    def test_a_blob_cannot_be_mounted_from_what_one_may_not_pull(self) -> None:
        self.client.defaults["HTTP_X_KEY"] = "open"
        digest = self.push_blob(b"secret", "secret/shop")
        self.client.defaults.clear()
        for query in (f"mount={digest}&from=secret/shop", f"mount={digest}"):
            self.assertEqual(self.client.post(f"/v2/acme/shop/blobs/uploads/?{query}").status_code, 202)
        self.push_blob(b"secret", "public/shop")
        self.assertEqual(self.client.post(f"/v2/acme/shop/blobs/uploads/?mount={digest}").status_code, 201)


class PolicyTests(RegistryTestCase):
    registry = {"POLICIES": ["tests.test_hooks.Strict"]}

    def test_write(self) -> None:
        self.assertEqual(self.client.post("/v2/frozen/blobs/uploads/").status_code, 403)

    def test_upload(self) -> None:
        location = self.begin()
        self.assertEqual(self.patch(location, b"x" * 600).status_code, 202)
        self.assertEqual(self.patch(location, b"x" * 600).status_code, 403)
        self.assertEqual(self.client.get(location).headers["Range"], "0-599")

    def test_tags(self) -> None:
        digest = self.push_image("v1", b"one")
        self.push_image("v1", b"one")
        response = self.put_manifest("v1", self.image(b"two"))
        self.assertEqual((response.status_code, code(response)), (403, "DENIED"))
        for reference in ("v1", digest):
            self.assertEqual(self.client.delete(f"/v2/acme/shop/manifests/{reference}").status_code, 403)
        response = self.client.get("/v2/acme/shop/manifests/v1")
        self.assertEqual(response.headers["Docker-Content-Digest"], digest)


class SignalTests(RegistryTransactionTestCase):
    def test_what_happened(self) -> None:
        heard: list[tuple[str, Any]] = []
        for name in (
            "blob_pushed",
            "manifest_pushed",
            "manifest_pulled",
            "tag_deleted",
            "manifest_deleted",
            "blob_deleted",
        ):
            signal = getattr(signals, name)

            def receiver(sender: str, signal: object, _name: str = name, **facts: Any) -> None:
                heard.append((_name, facts))

            signal.connect(receiver, weak=False)
            self.addCleanup(signal.disconnect, receiver)

        content = json.dumps(self.image()).encode()
        self.put_manifest("v1", content)
        self.client.get("/v2/acme/shop/manifests/v1")
        self.client.delete("/v2/acme/shop/manifests/v1")
        self.client.delete(f"/v2/acme/shop/manifests/{sha256(content)}")
        self.client.delete(f"/v2/acme/shop/blobs/{sha256(b'{}')}")
        self.assertEqual(
            [name for name, _ in heard],
            ["blob_pushed", "manifest_pushed", "manifest_pulled", "tag_deleted", "manifest_deleted", "blob_deleted"],
        )
        self.assertEqual(heard[1][1]["tags"], ["v1"])

    def test_a_receiver_that_fails_fails_no_push(self) -> None:
        def receiver(**facts: Any) -> None:
            raise RuntimeError

        signals.blob_pushed.connect(receiver)
        self.addCleanup(signals.blob_pushed.disconnect, receiver)
        with self.assertLogs("oci.signals"), self.assertLogs("django.dispatch"):
            self.push_blob(b"x")


class OtherStorageTests(RegistryTestCase):
    """A storage of Django's that knows nothing of the registry."""

    def use(self, **registry: Any) -> None:
        super().use(**registry)
        settings = override_settings(STORAGES={"registry": {"BACKEND": "django.core.files.storage.InMemoryStorage"}})
        settings.enable()
        self.addCleanup(settings.disable)

    def test_push_and_pull(self) -> None:
        digest = self.push_blob(b"0123456789")
        url = f"/v2/acme/shop/blobs/{digest}"
        self.assertEqual(body(self.client.get(url)), b"0123456789")
        self.assertEqual(body(self.client.get(url, headers={"range": "bytes=2-4"})), b"234")
        self.assertEqual(self.staged(), [])

    def test_redirect(self) -> None:
        digest = self.push_blob(b"0123456789")
        self.use(REDIRECT=True)
        with override_settings(MEDIA_URL="https://bucket.example.com/"):
            response = self.client.get(f"/v2/acme/shop/blobs/{digest}")
        self.assertEqual(response.status_code, 307)
        self.assertIn(digest.partition(":")[2], response.headers["Location"])
