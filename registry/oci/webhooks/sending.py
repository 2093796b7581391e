"""Sends one message.

A webhook's address comes from a person, and this server stands inside of a network: without care anybody who may enter
a webhook could make it talk to databases, to cloud metadata, or to itself. So the name is looked up once, every address
is judged, and the connection goes to that very address: a name that means something else a moment later gains nothing.
Redirects are not followed.
"""

import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

from oci.webhooks.conf import conf

_READ = 4096  # bytes of the answer; they are shown to nobody
# The whole of a delivery takes this many times the time limit at most: a limit for each byte alone would let a service
# that sends one now and then hold up all others.
LIMIT = 3


class RefusedAddressError(Exception):
    """The webhook leads to a place that it must not lead to."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`X-Registry-Signature`: HMAC-SHA-256 over time and body, so that an old message cannot be sent again as new."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(url: str, secret: str, event: str, body: bytes) -> int:
    """POST a message. Returns the status. Raises RefusedAddressError, OSError, http.client.HTTPException."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise RefusedAddressError("not an http or https address")
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "django-oci-registry",
        "X-Registry-Event": event,
        "X-Registry-Timestamp": timestamp,
        "X-Registry-Signature": signature(secret, timestamp, body),
    }
    connection = _Pinned(parts)
    clock = threading.Timer(LIMIT * conf().timeout, connection.cut)
    clock.daemon = True
    clock.start()
    try:
        # http.client refuses control characters in each of these.
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        response.read(_READ)
        return response.status
    finally:
        clock.cancel()
        connection.close()


def addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """Where a host may be reached. Raises RefusedAddressError where one of its addresses is not public."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        if not is_allowed(host, str(place[0])):
            raise RefusedAddressError(f"{host} is on this machine or in a private network")
    return found


def is_allowed(host: str, address: str) -> bool:
    """Whether the settings let this address be reached."""
    allowed = conf().private_hosts
    return conf().allow_private or host in allowed or address in allowed or _is_public(address)


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        # IPv4 in disguise: mapped, 6to4, and what translates to IPv4 (64:ff9b::/96).
        inner = address.ipv4_mapped or address.sixtofour
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            return False
        if inner is not None:
            return _is_public(str(inner))
    return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to addresses that were judged, under the host's own name."""

    def __init__(self, parts: SplitResult) -> None:
        self._secure = parts.scheme == "https"
        self.default_port = 443 if self._secure else 80
        host = parts.hostname or ""
        super().__init__(host, parts.port or self.default_port, timeout=conf().timeout)

    def cut(self) -> None:
        """End it from another thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)

    def connect(self) -> None:
        last: OSError = OSError("the host has no address")
        for family, kind, protocol, _, place in addresses(self.host, self.port):
            plain = socket.socket(family, kind, protocol)
            plain.settimeout(conf().timeout)
            try:
                plain.connect(place)
                self.sock = self._wrapped(plain)
            except OSError as error:
                plain.close()
                last = error
            else:
                return
        raise last

    def _wrapped(self, plain: socket.socket) -> socket.socket:
        if not self._secure:
            return plain
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
