"""What stands between a sender and its server: certificates, proxies, connections that were closed meanwhile."""

from __future__ import annotations

import http.server
import os
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from greenroom.reporters.kiwi.connection import Connection, DeniedError, UnreachableError
from greenroom.reporters.kiwi.places import moment, moment_in, zone_of
from greenroom.reporters.kiwi.rpc import Client
from greenroom.reporters.kiwi.settings import Server, server_from
from greenroom.servers.certificates import Certificate
from tests.kiwi.proxy import proxy
from tests.kiwi.support import Told, ended, story
from tools.kiwi.network import relay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.kiwi.server import KiwiServer

RUN = story(ended(0, "a.A.test_one", "failed", "why"))
THERE = {"test_one": "FAILED"}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own network needs is not meant."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT"):
            monkeypatch.delenv(name)


@pytest.fixture
def certificate() -> Iterator[Certificate]:
    """Of an authority that no machine knows, as companies have one."""
    found = Certificate()
    yield found
    found.close()


def test_a_server_that_no_authority_vouches_for(told: Told, certificate: Certificate) -> None:
    """One line says what to do; that done, all arrives."""
    with relay(told.server.port, tls=certificate.server_context()) as network:
        assert network.url.startswith("https://")
        state = told.send(RUN, url=network.url)
        assert state.trouble.startswith(
            f"the certificate of https://127.0.0.1:{network.port}/json-rpc/ is not trusted: "
        )
        assert "(the variable SSL_CERT_FILE names a file with the certificates" in state.trouble
        state = told.send(RUN, url=network.url, env={"SSL_CERT_FILE": certificate.ca_file})
        assert state.done, state
        assert state.url.startswith(f"https://127.0.0.1:{network.port}/runs/")
    assert told.found.statuses() == THERE


def test_the_proxy_of_the_environment(told: Told, certificate: Certificate) -> None:
    """Of plain HTTP it is told the address, for HTTPS it makes a tunnel; its password is in no line that says so."""
    with proxy("some one:s3cret@") as through, relay(told.server.port, tls=certificate.server_context()) as network:
        user, password = "some%20one", "s3cret%40"
        url = through.url.replace("some one:s3cret@", f"{user}:{password}", 1)
        state = told.send(RUN, env={"http_proxy": url})
        assert state.done, state
        assert all(line.startswith(f"POST http://127.0.0.1:{told.server.port}/json-rpc/ ") for line in through.asked)
        through.asked.clear()
        more = {"https_proxy": url, "SSL_CERT_FILE": certificate.ca_file}
        assert told.send(RUN, url=network.url, env=more).done
        assert {line.rpartition(" ")[0] for line in through.asked} == {f"CONNECT 127.0.0.1:{network.port}"}
        # Some are not to go there.
        through.asked.clear()
        assert told.send(RUN, env={"no_proxy": "example.com,127.0.0.1"}).done
        assert not through.asked
        refused = told.send(RUN, env={"no_proxy": "", "http_proxy": through.url.replace("s3cret", "guessed")})
        assert refused.trouble == "the proxy wants a name and a password: http://name:password@host:port"
        refused = told.send(RUN, url=network.url, env={"https_proxy": through.url.replace("s3cret", "guessed")})
        assert "407" in refused.trouble
        assert "guessed" not in refused.trouble
    assert told.found.statuses() == THERE
    assert len(told.found.comments("test_one")) == 1


@pytest.mark.parametrize("named", ["socks5://a:s3cret@b:1080", "http://a:s3cret@b:no", "http://"])
def test_what_is_no_proxy_of_http(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is said to be none, without its password, before anything is sent."""
    monkeypatch.setenv("http_proxy", named)
    with pytest.raises(DeniedError, match="the proxy that the environment names is none of HTTP: ") as caught:
        Connection("http://127.0.0.1:1/", 1.0).ask("GET", "/", {})
    assert "s3cret" not in str(caught.value)


def test_a_connection_that_the_server_has_closed_meanwhile(server: KiwiServer) -> None:
    """Is opened again before anything is asked: between two deliveries a server may get tired of waiting."""
    with relay(server.port) as network:
        client = Client(server_from({**server.variables(), "TCMS_API_URL": network.url}))
        assert client.call("Priority.filter", {})
        network.drop()
        assert client.call("Priority.filter", {})
        client.close()


def test_the_time_zone_of_a_server(server: KiwiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is on its pages; where it is not, or this machine does not know it, it is the one that servers have by default."""
    client = Client(server_from(server.variables()))
    assert str(zone_of(client)) == "Asia/Kathmandu"
    client.close()
    for said in ("", "Nowhere/Land", "../etc", "/"):
        monkeypatch.setattr(client, "time_zone", lambda said=said: said)
        assert str(zone_of(client)) == "UTC"


def test_a_page_that_is_not_given_now(server: KiwiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is asked for again later: the official image limits how many it gives, and dates in a wrong zone would be hours off."""
    client = Client(server_from(server.variables()))
    for status in (429, 500, 503):
        monkeypatch.setattr(client._connection, "ask", lambda *_, status=status: (status, {}, b""))
        with pytest.raises(UnreachableError, match=f"with status {status}"):
            zone_of(client)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (301, DeniedError, r"leads to https://elsewhere.example.com/xml-rpc/: configure that address"),
        (200, DeniedError, r"there is no Kiwi TCMS at http://127.0.0.1:\d+/json-rpc/ \(status 200\)"),
        (404, DeniedError, r"there is no Kiwi TCMS at http://127.0.0.1:\d+/json-rpc/ \(status 404\)"),
        (429, UnreachableError, "the server answers with status 429"),
        (502, UnreachableError, "the server answers with status 502"),
    ],
)
def test_what_answers_in_place_of_kiwi(status: int, error: type[Exception], said: str) -> None:
    """A server that wants HTTPS, another one, one that is too busy, a gateway whose server is gone: each is named."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", "https://elsewhere.example.com/xml-rpc/")
            self.send_header("Content-Length", "15")
            self.end_headers()
            self.wfile.write(b"<p>No Kiwi.</p>")

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as found:
        threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
        client = Client(Server(f"http://127.0.0.1:{found.server_port}/json-rpc/", "tester", "secret"))
        with pytest.raises(error, match=said):
            client.call("Priority.filter", {})
        client.close()
        found.shutdown()


def test_a_server_of_another_protocol() -> None:
    """HTTPS is asked of a server of HTTP, and of one that says nothing at all."""
    with relay(0) as network:
        client = Client(Server(network.url.replace("http:", "https:"), "tester", "secret"), 0.2)
        with pytest.raises(UnreachableError, match=r"the server did not answer in 0\.2 seconds"):
            client.call("Priority.filter", {})


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        (1_767_225_600.1239, "America/New_York", "2025-12-31 19:00:00.123"),
        (1_782_864_000.0, "America/New_York", "2026-06-30 20:00:00.000"),
        (1_767_225_600.0, "Asia/Kathmandu", "2026-01-01 05:45:00.000"),
        (1_767_225_600.0, "Etc/UTC", "2026-01-01 00:00:00.000"),
    ],
)
def test_dates(at: float, zone: str, said: str) -> None:
    """They are in the server's zone, in summer as in winter, and what it tells is recognised however it puts it."""
    there = ZoneInfo(zone)
    assert moment(at, there) == said
    assert moment_in(said.replace(" ", "T"), there) == said
    assert moment_in(datetime.fromtimestamp(at, UTC).isoformat(), there) == said
    assert moment_in(None, there) == ""
