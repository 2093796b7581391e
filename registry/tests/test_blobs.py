from oci.models import Blob, RepositoryBlob
from tests.base import RegistryTestCase, Response, body, code, sha256, sha512

CONTENT = bytes(range(256)) * 8


class PullTests(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.digest = self.push_blob(CONTENT)
        self.url = f"/v2/acme/shop/blobs/{self.digest}"

    def test_get(self) -> None:
        response = self.client.get(self.url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(body(response), CONTENT)
        self.assertEqual(response.headers["Content-Length"], "2048")
        self.assertEqual(response.headers["Docker-Content-Digest"], self.digest)
        self.assertEqual(response.headers["Content-Type"], "application/octet-stream")

    def test_head(self) -> None:
        response = self.client.head(self.url)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Length"], "2048")
        self.assertEqual(response.headers["Docker-Content-Digest"], self.digest)
        self.assertEqual(body(response), b"")

    def test_a_part(self) -> None:
        response = self.client.get(self.url, headers={"range": "bytes=500-1499"})
        self.assertEqual(response.status_code, 206)
        self.assertEqual(body(response), CONTENT[500:1500])
        self.assertEqual(response.headers["Content-Range"], "bytes 500-1499/2048")
        self.assertEqual(response.headers["Content-Length"], "1000")

    def test_a_part_that_is_not_there(self) -> None:
        response = self.client.get(self.url, headers={"range": "bytes=5000-"})
        self.assertEqual(response.status_code, 416)
        self.assertEqual(response.headers["Content-Range"], "bytes */2048")

    def test_a_part_of_something_that_has_changed(self) -> None:
        headers = {"range": "bytes=0-1", "if-range": '"another"'}
        self.assertEqual(body(self.client.get(self.url, headers=headers)), CONTENT)

    def test_what_the_client_has_is_not_sent_again(self) -> None:
        response = self.client.get(self.url, headers={"if-none-match": f'"{self.digest}"'})
        self.assertEqual((response.status_code, body(response)), (304, b""))

    def test_other_repositories_do_not_have_it(self) -> None:
        self.push_blob(b"something", "other/shop")
        for method in ("get", "head", "delete"):
            with self.subTest(method):
                response = getattr(self.client, method)(f"/v2/other/shop/blobs/{self.digest}")
                self.assertEqual(response.status_code, 404)
        self.assertEqual(code(self.client.get(f"/v2/other/shop/blobs/{self.digest}")), "BLOB_UNKNOWN")

    def test_stored_once_for_all_repositories(self) -> None:
        self.push_blob(CONTENT, "other/shop")
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(Blob.objects.count(), 1)
        self.assertEqual(RepositoryBlob.objects.count(), 2)

    def test_a_file_that_is_lost_is_a_404_and_comes_back_with_the_next_push(self) -> None:
        self.files()[0].unlink()
        self.assertEqual(self.client.get(self.url).status_code, 404)
        self.assertEqual(self.client.head(self.url).status_code, 404)
        self.push_blob(CONTENT)
        self.assertEqual(body(self.client.get(self.url)), CONTENT)
        self.assertEqual(len(self.files()), 1)


class DeleteTests(RegistryTestCase):
    def test_gone_here_and_kept_elsewhere(self) -> None:
        digest = self.push_blob(CONTENT)
        self.push_blob(CONTENT, "other/shop")
        self.assertEqual(self.client.delete(f"/v2/acme/shop/blobs/{digest}").status_code, 202)
        self.assertEqual(self.client.get(f"/v2/acme/shop/blobs/{digest}").status_code, 404)
        self.assertEqual(self.client.delete(f"/v2/acme/shop/blobs/{digest}").status_code, 404)
        self.assertEqual(body(self.client.get(f"/v2/other/shop/blobs/{digest}")), CONTENT)


class MountTests(RegistryTestCase):
    def mount(self, query: str) -> Response:
        return self.client.post(f"/v2/acme/shop/blobs/uploads/?{query}")

    def test_from_a_repository(self) -> None:
        for digest in (sha256(CONTENT), sha512(CONTENT)):
            with self.subTest(digest):
                self.push_blob(CONTENT, "other/shop", digest)
                response = self.mount(f"mount={digest}&from=other/shop")
                self.assertEqual(response.status_code, 201)
                self.assertEqual(response.headers["Location"], f"/v2/acme/shop/blobs/{digest}")
                self.assertEqual(body(self.client.get(response.headers["Location"])), CONTENT)

    def test_from_anywhere(self) -> None:
        digest = self.push_blob(CONTENT, "other/shop")
        self.assertEqual(self.mount(f"mount={digest}").status_code, 201)

    def test_what_is_not_there_begins_an_upload(self) -> None:
        digest = self.push_blob(CONTENT, "other/shop")
        for query in (
            f"mount={sha256(b'x')}&from=other/shop",
            f"mount={digest}&from=third/shop",
            f"mount={digest}&from=../x",
        ):
            with self.subTest(query):
                response = self.mount(query)
                self.assertEqual(response.status_code, 202)
                self.assertRegex(response.headers["Location"], r"^/v2/acme/shop/blobs/uploads/[^/?]+$")

    def test_a_malformed_digest(self) -> None:
        self.assertEqual(self.mount("mount=sha256:..%2F..&from=other/shop").status_code, 400)
