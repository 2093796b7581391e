import json

from oci.models import Manifest, Tag
from oci.services.parsing import DOCKER_IMAGE, OCI_IMAGE, OCI_INDEX
from tests.base import RegistryTestCase, code, descriptor, index, sha256, sha512


class PushPullTests(RegistryTestCase):
    def test_byte_for_byte(self) -> None:
        content = b'  {\n"schemaVersion" : 2, "x": 1.50, "layers": []}\n\n'
        self.assertEqual(self.put_manifest("latest", content).status_code, 201)
        for reference in ("latest", sha256(content)):
            response = self.client.get(f"/v2/acme/shop/manifests/{reference}")
            self.assertEqual(response.content, content)
            self.assertEqual(response.headers["Content-Type"], OCI_IMAGE)
            self.assertEqual(response.headers["Docker-Content-Digest"], sha256(content))
            head = self.client.head(f"/v2/acme/shop/manifests/{reference}")
            self.assertEqual((head.status_code, head.content), (200, b""))
            for name in ("Content-Length", "Content-Type", "Docker-Content-Digest"):
                self.assertEqual(head.headers[name], response.headers[name])

    def test_location_and_digest(self) -> None:
        response = self.put_manifest("v1", {"layers": []})
        self.assertEqual(response.headers["Location"], "/v2/acme/shop/manifests/v1")
        self.assertIn("Docker-Content-Digest", response.headers)
        self.assertNotIn("OCI-Subject", response.headers)

    def test_a_chunked_body(self) -> None:
        content = json.dumps(self.image(b"layer")).encode()
        response = self.chunked("PUT", "/v2/acme/shop/manifests/v1", content, OCI_IMAGE)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/v1").content, content)

    def test_the_type_is_the_one_pushed(self) -> None:
        self.put_manifest("v1", b'{"layers": []}', content_type=DOCKER_IMAGE)
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/v1").headers["Content-Type"], DOCKER_IMAGE)

    def test_by_digest_with_tags(self) -> None:
        content = b'{"layers": []}'
        for digest in (sha256(content), sha512(content)):
            tags = [f"{digest[:6]}-{number}" for number in range(10)]
            response = self.put_manifest(f"{digest}?{'&'.join(f'tag={tag}' for tag in tags)}", content)
            self.assertEqual(response.status_code, 201)
            self.assertEqual(response.headers["OCI-Tag"].split(", "), tags)
            response = self.client.get(f"/v2/acme/shop/manifests/{tags[-1]}")
            self.assertEqual(response.headers["Docker-Content-Digest"], digest)

    def test_too_many_tags(self) -> None:
        content = b'{"layers": []}'
        query = "&".join(f"tag=t{number}" for number in range(101))
        self.assertEqual(self.put_manifest(f"{sha256(content)}?{query}", content).status_code, 414)

    def test_a_tag_moves(self) -> None:
        self.push_image("latest", b"one")
        second = self.push_image("latest", b"two")
        response = self.client.get("/v2/acme/shop/manifests/latest")
        self.assertEqual(response.headers["Docker-Content-Digest"], second)
        self.assertEqual(Tag.objects.count(), 1)

    def test_what_the_client_has_is_not_sent_again(self) -> None:
        digest = self.push_image("v1")
        response = self.client.get("/v2/acme/shop/manifests/v1", headers={"if-none-match": f'"{digest}"'})
        self.assertEqual((response.status_code, response.content), (304, b""))

    def test_unknown(self) -> None:
        self.push_image("v1")
        for path, expected in (
            ("acme/shop/manifests/v2", "MANIFEST_UNKNOWN"),
            (f"acme/shop/manifests/{sha256(b'')}", "MANIFEST_UNKNOWN"),
            ("other/shop/manifests/v1", "NAME_UNKNOWN"),
        ):
            response = self.client.get(f"/v2/{path}")
            self.assertEqual((response.status_code, code(response)), (404, expected))


