"""HTTP and HTTPS with one server, by the proxy that the environment names for it. Standard library only.

What decides is what other programs of Python go by: `http_proxy`, `https_proxy` and `no_proxy`, in small or large letters, and
`SSL_CERT_FILE` or `SSL_CERT_DIR` for authorities that the machine does not know.
"""

from __future__ import annotations

import base64
import http.client
import select
import ssl
import time
import urllib.request
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit


class UnreachableError(Exception):
    """There was no answer, or none that a server in order gives: what was asked for may or may not have been done."""


class DeniedError(Exception):
    """The server answers, and will answer the same the next time: the address, the password or a right is wrong."""


class Connection:
    """A connection that is kept, and opened again where it was closed.

    Args:
        url: of the server; only its scheme, host and port count.
        timeout: seconds for an answer.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.requests = 0
        """How many requests were sent."""
        self.lag = 60.0
        """The seconds of the shortest request so far: what each costs, whatever it asks."""
        self._url = url
        self._timeout = timeout
        self._open: http.client.HTTPConnection | None = None
        self._before = ""
        """What a path is put behind: a proxy of plain HTTP is told the whole address."""
        self._more: dict[str, str] = {}

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, Any, bytes]:
        """Send a request.

        Returns:
            The status, the headers and the content of the answer.

        Raises:
            UnreachableError: there was no answer.
            DeniedError: the server is not trusted, or the proxy is none.
        """
        self.requests += 1
        began = time.monotonic()
        try:
            connection = self._connected()
            connection.request(method, self._before + path, body or None, {**headers, **self._more})
            response = connection.getresponse()
            found = response.status, response.headers, response.read()
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise DeniedError(
                f"the certificate of {self._url} is not trusted: {error.verify_message} (the variable SSL_CERT_FILE names a"
                " file with the certificates of authorities that are)"
            ) from None
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            raise UnreachableError(f"the server ended the connection ({type(error).__name__})") from None
        except TimeoutError:
            self.close()
            raise UnreachableError(f"the server did not answer in {self._timeout:g} seconds") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UnreachableError(f"the server can't be reached: {reason}") from None
        if found[0] == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise DeniedError("the proxy wants a name and a password: http://name:password@host:port")
        self.lag = min(self.lag, time.monotonic() - began)
        return found

    def close(self) -> None:
        """Let go of it; it is opened again when it is needed."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._open is not None and _is_over(self._open):
            self.close()
        if self._open is None:
            self._open = self._connect()
        return self._open

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._url)
        host = parts.hostname or ""
        secure = parts.scheme == "https"
        named = urllib.request.getproxies().get(parts.scheme, "")
        if not named or urllib.request.proxy_bypass(parts.netloc):
            return self._to(host, parts.port, secure=secure)
        proxy = _proxy(named)
        self._more = _name_of(proxy)
        connection = self._to(proxy.hostname or "", proxy.port or 3128, secure=secure)
        if secure:
            connection.set_tunnel(host, parts.port or 443, self._more)
            self._more = {}  # They are for the proxy alone.
        else:
            self._before = f"http://{parts.netloc}"
        return connection

    def _to(self, host: str, port: int | None, *, secure: bool) -> http.client.HTTPConnection:
        if secure:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=self._timeout)


def _is_over(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed it since the last answer: it said nothing that was not read, so there is an end to read."""
    sock = connection.sock
    return sock is not None and bool(select.select([sock], [], [], 0)[0])


def _proxy(named: str) -> SplitResult:
    """A proxy, as a variable names it.

    Raises:
        DeniedError: it names none.
    """
    try:
        found = urlsplit(named if "//" in named else f"//{named}")
        usable = found.scheme in {"", "http"} and bool(found.hostname) and found.port != 0
    except ValueError:
        usable = False
    if usable:
        return found
    shown = named.rpartition("@")[2]  # What stands before may be a password.
    raise DeniedError(
        f"the proxy that the environment names is none of HTTP: {shown} (such as http://proxy.example.com:3128)"
    )


def _name_of(proxy: SplitResult) -> dict[str, str]:
    """What says to a proxy who asks; nothing where it is open to all."""
    if proxy.username is None:
        return {}
    both = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}
