"""A client that speaks to a server over a socket: chunked bodies, parts of bodies, pushes by many at once."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.base import descriptor, sha256

_PATIENCE = 20.0  # seconds


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def code(self) -> str:
        """The spec's code of an error."""
        return json.loads(self.body)["errors"][0]["code"]


class Wire:
    """A connection for each request, so that one that a test broke is none of the next one's."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 80

    def ask(self, method: str, path: str, body: bytes | Iterable[bytes] | None = None, **headers: str) -> Answer:
        """A request. A body that is no bytes is sent in chunks, as it comes. `content_range` is Content-Range."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        chunked = body is not None and not isinstance(body, bytes)
        if chunked:
            named["Transfer-Encoding"] = "chunked"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, named, encode_chunked=chunked)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def raw(self, text: str, body: bytes = b"") -> socket.socket:
        """The beginning of a request, its lines separated by |, and of its body. The caller closes the socket."""
        lines = [line.strip() for line in text.split("|")]
        opened = socket.create_connection((self.host, self.port), timeout=_PATIENCE)
        opened.sendall("\r\n".join([*lines, "Host: registry", "", ""]).encode() + body)
        return opened

    def answer_of(self, opened: socket.socket) -> Answer:
        """The answer that comes at a socket."""
        response = http.client.HTTPResponse(opened)
        response.begin()
        return Answer(response.status, response.headers, response.read())

    def begin(self, name: str = "acme/shop") -> str:
        """A new upload's path."""
        return path(self.ask("POST", f"/v2/{name}/blobs/uploads/"))

    def arrived(self, location: str, least: int) -> int:
        """Bytes of an upload that are there, when there are so many at least."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            offset = int(self.ask("GET", location).headers["Range"].partition("-")[2]) + 1
            if offset >= least or time.monotonic() > deadline:
                return offset
            time.sleep(0.02)

    def push(self, name: str, tag: str, *layers: bytes) -> list[int]:
        """An image. Returns the status of each step."""
        config = b"{}"
        done = []
        for content in (config, *layers):
            url = f"{self.begin(name)}?digest={sha256(content)}"
            done.append(self.ask("PUT", url, content).status)
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers],
        }
        body = json.dumps(manifest).encode()
        done.append(self.ask("PUT", f"/v2/{name}/manifests/{tag}", body, Content_Type=kind).status)
        return done

    def push_at_once(self, pushers: int, images: int, name: str = "acme/shop") -> tuple[list[object], list[str]]:
        """Images by so many threads, with a layer that they all have. Returns what was no success, and the tags."""
        failures: list[object] = []

        def run(number: int) -> None:
            try:
                for turn in range(images):
                    own = f"{number}-{turn}"
                    done = self.push(name, own, b"shared by all", own.encode())
                    failures.extend(status for status in done if status != 201)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(pushers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return failures, sorted(f"{number}-{turn}" for number in range(pushers) for turn in range(images))


def path(answer: Answer) -> str:
    """The path of an answer's Location."""
    return urlsplit(answer.headers["Location"]).path
