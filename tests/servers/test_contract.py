"""What each live server does: all of HTTP/1.1 that a test may come to need."""

from __future__ import annotations

import gc
import hashlib
import http.client
import resource
import ssl
import sys
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.servers.api import ERROR_HEADER, ServerStartError
from tests.servers.clients import Raw, ask, chunked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from greenroom.servers.base import Server
    from tests.servers.conftest import Gates

MEGABYTE = 1024 * 1024
LARGE = 64 * MEGABYTE


def test_a_chunked_body_reaches_the_view(server: Server) -> None:
    """A body in chunks is `request.body`, as if it had come with a length; extensions and trailers are no part of it."""
    body = b"5;name=value\r\nhello\r\n" + chunked([b" ", b"world"], trailers=b"X-Sum: 7\r\n")
    with Raw(server) as raw:
        raw.send("POST /echo/ HTTP/1.1", "Transfer-Encoding: chunked", body=body)
        assert raw.answer().body == b"hello world"  # type: ignore[attr-defined]


def test_a_connection_goes_on_after_a_chunked_body(server: Server) -> None:
    """What follows a body in chunks, with trailers and unread by the view, is the next request."""
    body = chunked([b"x" * 70_000, b"GET /boom/ HTTP/1.1\r\n\r\n"], trailers=b"X-Sum: 7\r\nX-More: 8\r\n")
    with Raw(server) as raw:
        for path, expected in (("/ignored/", b"not read"), ("/echo/", b"hello"), ("/ignored/", b"not read")):
            sent = body if path == "/ignored/" else chunked([b"hello"])
            raw.send(f"POST {path} HTTP/1.1", "Transfer-Encoding: chunked", body=sent)
            assert raw.answer().body == expected  # type: ignore[attr-defined]


def test_a_connection_goes_on_after_a_body_that_nobody_read(server: Server) -> None:
    """A body with a length that the view leaves alone is skipped."""
    with Raw(server) as raw:
        raw.send("POST /ignored/ HTTP/1.1", "Content-Length: 200000", body=b"y" * 200_000)
        assert raw.answer().body == b"not read"  # type: ignore[attr-defined]
        raw.send("GET /ignored/ HTTP/1.1")
        assert raw.answer().body == b"not read"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body", [b"no size\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"3\r\nhello\r\n0\r\n\r\n"]
)
def test_a_body_that_is_no_chunks_is_refused(server: Server, body: bytes) -> None:
    """Nonsense in place of chunks is a bad request, or the end of the connection, and never a body or another request."""
    with Raw(server) as raw:
        raw.send("POST /echo/ HTTP/1.1", "Transfer-Encoding: chunked", body=body)
        with suppress(http.client.BadStatusLine, ConnectionError):
            assert raw.answer().status == 400


def test_requests_in_a_pipeline_are_answered_in_their_order(server: Server) -> None:
    """Requests that are sent before the first answer has come are answered one after the other."""
    with Raw(server) as raw:
        for body in (b"one", b"two", b"three"):
            raw.send("POST /echo/ HTTP/1.1", f"Content-Length: {len(body)}", body=body)
        assert [raw.answer().body for _ in range(3)] == [b"one", b"two", b"three"]  # type: ignore[attr-defined]


