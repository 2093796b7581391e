"""What a client may send to get at something that is not its own, or to break the server."""

import functools
import json
import uuid
from urllib.parse import quote

from oci.models import Repository
from tests.base import RegistryTestCase, code, sha256

PATHS = [
    "..",
    "../..",
    "%2e%2e",
    "..%2f..%2fetc",
    "a/../../b",
    "a//b",
    "a%00b",
    "a%0ab",
    "a%0d%0aX: y",
    "A",
    "é",
    "a" * 300,
]


class PathTests(RegistryTestCase):
    def test_names(self) -> None:
        for name in PATHS:
            for method, path in (
                ("GET", f"/v2/{name}/manifests/latest"),
                ("GET", f"/v2/{name}/blobs/{sha256(b'')}"),
                ("GET", f"/v2/{name}/tags/list"),
                ("GET", f"/v2/{name}/referrers/{sha256(b'')}"),
                ("PUT", f"/v2/{name}/manifests/latest"),
                ("POST", f"/v2/{name}/blobs/uploads/"),
                ("DELETE", f"/v2/{name}/manifests/latest"),
            ):
                with self.subTest(method=method, path=path):
                    response = self.client.generic(method, path, b"{}" if method == "PUT" else b"")
                    self.assertIn(response.status_code, {400, 404})
                    self.assertIn("errors", response.json())
        self.assertFalse(Repository.objects.exists())
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_names_may_hold_the_words_of_the_api(self) -> None:
        for name in ("manifests/blobs", "a/tags/list", "blobs/uploads", "a/manifests/b", "v2/referrers"):
            with self.subTest(name):
                digest = self.push_blob(b"x", name)
                self.push_image("tag", name=name)
                self.assertEqual(self.client.get(f"/v2/{name}/blobs/{digest}").status_code, 200)
                self.assertEqual(self.client.get(f"/v2/{name}/tags/list").json()["tags"], ["tag"])

    def test_tags(self) -> None:
        for tag in [*PATHS, ".a", "-a", "a" * 129, "a b"]:
            if tag == "A":
                continue  # names have no capitals, tags may
            with self.subTest(tag):
                for method in ("GET", "PUT", "DELETE"):
                    response = self.client.generic(method, f"/v2/acme/shop/manifests/{tag}", b'{"layers": []}')
                    self.assertIn(response.status_code, {400, 404})
                content = b'{"layers": []}'
                response = self.put_manifest(f"{sha256(content)}?tag={quote(tag, safe='%')}", content)
                self.assertIn(response.status_code, {400})

    def test_digests(self) -> None:
        for digest in (
            "sha256:../../../../etc/passwd",
            "sha256:..%2f..",
            "../../x",
            "sha256:" + "a" * 63 + "%0a",
            "md5:" + "a" * 32,
            "",
            "x" * 5000,
        ):
            with self.subTest(digest[:40]):
                response = self.put(self.begin(), digest, b"content")
                self.assertEqual((response.status_code, code(response)), (400, "DIGEST_INVALID"))
                response = self.client.get(f"/v2/acme/shop/blobs/{digest}")
                self.assertEqual(response.status_code, 404)
        self.assertEqual(self.files(), [])

    def test_upload_ids(self) -> None:
        location = self.begin()
        known = location.rpartition("/")[2]
        for upload in (
            "..",
            "%2e%2e%2fx",
            "x",
            str(uuid.uuid4()),
            known.upper(),
            known.replace("-", ""),
            "{" + known + "}",
            "%00",
        ):
            with self.subTest(upload):
                url = f"/v2/acme/shop/blobs/uploads/{upload}"
                for response in (self.client.get(url), self.patch(url, b"x"), self.put(url, sha256(b"x"), b"x")):
                    self.assertEqual(response.status_code, 404)
        self.assertEqual(self.client.get(location).status_code, 204)


class BodyTests(RegistryTestCase):
    def test_a_hundred_gigabytes_are_refused_unread(self) -> None:
        self.use(BLOB_LIMIT=10**9)
        location = self.begin()
        closed: list[str] = []
        for method, url in (
            ("PATCH", location),
            ("PUT", f"{location}?digest={sha256(b'')}"),
            ("POST", f"/v2/acme/shop/blobs/uploads/?digest={sha256(b'')}"),
            ("PUT", "/v2/acme/shop/manifests/latest"),
        ):
            with self.subTest(method):
                extra = {
                    "CONTENT_LENGTH": str(100 * 10**9),
                    "registry.close_input": functools.partial(closed.append, method),
                }
                response = self.client.generic(method, url, **extra)
                self.assertEqual((response.status_code, code(response)), (413, "SIZE_INVALID"))
                self.assertEqual(closed.pop(), method)

    def test_an_endless_stream_ends_at_the_limit(self) -> None:
        self.use(BLOB_LIMIT=1000, PIECE=100)
        location = self.begin()
        self.assertEqual(self.chunked("PATCH", location, b"x" * 500).status_code, 202)
        self.assertEqual(self.chunked("PATCH", location, b"x" * 501).status_code, 413)
        self.assertEqual(self.client.get(location).headers["Range"], "0-499")

    def test_lengths_that_are_none(self) -> None:
        for length in ("-1", "1e3", "²", "9" * 40, "1,1"):
            with self.subTest(length):
                response = self.client.generic("PATCH", self.begin(), CONTENT_LENGTH=length)
                self.assertEqual((response.status_code, code(response)), (400, "SIZE_INVALID"))

    def test_deep_json(self) -> None:
        content = b'{"a":' * 200_000 + b"1" + b"}" * 200_000
        response = self.put_manifest("v1", content)
        self.assertEqual((response.status_code, code(response)), (400, "MANIFEST_INVALID"))

    def test_headers_cannot_be_injected(self) -> None:
        for content_type in ("a/b\r\nX-Injected: 1", "a/b\nX: 1", "text/plain, x", "a/" + "b" * 300):
            response = self.put_manifest("v1", b'{"layers": []}', content_type=content_type)
            self.assertEqual((response.status_code, code(response)), (400, "MANIFEST_INVALID"))
        subject = {"mediaType": "a/b", "digest": "sha256:a\r\nX: 1", "size": 1}
        self.assertEqual(self.put_manifest("v1", {"subject": subject}).status_code, 400)


class MethodTests(RegistryTestCase):
    def test_methods_that_are_not_there(self) -> None:
        for method, path in (
            ("POST", "/v2/"),
            ("PATCH", "/v2/a/manifests/b"),
            ("PUT", "/v2/a/tags/list"),
            ("TRACE", "/v2/a/blobs/b"),
        ):
            response = self.client.generic(method, path)
            self.assertEqual((response.status_code, code(response)), (405, "UNSUPPORTED"))
            self.assertTrue(response.headers["Allow"])

    def test_paths_that_are_not_there(self) -> None:
        for path in (
            "/v2/x",
            "/v2/a/b/c",
            "/v2//",
            "/v2/a/manifests/",
            "/v2/a/blobs/uploads/x/y",
            "/v2/%0a",
        ):
            with self.subTest(path):
                response = self.client.get(path)
                self.assertEqual(response.status_code, 404)
                self.assertIn("errors", json.loads(response.content))

    def test_the_root(self) -> None:
        for path in ("/v2/", "/v2"):
            response = self.client.get(path)
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.headers["Docker-Distribution-API-Version"], "registry/2.0")
