import io

from django.db import connection

from oci.models import Blob
from tests.base import RegistryTestCase, RegistryTransactionTestCase, body, code, sha256, sha512

CONTENT = bytes(range(256)) * 8


class PushTests(RegistryTestCase):
    registry = {"PIECE": 100}

    def pulled(self, digest: str) -> bytes:
        return body(self.client.get(f"/v2/acme/shop/blobs/{digest}"))

    def test_post_then_put(self) -> None:
        for digest in (sha256(CONTENT), sha512(CONTENT)):
            with self.subTest(digest):
                response = self.put(self.begin(), digest, CONTENT)
                self.assertEqual(response.status_code, 201)
                self.assertEqual(response.headers["Location"], f"/v2/acme/shop/blobs/{digest}")
                self.assertEqual(response.headers["Docker-Content-Digest"], digest)
                self.assertEqual(self.pulled(digest), CONTENT)
        self.assertEqual(self.staged(), [])

    def test_a_single_post(self) -> None:
        for digest in (sha256(CONTENT), sha512(CONTENT)):
            url = f"/v2/acme/shop/blobs/uploads/?digest={digest}"
            response = self.client.generic("POST", url, CONTENT, "application/octet-stream")
            self.assertEqual(response.status_code, 201)
            self.assertEqual(self.pulled(digest), CONTENT)
        self.assertEqual(self.staged(), [])

    def test_chunks(self) -> None:
        for digest, query in (
            (sha256(CONTENT), ""),
            (sha512(CONTENT), "?digest-algorithm=sha512"),
            (sha512(CONTENT + b"."), ""),
        ):
            content = CONTENT if query or digest.startswith("sha256") else CONTENT + b"."
            with self.subTest(digest=digest[:10], query=query):
                location = self.begin(query=query)
                for start in (0, 1000):
                    piece = content[start : start + 1000]
                    response = self.patch(location, piece, **{"content-range": f"{start}-{start + len(piece) - 1}"})
                    self.assertEqual(response.status_code, 202)
                    self.assertEqual(response.headers["Range"], f"0-{start + len(piece) - 1}")
                    location = response.headers["Location"]
                last = {"content-range": f"2000-{len(content) - 1}"}
                self.assertEqual(self.put(location, digest, content[2000:], **last).status_code, 201)
                self.assertEqual(self.pulled(digest), content)

    def test_a_stream_without_a_length(self) -> None:
        location = self.begin()
        self.assertEqual(self.chunked("PATCH", location, CONTENT).status_code, 202)
        self.assertEqual(self.put(location, sha256(CONTENT)).status_code, 201)
        self.assertEqual(self.pulled(sha256(CONTENT)), CONTENT)

    def test_a_server_that_loses_chunked_bodies_is_found_out(self) -> None:
        extra = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": False}
        response = self.client.generic("PATCH", self.begin(), **extra)
        self.assertEqual(response.status_code, 411)

    def test_no_bytes_at_all(self) -> None:
        self.assertEqual(self.pulled(self.push_blob(b"")), b"")

    def test_pushed_again(self) -> None:
        self.push_blob(CONTENT)
        self.push_blob(CONTENT)
        self.assertEqual(len(self.files()), 1)
        self.assertEqual(self.staged(), [])

    def test_an_algorithm_that_cannot_be_verified(self) -> None:
        response = self.client.post("/v2/acme/shop/blobs/uploads/?digest-algorithm=md5")
        self.assertEqual((response.status_code, code(response)), (400, "DIGEST_INVALID"))