def test_a_client_that_waits_to_be_told_to_continue_is_told(server: Server) -> None:
    """`Expect: 100-continue`: the client sends its body when the server has said that it may."""
    with Raw(server) as raw:
        raw.send("POST /echo/ HTTP/1.1", "Content-Length: 5", "Expect: 100-continue")
        assert raw.wait_for(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        raw.send_bytes(b"hello")
        assert raw.answer().body == b"hello"  # type: ignore[attr-defined]


def test_an_answer_to_head_has_no_body(server: Server) -> None:
    """HEAD has the headers of GET and no body, so the connection goes on."""
    for path in ("/ignored/", "/stream/?blocks=2"):
        assert ask(server, "HEAD", path)[::2] == (200, b"")
    with Raw(server) as raw:
        for path, length in (("/static/style.css", None), ("/media/letters.txt", "256"), ("/media/empty.txt", "0")):
            raw.send(f"HEAD {path} HTTP/1.1")
            answer = raw.answer("HEAD")
            assert (answer.status, answer.body) == (200, b"")  # type: ignore[attr-defined]
            assert answer.getheader("Content-Length") == length or length is None
        raw.send("GET /ignored/ HTTP/1.1")
        assert raw.answer().body == b"not read"  # type: ignore[attr-defined]


def test_a_stream_of_unknown_length_keeps_its_connection(server: Server) -> None:
    """A streamed answer has an end of its own: that of the connection is not needed for it."""
    with Raw(server) as raw:
        for count in (3, 1):
            raw.send(f"GET /stream/?blocks={count} HTTP/1.1")
            assert len(raw.answer().body) == count * 65536  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
def test_a_stream_that_breaks_is_no_whole_answer(server: Server) -> None:
    """Where a stream raises, the client can tell, and the exception is recorded."""
    # Django 5.2's ASGI handler leaves the body of such a request to the garbage collector.
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        ask(server, "GET", "/half/")
    wait_until(lambda: len(server.errors) == 1)
    assert [str(error.error) for error in server.errors] == ["the stream broke"]
    assert server.flights.drain(20) == []
    server.begin(object())
    gc.collect()


def test_large_uploads_and_downloads_are_not_kept_in_memory(server: Server) -> None:
    """64 MB up, with a length and in chunks, and 64 MB down take a small part of that in memory."""
    block = b"u" * 65536
    digest = hashlib.sha256(block * (LARGE // len(block))).hexdigest()
    expected = f"POST {LARGE} {digest}".encode()
    ask(server, "POST", "/digest/", body=block)
    before = peak()

    def blocks() -> Iterator[bytes]:
        for _ in range(LARGE // len(block)):
            yield block

    with_length = {"Content-Length": str(LARGE)}
    assert ask(server, "POST", "/digest/", body=blocks(), headers=with_length)[2] == expected
    assert ask(server, "POST", "/digest/", body=blocks(), encode_chunked=True)[2] == expected
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", f"/stream/?blocks={LARGE // 65536}", headers={"Host": "localhost"})
    answer = connection.getresponse()
    assert sum(map(len, iter(lambda: answer.read(65536), b""))) == LARGE
    connection.close()
    assert peak() - before < LARGE // 2


def test_a_large_file_is_sent_whole(server: Server, tmp_path: Path) -> None:
    """A media file of 64 MB comes byte for byte, and a part from its middle too."""
    block = bytes(range(256)) * 256
    with (tmp_path / "media" / "large.bin").open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)
    before = peak()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/media/large.bin", headers={"Host": "localhost"})
    answer = connection.getresponse()
    assert answer.headers["Content-Length"] == str(LARGE)
    assert all(part == block for part in iter(lambda: answer.read(len(block)), b""))
    connection.close()
    assert peak() - before < LARGE // 2
    part = {"Range": f"bytes={MEGABYTE}-{MEGABYTE + 255}"}
    assert ask(server, "GET", "/media/large.bin", headers=part)[2] == bytes(range(256))


@pytest.mark.parametrize(
    ("wanted", "status", "body", "about"),
    [
        ("bytes=0-9", 206, bytes(range(10)), "bytes 0-9/256"),
        ("bytes=250-", 206, bytes(range(250, 256)), "bytes 250-255/256"),
        ("bytes=-3", 206, bytes(range(253, 256)), "bytes 253-255/256"),
        ("bytes=250-9999", 206, bytes(range(250, 256)), "bytes 250-255/256"),
        ("bytes=256-", 416, b"", "bytes */256"),
        ("bytes=-0", 416, b"", "bytes */256"),
        ("bytes=9-3", 200, bytes(range(256)), None),
        ("bytes=0-1,5-6", 200, bytes(range(256)), None),
        ("pages=1-2", 200, bytes(range(256)), None),
    ],
)
def test_a_part_of_a_file(server: Server, wanted: str, status: int, body: bytes, about: str | None) -> None:
    """`Range` is answered as RFC 9110 says: a part, none that there is, or the whole where it can't be understood."""
    answer = ask(server, "GET", "/media/letters.txt", headers={"Range": wanted})
    assert (answer[0], answer[2], answer[1].get("content-range")) == (status, body, about)


def test_files_are_found_and_others_are_not(server: Server, tmp_path: Path) -> None:
    """Static files come from the finders; what is no file, or lies outside, is the project's to answer."""
    (tmp_path / "secret.txt").write_text("secret")
    status, headers, body = ask(server, "GET", "/static/style.css")
    assert (status, headers["content-type"], body) == (200, "text/css", b"body { color: green }")
    unchanged = {"If-Modified-Since": headers["last-modified"]}
    assert ask(server, "GET", "/static/style.css", headers=unchanged)[0] == 304
    for path in ("/static/missing.css", "/media/", "/media/../secret.txt", "/media/%2e%2e/secret.txt", "/static/%00"):
        assert ask(server, "GET", path)[0] == 404, path
    assert ask(server, "POST", "/static/style.css")[0] == 404


def test_requests_are_answered_at_the_same_time(server: Server, gates: Gates) -> None:
    """Eight requests that wait for each other all get their answer."""
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(server, "GET", "/wait/")[2])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert gates.reached.acquire(timeout=20)
    gates.let_go.set()
    for thread in threads:
        thread.join(20)
    assert answers == [b"at last"] * 8


def test_an_exception_is_recorded_and_marked(server: Server) -> None:
    """What a view raises is kept with its request and traceback, and the answer says by which number."""
    status, headers, _ = ask(server, "GET", "/boom/?why=1")
    assert status == 500
    error = server.errors.of(int(headers[ERROR_HEADER.lower()]))
    assert error is not None
    assert (error.line, repr(error.error)) == ("GET /boom/?why=1 → 500", "ValueError('the view broke')")
    assert 'raise ValueError("the view broke")' in error.traceback
    assert ERROR_HEADER.lower() not in ask(server, "GET", "/ignored/")[1]


def test_exceptions_of_one_test_are_not_those_of_the_next(server: Server) -> None:
    """A test begins with none, and those of requests that came before it are dropped."""
    ask(server, "GET", "/boom/")
    assert len(server.errors) == 1
    server.begin(object())
    assert len(server.errors) == 0


def test_a_drain_waits_for_what_is_under_way(server: Server, gates: Gates) -> None:
    """A drain ends when the last request has; the ones that come after it are turned away."""
    answers: list[bytes] = []
    thread = threading.Thread(target=lambda: answers.append(ask(server, "GET", "/wait/")[2]))
    thread.start()
    assert gates.reached.acquire(timeout=20)
    threading.Timer(0.3, gates.let_go.set).start()
    assert server.flights.drain(20) == []
    assert not list(server.flights)
    assert ask(server, "GET", "/ignored/")[0] == 503
    server.begin(object())
    assert ask(server, "GET", "/ignored/")[0] == 200
    thread.join(20)
    assert answers == [b"at last"]


def test_a_stuck_request_is_named_with_its_stack(server: Server, gates: Gates) -> None:
    """One that does not end is told of, with the line that it is at; the next drain does not wait for it again."""
    thread = threading.Thread(target=lambda: ask(server, "GET", "/wait/?for=ever"))
    thread.start()
    assert gates.reached.acquire(timeout=20)
    [stuck] = server.flights.drain(0.2)
    assert str(stuck) == "GET /wait/?for=ever"
    assert "gates.let_go.wait(30)" in stuck.stack()
    assert server.flights.drain(20) == []
    gates.let_go.set()
    thread.join(20)


def test_https_is_trusted_by_who_trusts_its_certificate(make_server: Callable[..., Server]) -> None:
    """The certificate is good for the server's name, for clients that are given its authority, and for no others."""
    server = make_server(https=True)
    assert server.ca_file is not None
    trusting = ssl.create_default_context(cafile=server.ca_file)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    for path, body in (("/secure/", b"True"), ("/static/style.css", b"body { color: green }")):
        with opener.open(server.url + path, timeout=20) as answer:
            assert answer.read() == body
    with opener.open(f"{server.url}/stream/?blocks=40", timeout=20) as answer:
        assert len(answer.read()) == 40 * 65536
    stranger = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        stranger.open(server.url + "/secure/", timeout=20)
    folder = Path(server.ca_file).parent
    server.stop()
    assert not folder.exists()


def test_a_port_that_is_taken_is_named(make_server: Callable[..., Server]) -> None:
    """A fixed port is taken where it is free; where it is not, the error says which it is."""
    port = make_server().port
    with pytest.raises(ServerStartError, match=f"Port {port} of 127.0.0.1 is in use"):
        make_server(port=port)


def test_a_fixed_port_can_be_taken_again(make_server: Callable[..., Server]) -> None:
    """The next run can have the port of the last one at once."""
    first = make_server()
    ask(first, "GET", "/ignored/")
    first.stop()
    again = make_server(port=first.port)
    assert ask(again, "GET", "/ignored/")[2] == b"not read"


def test_it_is_stopped(make_server: Callable[..., Server]) -> None:
    """A server that has been stopped has no port and no thread that takes requests; a second stop does nothing."""
    server = make_server()
    with Raw(server) as raw:
        raw.send("GET /ignored/ HTTP/1.1")
        assert raw.answer().status == 200
        server.stop()
        server.stop()
        assert raw.is_closed()
    with pytest.raises(ConnectionRefusedError):
        ask(server, "GET", "/ignored/")
    assert not [thread for thread in threading.enumerate() if thread.name == "greenroom-live-server"]


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("", "http://localhost:{port}"),
        ("tests.example", "http://tests.example:{port}"),
        ("https://a.example/", "https://a.example"),
    ],
)
def test_its_url(make_server: Callable[..., Server], root: str, expected: str) -> None:
    """The URL is that of this machine, of a host that the project names, or one that it names as a whole."""
    server = make_server(root=root)
    assert server.url == expected.format(port=server.port)


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def wait_until(happened: Callable[[], Any]) -> None:
    """Wait for something that another thread does."""
    pause = threading.Event()
    for _ in range(400):
        if happened():
            return
        pause.wait(0.05)
    raise AssertionError("it did not happen")
