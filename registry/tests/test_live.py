"""The registry behind a live server: what only a real connection can do to it."""

import json
import socket
import time
from collections.abc import Iterator

from greenroom.cases import HttpTestCase

from oci.models import Blob
from oci.services.collecting import purge
from tests.base import OwnFolder, descriptor, sha256
from tests.wire import Wire

CONTENT = bytes(range(256)) * 4096  # a megabyte
SMALL = CONTENT[:2048]


def pieces(content: bytes, size: int = 100_000) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


class LiveTestCase(OwnFolder, HttpTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.wire = Wire(self.live_server_url)

    def finish(self, location: str, content: bytes) -> None:
        """End an upload, and compare what can be pulled."""
        answer = self.wire.ask("PUT", f"{location}?digest={sha256(content)}")
        self.assertEqual(answer.status, 201, answer.body)
        answer = self.wire.ask("GET", f"/v2/acme/shop/blobs/{sha256(content)}")
        self.assertEqual((answer.status, sha256(answer.body)), (200, sha256(content)))


class ChunkedTests(LiveTestCase):
    def test_a_stream(self) -> None:
        location = self.wire.begin()
        self.assertEqual(self.wire.ask("PATCH", location, pieces(CONTENT)).status, 202)
        self.finish(location, CONTENT)

    def test_a_stream_with_the_last_request(self) -> None:
        answer = self.wire.ask("PUT", f"{self.wire.begin()}?digest={sha256(CONTENT)}", pieces(CONTENT))
        self.assertEqual(answer.status, 201)
        self.assertEqual(self.wire.ask("GET", f"/v2/acme/shop/blobs/{sha256(CONTENT)}").body, CONTENT)

    def test_a_manifest(self) -> None:
        self.push_blob(b"{}")
        kind = "application/vnd.oci.image.manifest.v1+json"
        config = descriptor(b"{}", "application/vnd.oci.image.config.v1+json")
        content = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}).encode()
        answer = self.wire.ask("PUT", "/v2/acme/shop/manifests/v1", pieces(content, 50), Content_Type=kind)
        self.assertEqual(answer.status, 201, answer.body)
        self.assertEqual(self.wire.ask("GET", f"/v2/acme/shop/manifests/{sha256(content)}").body, content)

    def test_a_slow_stream(self) -> None:
        def slowly() -> Iterator[bytes]:
            for piece in pieces(SMALL, 256):
                time.sleep(0.01)
                yield piece

        location = self.wire.begin()
        self.assertEqual(self.wire.ask("PATCH", location, slowly()).status, 202)
        self.finish(location, SMALL)

    def test_a_stream_that_breaks_off_goes_on(self) -> None:
        location = self.wire.begin()
        chunk = b"400\r\n" + SMALL[:1024] + b"\r\n"
        with self.wire.raw(f"PATCH {location} HTTP/1.1 | Transfer-Encoding: chunked", chunk) as opened:
            opened.shutdown(socket.SHUT_WR)
            self.assertEqual(self.wire.answer_of(opened).status, 400)
        # A piece that has not arrived as a whole may be lost; what the server says is there is there.
        last = int(self.wire.ask("GET", location).headers["Range"].partition("-")[2])
        there = last + 1 if last else 0
        self.assertEqual(self.wire.ask("PATCH", location, pieces(SMALL[there:])).status, 202)
        self.finish(location, SMALL)


class BrokenTests(LiveTestCase):
    def test_a_connection_that_breaks_is_resumed(self) -> None:
        location = self.wire.begin()
        self.wire.raw(f"PATCH {location} HTTP/1.1 | Content-Length: 2048", SMALL[:700]).close()
        self.assertEqual(self.wire.arrived(location, 700), 700)
        answer = self.wire.ask("PATCH", location, SMALL[700:], Content_Range="700-2047")
        self.assertEqual((answer.status, answer.headers["Range"]), (202, "0-2047"))
        self.finish(location, SMALL)

    def test_a_last_request_that_breaks_publishes_nothing(self) -> None:
        location = self.wire.begin()
        url = f"{location}?digest={sha256(SMALL)}"
        self.wire.raw(f"PUT {url} HTTP/1.1 | Content-Length: 2048", SMALL[:700]).close()
        self.assertEqual(self.wire.arrived(location, 700), 700)
        self.assertEqual(self.wire.ask("HEAD", f"/v2/acme/shop/blobs/{sha256(SMALL)}").status, 404)
        self.assertEqual(self.files(), [])
        self.assertEqual(self.wire.ask("PUT", url, SMALL[700:]).status, 201)

    def test_what_is_not_taken_up_again_is_purged(self) -> None:
        location = self.wire.begin()
        self.wire.raw(f"PATCH {location} HTTP/1.1 | Content-Length: 2048", SMALL[:700]).close()
        self.wire.arrived(location, 700)
        self.assertEqual(purge(0), 1)
        self.assertEqual(self.wire.ask("GET", location).status, 404)
        self.assertEqual(self.staged(), [])

    def test_false_lengths(self) -> None:
        location = self.wire.begin()
        for length, content_range in (("2048", "0-99"), ("2048", "0-4095")):
            answer = self.wire.ask("PATCH", location, SMALL, Content_Length=length, Content_Range=content_range)
            self.assertEqual((answer.status, answer.code), (400, "SIZE_INVALID"))
            answer = self.wire.ask("PATCH", location, pieces(SMALL), Content_Range=content_range)
            self.assertEqual((answer.status, answer.code), (400, "SIZE_INVALID"))
        self.assertEqual(self.wire.ask("GET", location).headers["Range"], "0-0")
        self.finish(location, b"")

    def test_bytes_behind_the_length_are_not_the_blobs(self) -> None:
        location = self.wire.begin()
        with self.wire.raw(f"PATCH {location} HTTP/1.1 | Content-Length: 1000", SMALL) as opened:
            self.assertEqual(self.wire.answer_of(opened).headers["Range"], "0-999")
        self.finish(location, SMALL[:1000])

    def test_chunks_that_are_none(self) -> None:
        location = self.wire.begin()
        with self.wire.raw(
            f"PATCH {location} HTTP/1.1 | Transfer-Encoding: chunked", b"zz\r\nbytes\r\n0\r\n\r\n"
        ) as opened:
            self.assertEqual(self.wire.answer_of(opened).status, 400)
        self.finish(location, b"")


class RangeTests(LiveTestCase):
    def test_parts(self) -> None:
        url = f"/v2/acme/shop/blobs/{self.push_blob(CONTENT)}"
        for asked, expected in (
            ("bytes=0-0", CONTENT[:1]),
            ("bytes=500000-600000", CONTENT[500000:600001]),
            ("bytes=-5", CONTENT[-5:]),
            ("bytes=1048570-", CONTENT[-6:]),
        ):
            with self.subTest(asked):
                answer = self.wire.ask("GET", url, Range=asked)
                self.assertEqual((answer.status, answer.body), (206, expected))
        self.assertEqual(self.wire.ask("GET", url, Range="bytes=1048576-").status, 416)


class ConcurrentTests(LiveTestCase):
    def test_eight_pushers(self) -> None:
        failures, tags = self.wire.push_at_once(8, 2)
        self.assertEqual(failures, [])
        self.assertEqual(json.loads(self.wire.ask("GET", "/v2/acme/shop/tags/list").body)["tags"], tags)
        # One for each image, the configuration, and the layer that all have.
        self.assertEqual((Blob.objects.count(), len(self.files())), (18, 18))