class ValidationTests(RegistryTestCase):
    def test_blobs_must_be_there(self) -> None:
        image = self.image(b"layer")
        for change in ({"config": descriptor(b"no", "a/b")}, {"layers": [descriptor(b"no", "a/b")]}):
            response = self.put_manifest("v1", image | change)
            self.assertEqual((response.status_code, code(response)), (404, "MANIFEST_BLOB_UNKNOWN"))
        self.assertFalse(Manifest.objects.exists())

    def test_blobs_of_other_repositories_do_not_count(self) -> None:
        response = self.put_manifest("v1", self.image(b"layer"), "other/shop")
        self.assertEqual(code(response), "MANIFEST_BLOB_UNKNOWN")

    def test_manifests_of_an_index_must_be_there(self) -> None:
        child = json.dumps(self.image(b"layer")).encode()
        data = index(descriptor(child, OCI_IMAGE))
        self.assertEqual(code(self.put_manifest("v1", data)), "MANIFEST_BLOB_UNKNOWN")
        self.put_manifest(sha256(child), child)
        self.assertEqual(self.put_manifest("v1", data).status_code, 201)

    def test_sparse_by_choice(self) -> None:
        self.use(SPARSE_INDEXES=True, SPARSE_IMAGES=True)
        self.assertEqual(self.put_manifest("a", index(descriptor(b"no", OCI_IMAGE))).status_code, 201)
        self.assertEqual(self.put_manifest("b", {"layers": [descriptor(b"no", "a/b")]}).status_code, 201)

    def test_a_false_size(self) -> None:
        image = self.image(b"layer")
        image["layers"][0]["size"] = 500
        response = self.put_manifest("v1", image)
        self.assertEqual((response.status_code, code(response)), (400, "MANIFEST_INVALID"))

    def test_a_false_digest(self) -> None:
        response = self.put_manifest(sha256(b"x"), {"layers": []})
        self.assertEqual((response.status_code, code(response)), (400, "DIGEST_INVALID"))

    def test_too_large(self) -> None:
        self.use(MANIFEST_LIMIT=100)
        data = {"layers": [], "annotations": {"a": "b" * 100}}
        self.assertEqual(self.put_manifest("v1", data).status_code, 413)
        response = self.chunked("PUT", "/v2/acme/shop/manifests/v1", json.dumps(data).encode())
        self.assertEqual(response.status_code, 413)

    def test_four_megabytes_pass(self) -> None:
        data = {"layers": [], "annotations": {str(number): "a" * 10_000 for number in range(390)}}
        self.assertEqual(self.put_manifest("v1", data).status_code, 201)


class DeleteTests(RegistryTestCase):
    def test_a_tag(self) -> None:
        digest = self.push_image("v1")
        self.assertEqual(self.client.delete("/v2/acme/shop/manifests/v1").status_code, 202)
        self.assertEqual(self.client.get("/v2/acme/shop/manifests/v1").status_code, 404)
        self.assertEqual(self.client.get(f"/v2/acme/shop/manifests/{digest}").status_code, 200)
        self.assertEqual(self.client.delete("/v2/acme/shop/manifests/v1").status_code, 404)

    def test_a_manifest_takes_its_tags_along(self) -> None:
        digest = self.push_image("v1")
        self.push_image("v2")
        other = self.push_image("v3", b"another")
        self.assertEqual(self.client.delete(f"/v2/acme/shop/manifests/{digest}").status_code, 202)
        self.assertEqual(self.client.get("/v2/acme/shop/tags/list").json()["tags"], ["v3"])
        self.assertEqual(self.client.delete(f"/v2/acme/shop/manifests/{digest}").status_code, 404)
        self.assertEqual(self.client.get(f"/v2/acme/shop/manifests/{other}").status_code, 200)


