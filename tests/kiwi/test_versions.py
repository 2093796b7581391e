"""What differs between servers from 12.4 to 16.2; which kind one is follows from the methods that it lists."""

from __future__ import annotations

import http.server
import re
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from greenroom import events
from greenroom.reporters import kiwi
from greenroom.reporters.kiwi.attachments import LIMIT
from greenroom.reporters.kiwi.rpc import Client, call
from greenroom.reporters.kiwi.settings import server_from
from tests.kiwi.support import BEGAN, Told, configured, ended, over, planned, started

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from greenroom.reporters.kiwi.rpc import Call
    from tools.kiwi.server import KiwiServer

TO_EXECUTION, TO_RUN = "TestExecution.add_attachment", "TestRun.add_attachment"
LIST = "TestExecution.list_attachments"
LITERAL = re.compile(r'"([A-Z]\w+\.[a-z_]+|system\.\w+)"')
FILES = """
    select t.model, a.object_id, a.attachment_file from attachments_attachment a
    join django_content_type t on t.id = a.content_type_id where a.attachment_file like ?
"""


class Calls:
    """What is asked, and what a server is taken to list."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[Call] = []
        self.more: set[str] = set()
        self.less: set[str] = set()
        self._batch = Client.batch

        def batch(client: Client, calls: Sequence[Call]) -> list[Any]:
            return self._ask(client, calls)

        monkeypatch.setattr(Client, "batch", batch)

    @property
    def methods(self) -> list[str]:
        """The methods of all calls."""
        return [one.method for one in self.made]

    def _ask(self, client: Client, calls: Sequence[Call]) -> list[Any]:
        self.made += calls
        answers = self._batch(client, calls)
        for number, one in enumerate(calls):
            if one.method == "system.listMethods":
                answers[number] = sorted({*answers[number], *self.more} - self.less)
        return answers


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """All calls that are made."""
    return Calls(monkeypatch)


@pytest.fixture
def client(server: KiwiServer) -> Iterator[Client]:
    """Asks the server as an administrator."""
    found = Client(server_from(configured(server, "any") | server.variables("admin")))
    yield found
    found.close()


@pytest.fixture
def methods(client: Client) -> frozenset[str]:
    """What the server lists."""
    return frozenset(client.call("system.listMethods"))


def story(*tests: events.TestFinished, at: float = BEGAN) -> list[Any]:
    """A run of these tests."""
    return [started(at), *(planned(test.index, test.test) for test in tests), *tests, over()]


def shot(folder: Path, name: str, size: int = 100) -> events.Attachment:
    """An attachment, and its file."""
    (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n".ljust(size, b"x"))
    return events.Attachment(name, name, "image/png", size)


def test_all_methods_are_listed(told: Told, calls: Calls, methods: frozenset[str]) -> None:
    """What is called in a delivery and what stands in the source; the choice among them is tested below."""
    attached = (shot(told.folder, "listed.png"),)
    assert told.send(story(ended(0, "a.A.test_one", "failed", "why", attachments=attached))).done
    source = "".join(path.read_text() for path in Path(kiwi.__file__).parent.glob("*.py"))
    used = {*calls.methods, *LITERAL.findall(source)}
    assert {"TestRun.create", "TestCase.create", "Build.filter", "TestCase.remove", TO_RUN} <= used
    assert used - {TO_EXECUTION, LIST} <= methods


def test_a_file_goes_to_the_execution_where_the_server_can(told: Told, methods: frozenset[str]) -> None:
    """From 15.3 on; else to the run. The largest that is sent arrives, none twice; one that is gone or refused is counted."""
    gone = events.Attachment("gone.png", "gone.png", "image/png", 5)
    (told.folder / "page.html").write_text("<script>alert(1)</script>")
    page = events.Attachment("page.html", "page.html", "text/html", 25)
    attached = (shot(told.folder, "a large shot.png", LIMIT), gone, page)
    run = story(ended(0, "a.A.test_one", "failed", "why", attachments=attached))
    for missing in (2, 0):
        state = told.send(run)
        assert (state.done, state.left_out) == (True, missing)
    ((execution,),) = told.server.query("select id from testruns_testexecution where run_id = ?", told.found.run)
    owner = ("testexecution", str(execution)) if TO_EXECUTION in methods else ("testrun", str(told.found.run))
    ((*found, path),) = told.server.query(FILES, "%a_large_shot.png")
    assert tuple(found) == owner
    assert re.search(rf"/{execution}-0-[0-9a-f]{{8}}-a_large_shot\.png$", path)


@pytest.mark.parametrize(("listed", "method"), [(True, TO_EXECUTION), (False, TO_RUN)])
def test_the_list_decides(told: Told, calls: Calls, methods: frozenset[str], *, listed: bool, method: str) -> None:
    """Not a version: a server that lists what it does not have leaves files out, and all else arrives."""
    (calls.more if listed else calls.less).add(TO_EXECUTION)
    attached = (shot(told.folder, "chosen.png"),)
    state = told.send(story(ended(0, "a.A.test_one", "failed", "why", attachments=attached)))
    assert (state.done, state.left_out) == (True, method not in methods)
    assert [one.method for one in calls.made if one.method in {TO_EXECUTION, TO_RUN}] == [method]
    assert told.found.statuses() == {"test_one": "FAILED"}


def test_a_file_whose_answer_is_lost(told: Told, methods: frozenset[str]) -> None:
    """Is there once where files can be listed; on older servers once for each try."""
    run = story(ended(0, "a.A.test_one", "failed", "why", attachments=(shot(told.folder, "lost.png"),)))
    breaking = Breaking(told.server, ".add_attachment", after=True)
    try:
        assert told.send(run, url=breaking.url).done == (LIST in methods)
    finally:
        breaking.close()
    assert told.send(run).done
    assert len(told.server.query(FILES, "%-lost%.png")) == (1 if LIST in methods else 3)
    # Another file of the same name, with another result of the same execution, is not taken for it.
    other = ended(0, "a.A.test_one", "error", "how", attachments=(shot(told.folder, "lost.png", 200),))
    assert told.send(story(other, at=BEGAN + 1), run=told.found.run).done
    assert len(told.server.query(FILES, "%-lost%.png")) == (2 if LIST in methods else 4)


def test_marks_of_html_are_no_other_names(told: Told, calls: Calls) -> None:
    """Servers escape what they say; what is there is found again all the same."""
    names = [f"test_{marks} (a.A.test)" for marks in ("<b>&'\"", "&amp;", "&lt;b&gt;")]
    product = f'{told.product} <&amp;> & "it\'s"'[:64]
    tests = [ended(number, "a.A.test", "failed", "<&amp;>", name=name) for number, name in enumerate(names)]
    for number in range(2):
        told.product = product
        assert told.send(story(*tests)).done
        if number:
            assert not [method for method in calls.methods if method.endswith((".create", ".update", ".add_comment"))]
        calls.made.clear()
    rows = told.server.query("select count(*) from management_product where name like ?", f"{product[:20]}%")
    assert rows == [(1,)]
    assert len(told.found.cases) == 3


def test_what_is_known_is_not_sent_again(told: Told, calls: Calls) -> None:
    """Servers tell dates to the millisecond, however exact those are that they were given."""
    at = BEGAN + 0.0001234
    tests = [ended(0, "a.A.test_one"), ended(1, "a.A.test_two", "skipped", "no need")]
    run = story(*(msgspec.structs.replace(test, at=at + test.index) for test in tests), at=at)
    assert told.send(run).done
    assert "TestExecution.update" in calls.methods
    calls.made.clear()
    assert told.send(run).done
    assert {method.partition(".")[2] for method in calls.methods} <= {
        "filter",
        "sortkeys",
        "get_comments",
        "listMethods",
    }


def test_a_session_that_has_ended_is_begun_again(client: Client) -> None:
    """In the middle of a delivery, too."""
    first = client.batch([call("Priority.filter", {}), call("Classification.filter", {})])
    client._session = "ended"
    assert client.batch([call("Priority.filter", {}), call("Classification.filter", {})]) == first


class Breaking:
    """Stands before a server that breaks down over requests with a certain text in them.

    Args:
        server: the server.
        text: the text.
        after: whether it has done by then what it was asked for.
        ever_after: whether it then breaks down over everything else, too.
    """

    def __init__(self, server: KiwiServer, text: str, *, after: bool, ever_after: bool = False) -> None:
        self.asked = 0
        """How many requests it broke down over."""
        self.broken = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                breaks = text.encode() in body or outer.broken
                outer.broken = breaks and ever_after
                outer.asked += breaks
                answer = b"" if breaks and not after else self.passed_on(body)
                self.send_response(500 if breaks else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self) -> None:
                self.send_error(404)

            def passed_on(self, body: bytes) -> bytes:
                kept = {name: self.headers[name] for name in ("Content-Type", "Cookie") if name in self.headers}
                request = urllib.request.Request(f"http://127.0.0.1:{server.port}{self.path}", body, kept)
                with urllib.request.urlopen(request, timeout=30) as answer:
                    found: bytes = answer.read()
                    return found

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/xml-rpc/"

    def close(self) -> None:
        """It is no more."""
        self._server.shutdown()
        self._server.server_close()


def results(outcome: str, at: float) -> list[Any]:
    """Nine tests that come to the same."""
    return story(*(ended(number, f"a.A.test_{number}", outcome) for number in range(9)), at=at)  # type: ignore[arg-type]


@pytest.mark.parametrize("done", [True, False])
def test_an_execution_that_the_server_breaks_down_over(
    told: Told, client: Client, methods: frozenset[str], *, done: bool
) -> None:
    """As 16.1 and 16.2 do over one with a tag, when they have changed it: the others' answers are lost with it."""
    assert told.send(results("passed", BEGAN)).done
    run = told.found.run
    fifth = told.server.query("select id from testruns_testexecution where run_id = ? order by id", run)[4][0]
    url, breaking = "", None
    if done and "TestExecution.add_tag" in methods:
        client.call("TestExecution.add_tag", fifth, "slow")
    else:
        text = f'"method": "TestExecution.update", "params": [{fifth}, '
        breaking = Breaking(told.server, text, after=done)
        url = breaking.url
    try:
        state = told.send(results("skipped", BEGAN + 1), url=url, run=run)
    finally:
        if breaking is not None:
            breaking.close()
    assert state.done
    statuses = dict.fromkeys((f"test_{number}" for number in range(9)), "WAIVED")
    if not done:
        assert state.refused == {"test_4 (a.A.test_4)": "the server answers with status 500"}
        statuses["test_4"] = "PASSED"
    else:
        assert state.refused == {}
    assert told.found.statuses() == statuses


def test_a_server_that_breaks_down_over_everything(told: Told) -> None:
    """Is one that does not answer: it is not searched for what it breaks down over."""
    breaking = Breaking(told.server, "TestExecution.update", after=False, ever_after=True)
    try:
        state = told.send(results("passed", BEGAN), url=breaking.url)
    finally:
        breaking.close()
    assert (state.done, state.trouble) == (False, "the server answers with status 500")
    # The updates, then a question whether it is well, and the second try.
    assert breaking.asked == 3
    assert told.send(results("passed", BEGAN)).done
    assert set(told.found.statuses().values()) == {"PASSED"}
