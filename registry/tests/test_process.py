"""A real server in processes of its own, on SQLite in a file, and what a kill -9 in the middle of a push leaves."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import greenroom
from greenroom.cases import UnitTestCase

from tests.base import sha256
from tests.wire import Wire

CONTENT = bytes(range(256)) * 16384  # 4 MiB
_LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")


@greenroom.kind("http")
@greenroom.requires("module:gunicorn")
class ProcessTests(UnitTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="registry-")
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name)
        # Settings of whoever runs the tests are none of this server's.
        mine = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
        self.environment = mine | {"REGISTRY_DATA": folder.name, "DJANGO_SETTINGS_MODULE": "project.settings"}
        self.manage = [sys.executable, str(Path(__file__).parent.parent / "manage.py")]
        self.log: list[str] = []

    def serve(self, workers: int = 2, threads: int = 4) -> tuple[Wire, "subprocess.Popen[str]"]:
        """A server, when it listens."""
        numbers = ["--workers", str(workers), "--threads", str(threads)]
        command = [*self.manage, "registry_serve", "--bind", "127.0.0.1:0", *numbers]
        server = subprocess.Popen(
            command, env=self.environment, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.addCleanup(self.kill, server)
        assert server.stderr is not None
        for line in server.stderr:
            self.log.append(line)
            if found := _LISTENING.search(line):
                # Read on, or a full pipe would stop the server.
                threading.Thread(target=self.log.extend, args=(server.stderr,), daemon=True).start()
                return Wire(found[1]), server
        raise AssertionError("the server did not start:\n" + "".join(self.log))

    def kill(self, server: "subprocess.Popen[str]") -> None:
        """Send SIGKILL to the server and all its workers."""
        if server.returncode is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()

    def files(self, folder: str) -> list[Path]:
        return [path for path in (self.data / folder).rglob("*") if path.is_file()]

    def test_killed_in_the_middle_of_a_push(self) -> None:
        wire, server = self.serve()
        location = wire.begin()
        blob = f"/v2/acme/shop/blobs/{sha256(CONTENT)}"
        head = f"PUT {location}?digest={sha256(CONTENT)} HTTP/1.1 | Content-Length: {len(CONTENT)}"
        with wire.raw(head, CONTENT[:3_000_000]):
            self.assertGreaterEqual(wire.arrived(location, 2_000_000), 2_000_000)
            self.kill(server)
        self.assertEqual(self.files("content"), [])

        wire, server = self.serve()
        self.assertEqual(wire.ask("HEAD", blob).status, 404)
        there = wire.arrived(location, 2_000_000)
        self.assertTrue(2_000_000 <= there <= 3_000_000, there)
        place = f"{there}-{len(CONTENT) - 1}"
        self.assertEqual(wire.ask("PATCH", location, CONTENT[there:], Content_Range=place).status, 202)
        self.assertEqual(wire.ask("PUT", f"{location}?digest={sha256(CONTENT)}").status, 201)
        self.assertEqual(sha256(wire.ask("GET", blob).body), sha256(CONTENT))
        self.assertEqual(self.files("uploads"), [])

        # One more that nobody takes up again.
        location = wire.begin()
        with wire.raw(f"PATCH {location} HTTP/1.1 | Content-Length: {len(CONTENT)}", CONTENT[:3_000_000]):
            wire.arrived(location, 2_000_000)
            self.kill(server)
        self.assertEqual(len(self.files("uploads")), 1)
        purge = [*self.manage, "registry_purge_uploads", "--older-than", "0"]
        subprocess.run(purge, env=self.environment, check=True, capture_output=True)
        self.assertEqual(self.files("uploads"), [])

    def test_eight_pushers(self) -> None:
        wire, server = self.serve()
        failures, tags = wire.push_at_once(8, 4)
        self.assertEqual(failures, [])
        self.assertEqual(json.loads(wire.ask("GET", "/v2/acme/shop/tags/list").body)["tags"], tags)
        self.assertEqual(len(self.files("content")), 34)
        self.kill(server)
        self.assertNotIn("locked", "".join(self.log))

    def test_connections_that_go_on_keep_no_others_out(self) -> None:
        # Connections stay on their thread while they go on: of three times as many as threads each gets its answers.
        wire, _ = self.serve(workers=1, threads=2)
        with contextlib.ExitStack() as stack:
            clients = [http.client.HTTPConnection(wire.host, wire.port, timeout=30) for _ in range(6)]
            for client in clients:
                stack.callback(client.close)
            for _ in range(5):
                for client in clients:
                    client.request("GET", "/v2/")
                for client in clients:
                    answer = client.getresponse()
                    self.assertEqual((answer.status, answer.read()), (200, b"{}"))

    def test_requests_that_are_sent_at_once(self) -> None:
        wire, _ = self.serve(workers=1)
        with socket.create_connection((wire.host, wire.port), timeout=30) as client:
            client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
            received = b""
            while received.count(b"\r\n\r\n{}") < 3:
                piece = client.recv(65536)
                self.assertTrue(piece, received)
                received += piece
        self.assertEqual(received.count(b"HTTP/1.1 200 OK"), 3)
