"""A proxy of HTTP, as companies have them between their machines and everything else."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tools.kiwi.network import Door, pass_on

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy(Door):
    """Passes requests on to where they say, by CONNECT or by an address as their target; it has no other way.

    Args:
        wants: `name:password`; empty: it is open to all.
    """

    def __init__(self, wants: str = "") -> None:
        self.asked: list[str] = []
        """The first line of each connection."""
        self._wants = f"basic {base64.b64encode(wants.encode()).decode()}".lower() if wants else ""
        super().__init__()
        self.url = f"http://{wants}{'@' if wants else ''}127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        """Pass on what one client asks for."""
        with contextlib.suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(1 << 16)
            line, _, fields = head.decode("latin-1").partition("\r\n")
            self.asked.append(line)
            if self._wants and f"proxy-authorization: {self._wants}" not in fields.lower():
                client.sendall(_REFUSED)
                return
            method, target, _ = line.split(" ")
            tunnel = method == "CONNECT"
            host, _, port = (target if tunnel else urlsplit(target).netloc).partition(":")
            with socket.create_connection((host, int(port or 80))) as server:
                self._kept.append(server)
                if tunnel:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    server.sendall(head)
                threading.Thread(target=pass_on, args=(client, server), daemon=True).start()
                pass_on(server, client)


@contextlib.contextmanager
def proxy(wants: str = "") -> Iterator[Proxy]:
    """A proxy for as long as it is wanted."""
    found = Proxy(wants)
    try:
        yield found
    finally:
        found.close()
