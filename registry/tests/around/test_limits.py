"""Quotas, immutable tags, read-only mode."""

import io
import json
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import override_settings

from oci.limits.models import ImmutableTag, Quota, ReadOnly
from oci.limits.usage import used
from oci.models import Blob, Repository
from oci.services.parsing import OCI_IMAGE
from tests.base import RegistryTestCase, code, sha256

POLICIES = [
    "oci.limits.policies.ReadOnlyMode",
    "oci.limits.policies.Quotas",
    "oci.limits.policies.ImmutableTags",
]


class QuotaTests(RegistryTestCase):
    registry = {"POLICIES": POLICIES}

    def setUp(self) -> None:
        super().setUp()
        self.quota = Quota.objects.create(pattern="acme/*", bytes=1000)

    def status(self, response: Any) -> tuple[int, str]:
        return response.status_code, code(response)

    def test_what_fits_fits_to_the_byte(self) -> None:
        self.push_blob(b"a" * 1000)
        self.assertEqual(used(Repository.objects.all()), 1000)

    def test_a_length_beyond_it_is_refused_before_a_byte_is_read(self) -> None:
        response = self.put(self.begin(), sha256(b"a" * 1001), b"a" * 1001)
        self.assertEqual(self.status(response), (403, "DENIED"))
        self.assertEqual(response.json()["errors"][0]["detail"], {"quota": 1000, "used": 0, "wanted": 1001})
        self.assertFalse(Blob.objects.exists())

    def test_a_body_of_unknown_length_is_refused_when_it_is_too_long(self) -> None:
        location = self.begin()
        response = self.chunked("PATCH", location, b"a" * 5_000_000)
        self.assertEqual(response.status_code, 413)
        self.assertEqual([path.stat().st_size for path in self.staged()], [0])

    def test_chunks_add_up(self) -> None:
        location = self.begin()
        self.assertEqual(self.patch(location, b"a" * 600).status_code, 202)
        self.assertEqual(self.status(self.patch(location, b"a" * 600)), (403, "DENIED"))
        self.assertEqual(self.patch(location, b"a" * 400).status_code, 202)

    def test_blobs_add_up(self) -> None:
        self.push_blob(b"a" * 600)
        self.assertEqual(self.status(self.put(self.begin(), sha256(b"b" * 600), b"b" * 600)), (403, "DENIED"))

    def test_who_has_used_it_up_cannot_even_begin(self) -> None:
        self.push_blob(b"a" * 1000)
        self.assertEqual(self.status(self.client.post("/v2/acme/shop/blobs/uploads/")), (403, "DENIED"))

    def test_a_mount_counts(self) -> None:
        digest = self.push_blob(b"a" * 1001, "elsewhere/app")
        response = self.client.post(f"/v2/acme/shop/blobs/uploads/?mount={digest}&from=elsewhere/app")
        self.assertEqual(self.status(response), (403, "DENIED"))

    def test_a_manifest_counts(self) -> None:
        self.push_blob(b"a" * 990)
        manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI_IMAGE}).encode()
        self.assertEqual(self.status(self.put_manifest("v1", manifest)), (403, "DENIED"))

    def test_it_is_each_repository_s_own(self) -> None:
        self.push_blob(b"a" * 900, "acme/one")
        self.push_blob(b"b" * 900, "acme/two")
        self.push_blob(b"c" * 5000, "elsewhere/app")

    def test_or_shared_with_common_content_counted_once(self) -> None:
        Quota.objects.update(shared=True)
        self.push_blob(b"a" * 900, "acme/one")
        digest = sha256(b"a" * 900)
        mounted = self.client.post(f"/v2/acme/two/blobs/uploads/?mount={digest}&from=acme/one")
        self.assertEqual(mounted.status_code, 201)
        self.assertEqual(self.status(self.put(self.begin("acme/two"), sha256(b"b" * 101), b"b" * 101)), (403, "DENIED"))
        self.push_blob(b"b" * 100, "acme/two")

    def test_deleting_makes_room(self) -> None:
        digest = self.push_blob(b"a" * 900)
        self.client.delete(f"/v2/acme/shop/blobs/{digest}")
        self.push_blob(b"b" * 900)


class ImmutableTagTests(RegistryTestCase):
    registry = {"POLICIES": POLICIES}

    def setUp(self) -> None:
        super().setUp()
        ImmutableTag.objects.create(pattern="acme/**", tags="v* release")

    def test_it_is_set_once(self) -> None:
        digest = self.push_image("v1", b"one")
        response = self.put_manifest("v1", self.image(b"two"))
        self.assertEqual((response.status_code, code(response)), (403, "DENIED"))
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/v1").headers["Docker-Content-Digest"], digest)

    def test_the_same_again_is_no_change(self) -> None:
        self.assertEqual(self.push_image("v1", b"one"), self.push_image("v1", b"one"))

    def test_it_cannot_be_deleted_nor_its_manifest(self) -> None:
        digest = self.push_image("v1", b"one")
        for reference in ("v1", digest):
            self.assertEqual(self.client.delete(f"/v2/acme/shop/manifests/{reference}").status_code, 403)
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/v1").status_code, 200)

    def test_not_by_the_way_of_several_tags_either(self) -> None:
        self.push_image("v1", b"one")
        content = json.dumps(self.image(b"two")).encode()
        response = self.put_manifest(f"{sha256(content)}?tag=latest&tag=v1", content)
        self.assertEqual(response.status_code, 403)
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/latest").status_code, 404)

    def test_others_move_as_ever(self) -> None:
        for name, tag in (("acme/shop", "latest"), ("other/shop", "v1")):
            self.assertNotEqual(self.push_image(tag, b"one", name=name), self.push_image(tag, b"two", name=name))


class ReadOnlyTests(RegistryTestCase):
    registry = {"POLICIES": POLICIES}

    def assert_read_only(self, message: str) -> None:
        for method, url in (
            ("POST", "/v2/acme/shop/blobs/uploads/"),
            ("PUT", "/v2/acme/shop/manifests/v2"),
            ("DELETE", "/v2/acme/shop/manifests/v1"),
        ):
            response = self.client.generic(method, url, b"{}")
            self.assertEqual((response.status_code, code(response)), (405, "UNSUPPORTED"))
            self.assertEqual(response.json()["errors"][0]["message"], message)
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/v1").status_code, 200)

    def test_by_the_setting(self) -> None:
        self.push_image("v1", b"one")
        with override_settings(REGISTRY_LIMITS={"READ_ONLY": True}):
            self.assert_read_only("the registry is read-only")

    def test_by_the_command_while_it_runs(self) -> None:
        self.push_image("v1", b"one")
        call_command("registry_readonly", "on", "--reason", "back at noon", stdout=StringIO())
        self.assert_read_only("back at noon")
        call_command("registry_readonly", "off", stdout=StringIO())
        self.assertFalse(ReadOnly.objects.exists())
        self.push_image("v2", b"two")

    def test_a_large_body_is_not_waited_for(self) -> None:
        location = self.begin()
        ReadOnly.objects.create()
        body = io.BytesIO(b"a" * 10_000_000)
        response = self.client.generic("PATCH", location, **{"wsgi.input": body, "CONTENT_LENGTH": "10000000"})
        self.assertEqual(response.status_code, 405)
        self.assertEqual(body.tell(), 0)