class ReferrersTests(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.subject = json.dumps(self.image(b"layer")).encode()
        self.url = f"/v2/acme/shop/referrers/{sha256(self.subject)}"

    def attach(self, **more: object) -> dict:
        data = self.image(b"layer", subject=descriptor(self.subject, OCI_IMAGE), **more)
        content = json.dumps(data).encode()
        response = self.put_manifest(sha256(content), content)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(response.headers["OCI-Subject"], sha256(self.subject))
        return {"mediaType": OCI_IMAGE, "digest": sha256(content), "size": len(content)}

    def test_unknown_repositories_have_none(self) -> None:
        response = self.client.get(f"/v2/no/such/referrers/{sha256(b'')}")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], OCI_INDEX)
        self.assertEqual(response.json(), {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []})

    def test_descriptors(self) -> None:
        plain = self.attach() | {"artifactType": "application/vnd.oci.image.config.v1+json"}
        sbom = self.attach(artifactType="a/sbom", annotations={"k": "é"}) | {
            "artifactType": "a/sbom",
            "annotations": {"k": "é"},
        }
        found = self.client.get(self.url).json()["manifests"]
        self.assertEqual(found, sorted([plain, sbom], key=lambda entry: entry["digest"]))

    def test_an_index_without_a_type_has_none(self) -> None:
        self.put_manifest("x", index(subject=descriptor(self.subject, OCI_IMAGE)))
        self.assertNotIn("artifactType", self.client.get(self.url).json()["manifests"][0])

    def test_filter(self) -> None:
        self.attach(artifactType="a/sbom")
        self.attach(artifactType="a/signature")
        response = self.client.get(self.url, {"artifactType": "a/sbom"})
        self.assertEqual(response.headers["OCI-Filters-Applied"], "artifactType")
        self.assertEqual([entry["artifactType"] for entry in response.json()["manifests"]], ["a/sbom"])
        self.assertEqual(self.client.get(self.url, {"artifactType": "\0"}).json()["manifests"], [])

    def test_pages(self) -> None:
        for number in range(5):
            self.attach(annotations={"n": str(number)})
        whole = self.client.get(self.url).json()["manifests"]
        self.use(PAGE=2)
        found, link, pages = [], self.url, 0
        while link:
            response = self.client.get(link)
            found += response.json()["manifests"]
            link = response.headers.get("Link", "")
            link = link.partition(">")[0].lstrip("<")
            pages += 1
        self.assertEqual((found, pages), (whole, 3))

    def test_deleted_with_its_manifest(self) -> None:
        entry = self.attach()
        self.client.delete(f"/v2/acme/shop/manifests/{entry['digest']}")
        self.assertEqual(self.client.get(self.url).json()["manifests"], [])

    def test_a_malformed_digest(self) -> None:
        self.assertEqual(self.client.get("/v2/acme/shop/referrers/sha256").status_code, 400)


class TagListTests(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        for tag in ("b", "a", "C", "1.10", "1.9", "_x"):
            self.push_image(tag)
        self.sorted = ["1.10", "1.9", "C", "_x", "a", "b"]

    def listed(self, query: str = "") -> list[str]:
        return self.client.get(f"/v2/acme/shop/tags/list{query}").json()["tags"]

    def test_all(self) -> None:
        self.assertEqual(self.client.get("/v2/acme/shop/tags/list").json(), {"name": "acme/shop", "tags": self.sorted})

    def test_pages(self) -> None:
        response = self.client.get("/v2/acme/shop/tags/list?n=4")
        self.assertEqual(response.json()["tags"], self.sorted[:4])
        self.assertEqual(response.headers["Link"], '</v2/acme/shop/tags/list?n=4&last=_x>; rel="next"')
        response = self.client.get("/v2/acme/shop/tags/list?n=4&last=_x")
        self.assertEqual(response.json()["tags"], self.sorted[4:])
        self.assertNotIn("Link", response.headers)

    def test_none_and_after(self) -> None:
        response = self.client.get("/v2/acme/shop/tags/list?n=0")
        self.assertEqual(response.json()["tags"], [])
        self.assertNotIn("Link", response.headers)
        self.assertEqual(self.listed("?last=B"), self.sorted[2:])
        self.assertEqual(self.listed("?last=zzz"), [])

    def test_malformed(self) -> None:
        for query in ("?n=-1", "?n=x", "?n=²", "?n=99999999999", "?last=%00", "?last=a/b"):
            with self.subTest(query):
                self.assertEqual(self.client.get(f"/v2/acme/shop/tags/list{query}").status_code, 400)

    def test_unknown_repository(self) -> None:
        response = self.client.get("/v2/no/such/tags/list")
        self.assertEqual((response.status_code, code(response)), (404, "NAME_UNKNOWN"))