class SessionTests(RegistryTestCase):
    def test_a_chunk_out_of_order_keeps_the_session(self) -> None:
        location = self.begin()
        self.patch(location, CONTENT[:1000], **{"content-range": "0-999"})
        for first in (0, 500, 1001):
            response = self.patch(location, CONTENT[:100], **{"content-range": f"{first}-{first + 99}"})
            self.assertEqual(response.status_code, 416)
            self.assertEqual(response.headers["Range"], "0-999")
        response = self.put(location, sha256(CONTENT), CONTENT[1000:], **{"content-range": "5-1052"})
        self.assertEqual(response.status_code, 416)
        self.assertEqual(self.put(location, sha256(CONTENT), CONTENT[1000:]).status_code, 201)

    def test_status(self) -> None:
        location = self.begin()
        for content, expected in ((b"", "0-0"), (CONTENT, "0-2047")):
            self.patch(location, content)
            response = self.client.get(location)
            self.assertEqual(response.status_code, 204)
            self.assertEqual(response.headers["Range"], expected)
            self.assertEqual(response.headers["Location"], location)

    def test_cancel(self) -> None:
        location = self.begin()
        self.patch(location, CONTENT)
        self.assertEqual(self.client.delete(location).status_code, 204)
        self.assertEqual(self.staged(), [])
        for response in (
            self.client.get(location),
            self.client.delete(location),
            self.patch(location, CONTENT),
            self.put(location, sha256(CONTENT), CONTENT),
        ):
            self.assertEqual((response.status_code, code(response)), (404, "BLOB_UPLOAD_UNKNOWN"))

    def test_a_false_digest_publishes_nothing_and_the_session_lives(self) -> None:
        location = self.begin()
        self.patch(location, CONTENT[:1000])
        response = self.put(location, sha256(b"another"), CONTENT[1000:])
        self.assertEqual((response.status_code, code(response)), (400, "DIGEST_INVALID"))
        self.assertEqual(self.files(), [])
        self.assertFalse(Blob.objects.exists())
        self.assertEqual(self.client.get(location).headers["Range"], "0-999")
        self.assertEqual(self.put(location, sha256(CONTENT), CONTENT[1000:]).status_code, 201)

    def test_a_false_digest_in_a_single_post(self) -> None:
        response = self.client.generic("POST", f"/v2/a/blobs/uploads/?digest={sha256(b'x')}", CONTENT)
        self.assertEqual((response.status_code, code(response)), (400, "DIGEST_INVALID"))
        self.assertEqual(self.staged(), [])

    def test_false_lengths(self) -> None:
        location = self.begin()
        response = self.patch(location, CONTENT, **{"content-range": "0-99"})
        self.assertEqual((response.status_code, code(response)), (400, "SIZE_INVALID"))
        for last in (99, 4000):
            extra = {"HTTP_CONTENT_RANGE": f"0-{last}"}
            self.client.defaults.update(extra)
            response = self.chunked("PATCH", location, CONTENT)
            self.client.defaults.clear()
            self.assertEqual((response.status_code, code(response)), (400, "SIZE_INVALID"))
        self.assertEqual(self.client.get(location).headers["Range"], "0-0")

    def test_a_body_that_ends_early_can_be_resumed(self) -> None:
        location = self.begin()
        extra = {"CONTENT_LENGTH": "2048", "wsgi.input": io.BytesIO(CONTENT[:700])}
        response = self.client.generic("PATCH", location, **extra)
        self.assertEqual((response.status_code, code(response)), (400, "SIZE_INVALID"))
        self.assertEqual(self.client.get(location).headers["Range"], "0-699")
        response = self.patch(location, CONTENT[700:], **{"content-range": "700-2047"})
        self.assertEqual(response.status_code, 202)
        self.assertEqual(self.put(location, sha256(CONTENT)).status_code, 201)

    def test_a_session_belongs_to_its_repository(self) -> None:
        location = self.begin("acme/shop")
        other = location.replace("acme/shop", "other/shop")
        self.assertEqual(self.client.get(other).status_code, 404)
        self.assertEqual(self.put(other, sha256(CONTENT), CONTENT).status_code, 404)

    def test_a_repository_comes_with_its_first_content(self) -> None:
        self.begin()
        self.assertEqual(self.client.get("/v2/acme/shop/tags/list").status_code, 404)


class TransactionTests(RegistryTransactionTestCase):
    def test_no_transaction_while_bytes_arrive(self) -> None:
        open_transactions = []

        class Watched(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                open_transactions.append(connection.in_atomic_block)
                return super().read(size)

        location = self.begin()
        extra = {"CONTENT_LENGTH": "2048", "wsgi.input": Watched(CONTENT)}
        response = self.client.generic("PUT", f"{location}?digest={sha256(CONTENT)}", **extra)
        self.assertEqual(response.status_code, 201)
        self.assertEqual(set(open_transactions), {False})
