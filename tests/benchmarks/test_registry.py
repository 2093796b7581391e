"""The benchmark of the reference project: its client and servers, with real registries at the smallest size."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.catalog import registry
from benchmarks.model import Command, ContenderFailed, Series
from benchmarks.processes import supported
from benchmarks.registry_client import Connection, Slice, at_once
from benchmarks.registry_servers import peak_of, serving, ticks_of
from benchmarks.session import Session
from benchmarks.toolbox import Toolbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.registry_servers import Server

linux = pytest.mark.skipif(not supported(), reason="reads Linux's /proc")
_FILES = (
    "import functools, http.server as h; h.HTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler).serve_forever()"
)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """The smallest session."""
    toolbox = Toolbox(Path(sys.executable), {})
    return Session(toolbox, tmp_path, rounds=1, quick=True, scale=0.05, say=lambda _: None)


@pytest.fixture
def server(session: Session, tmp_path: Path) -> Iterator[Server]:
    """A server that knows nothing of registries."""
    with serving(Command((sys.executable, "-c", _FILES), tmp_path, session.toolbox.env())) as running:
        yield running


def test_slices_have_their_digest_and_their_chunks(tmp_path: Path) -> None:
    """A part of a file is content of its own."""
    path = tmp_path / "content"
    path.write_bytes(b"-abc-")

    whole = Slice(path, 1, 3)

    assert whole.digest() == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert whole.chunks(2) == [Slice(path, 1, 2), Slice(path, 3, 1)]


def test_what_proc_tells() -> None:
    """Names may hold blanks and brackets; a process that is gone has nothing."""
    assert ticks_of("7 (a ) b) S 1 7 7 0 -1 4194304 100 0 0 0 30 12 0 0 20 0 1 0 5 6 7") == 42
    assert ticks_of("") == 0
    assert peak_of("Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t   1000 kB\n") == pytest.approx(1.024)
    assert peak_of("") == 0


@linux
def test_an_answer_that_is_not_the_expected_one_fails(server: Server) -> None:
    """On one connection and on several; its port was found, and its costs are told."""
    with Connection(server.port) as connection, pytest.raises(ContenderFailed, match="404 instead of 200"):
        connection.pull("one", "sha256:0", 1)
    with pytest.raises(ContenderFailed, match="2 of 2 connections failed"):
        at_once(server.port, [lambda connection: connection.push("one", "sha256:0", b"")] * 2, 2)
    assert server.cpu() > 0
    assert len(server.peaks()) == 1


@linux
def test_what_comes_back_is_checked(server: Server, tmp_path: Path) -> None:
    """Its size when it is timed, each byte when it is not."""
    content = b"x" * 3_000_000
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    path = tmp_path / "v2" / "one" / "blobs" / digest
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    with Connection(server.port) as connection:
        connection.pull("one", digest, len(content))
    with Connection(server.port) as connection:
        connection.verify("one", digest)
    with Connection(server.port) as connection, pytest.raises(ContenderFailed, match="3000000 bytes of 3000001"):
        connection.pull("one", digest, len(content) + 1)
    path.write_bytes(b"y" + content[1:])
    with Connection(server.port) as connection, pytest.raises(ContenderFailed, match="other bytes came back"):
        connection.verify("one", digest)


@linux
def test_a_server_that_ends_has_failed(session: Session, tmp_path: Path) -> None:
    """With the end of its log."""
    command = Command((sys.executable, "-c", "raise SystemExit('no disk')"), tmp_path, session.toolbox.env())

    with pytest.raises(ContenderFailed, match="it does not listen: no disk"), serving(command):
        pass


def test_a_program_that_is_missing_is_left_out(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line that says how to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    runs, notes = registry.contenders(session, registry.make_plan(session))

    assert registry.DISTRIBUTION not in [one.name for one in runs]
    assert "there is no docker-registry" in notes[-1]


def test_targets_take_their_figures_from_the_results() -> None:
    """Times are compared, memory is not."""
    ours = dict.fromkeys(("put", "patch", "get", "manifests"), 1.0) | {"pushes": 3.0, "largest": 150.0}
    theirs = dict.fromkeys(("put", "patch", "get", "manifests", "pushes"), 2.0)
    results = {registry.OURS: Series({0: ours}), registry.DISTRIBUTION: Series({0: theirs})}

    assert [target.verdict for target in registry.targets(results)] == ["met"] * 4 + ["missed"] * 2
    assert {target.verdict for target in registry.targets({})} == {"not measured"}


@linux
@pytest.mark.slow
@pytest.mark.one_pair
def test_each_registry_that_is_there_does_the_work(session: Session) -> None:
    """From its start to its figures; whatever it gives back is what was pushed."""
    runs, notes = registry.contenders(session, registry.make_plan(session))
    if not runs:
        pytest.skip(" ".join(notes))

    report = registry.run(session)

    assert report.failures == ()
    for one in runs:
        figures = report.results["registry"][one.name].samples[0]
        assert {name for name, _ in (*registry.TIMES, *registry.COSTS)} <= figures.keys()
        assert figures["sum"] >= figures["largest"] > 0
    assert not (session.work / "server").exists()
