"""The reference project against another registry: large blobs, small ones, manifests, and what they cost the server."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from benchmarks.model import Command, Contender, ContenderFailed, Report, Results, Sample, Target
from benchmarks.processes import supported
from benchmarks.registry_client import Connection, Slice, at_once
from benchmarks.registry_servers import Server, serving
from benchmarks.session import Benchmark, Session
from benchmarks.tables import comparison, median_of, ratio
from benchmarks.toolbox import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

MIB = 1024 * 1024
CHUNK = 16 * MIB
CHUNKS = 16
"""A large blob has so many chunks: 256 MiB."""
QUICK_CHUNKS = 2
PULLS = 4_000
PUSHES = 400
SMALL = 4096
"""Bytes of a small blob."""
CONNECTIONS = 8
OURS = "the reference project"
DISTRIBUTION = "CNCF distribution"
PROGRAM = "docker-registry"
NEEDED = ("django", "gunicorn", "pyjwt")
REPOSITORY = "benchmark/one"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
TIMES = (
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("get", "GET"),
    ("manifests", "manifest GETs"),
    ("pushes", "small pushes"),
)
COSTS = (
    ("put_cpu", "CPU of the PUT, s"),
    ("cpu", "CPU of all, s"),
    ("largest", "largest process, MB"),
    ("sum", "all processes, MB"),
)
LIMIT = 150
"""MB that one process may take, whatever a blob's size."""

# What the package's own configuration has, on a port of its choice, without a line for each request.
_CONFIGURATION = """
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: %s}
  cache: {blobdescriptor: inmemory}
  delete: {enabled: true}
http: {addr: "127.0.0.1:0", secret: benchmark}
"""


@dataclass(frozen=True)
class Plan:
    """What each server is asked in each round. The same for all, except for the small blobs, which are random."""

    whole: Slice
    chunked: Slice
    """As large, with other content: a registry keeps the same content once."""
    digests: Mapping[Slice, str]
    pulls: int
    pushes: int


@dataclass
class Stopwatch:
    """Takes the time of each part, and of the server's processors in it."""

    server: Server
    figures: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time the block, as `name` and `name_cpu`."""
        cpu, started = self.server.cpu(), time.perf_counter()
        yield
        self.figures[name] = time.perf_counter() - started
        self.figures[f"{name}_cpu"] = self.server.cpu() - cpu


def run(session: Session) -> Report:
    """Let both registries do the same work in turns."""
    if not supported():
        return Report(notes=("Not measured: what a server costs is read from Linux's /proc.",))
    plan = make_plan(session)
    runs, notes = contenders(session, plan)
    for note in notes:
        session.say(note)
    if not runs:
        return Report(notes=tuple(notes))
    results = session.measure(f"{plan.whole.size // MIB} MiB blobs, manifests and small blobs", runs)
    ratios = [(name, f"{header}, ratio") for name, header in TIMES]
    caption = (
        f"Seconds for a blob of {plan.whole.size // MIB} MiB in one PUT, one in PATCH requests of {CHUNK // MIB} MiB, and its GET; "
        f"then, with {CONNECTIONS} connections, for {plan.pulls} GETs of a manifest and {plan.pushes} pushes of {SMALL} bytes:"
    )
    costs = (
        "The server's processor time for that, and its peak memory (resident, so shared pages count in each process):"
    )
    tables = (
        comparison(results, TIMES, DISTRIBUTION, ratios, caption),
        comparison(results, COSTS, DISTRIBUTION, (("put_cpu", "PUT, ratio"), ("cpu", "all, ratio")), costs),
    )
    return Report(tables, targets(results), (*notes, versions()), {"registry": results})


def make_plan(session: Session) -> Plan:
    """Make the content at the session's size. One file holds both blobs: they overlap, and differ in all chunks."""
    share = session.scale * (0.1 if session.quick else 1.0)
    size = max(1, round((QUICK_CHUNKS if session.quick else CHUNKS) * session.scale)) * CHUNK
    path = session.work / "content"
    with path.open("wb") as file:
        for _ in range(size // MIB + 1):
            file.write(os.urandom(MIB))
    whole, chunked = Slice(path, 0, size), Slice(path, MIB, size)
    digests = {one: one.digest() for one in (whole, chunked)}
    return Plan(
        whole, chunked, digests, max(CONNECTIONS, round(PULLS * share)), max(CONNECTIONS, round(PUSHES * share))
    )


def contenders(session: Session, plan: Plan) -> tuple[list[Contender], list[str]]:
    """Those that are installed, and a line for each that is not."""
    runs, notes = [], []
    if missing := [name for name in NEEDED if not _version(name)]:
        notes.append(f"Left out: {OURS}, which needs {', '.join(missing)} in the environment of this command.")
    else:
        runs.append(Contender(OURS, partial(measure, session, plan, reference)))
    if program := shutil.which(PROGRAM):
        runs.append(Contender(DISTRIBUTION, partial(measure, session, plan, partial(distribution, program))))
    else:
        notes.append(f"Left out: {DISTRIBUTION}; there is no {PROGRAM}, which Debian has as a package of that name.")
    return runs, notes


def reference(session: Session, folder: Path) -> Command:
    """The reference project as its README starts it, except for the port."""
    manage = str(ROOT / "registry" / "manage.py")
    env = session.toolbox.env(REGISTRY_DATA=str(folder / "data"), DJANGO_SETTINGS_MODULE="project.settings")
    return Command((sys.executable, manage, "registry_serve", "--bind", "127.0.0.1:0"), folder, env)


def distribution(program: str, session: Session, folder: Path) -> Command:
    """CNCF distribution with files for its storage."""
    configuration = folder / "config.yml"
    configuration.write_text(_CONFIGURATION % json.dumps(str(folder / "data")), encoding="utf-8")
    return Command((program, "serve", str(configuration)), folder, session.toolbox.env())


def measure(session: Session, plan: Plan, make: Callable[[Session, Path], Command]) -> Sample:
    """Start a server on an empty folder, let it do the plan, and stop it."""
    folder = session.work / "server"
    folder.mkdir()
    try:
        with serving(make(session, folder)) as server:
            return work(server, plan)
    except OSError as error:
        raise ContenderFailed(f"the server can't be talked to: {error}") from error
    finally:
        shutil.rmtree(folder)
        # What one has left to be written to the disk is not the next one's to wait for.
        os.sync()


def work(server: Server, plan: Plan) -> Sample:
    """Do the plan, and take the figures."""
    manifest, blobs = _prepare(server, plan)
    watch = Stopwatch(server)
    whole, chunked = plan.digests[plan.whole], plan.digests[plan.chunked]
    with Connection(server.port) as connection:
        back_memory(plan.whole)
        with watch.timed("put"):
            connection.push(REPOSITORY, whole, plan.whole)
        back_memory(plan.chunked)
        with watch.timed("patch"):
            connection.push_in_chunks(REPOSITORY, chunked, plan.chunked.chunks(CHUNK))
        with watch.timed("get"):
            connection.pull(REPOSITORY, whole, plan.whole.size)
        connection.verify(REPOSITORY, whole)
        connection.verify(REPOSITORY, chunked)
    with watch.timed("manifests"):
        at_once(server.port, [partial(_pull_manifest, manifest)] * plan.pulls, CONNECTIONS)
    with watch.timed("pushes"):
        at_once(server.port, [partial(_push_small, digest, blob) for digest, blob in blobs.items()], CONNECTIONS)
    with Connection(server.port) as connection:
        for digest in blobs:
            connection.verify(REPOSITORY, digest)
    peaks = server.peaks()
    cpu = sum(watch.figures[f"{name}_cpu"] for name, _ in TIMES)
    return {**watch.figures, "cpu": cpu, "largest": max(peaks), "sum": sum(peaks)}


def back_memory(content: Slice) -> None:
    """Let the machine have memory for so much content at hand, the same for each contender.

    A virtual machine hands back to its host what is free for some seconds. To get it again takes longer than a registry
    needs for the bytes, and would be told as the time of whoever comes first.
    """
    path = content.path.with_name("memory")
    piece = bytes(MIB)
    with path.open("wb", buffering=0) as file:
        for _ in range(content.size // MIB * 5 // 4):
            file.write(piece)
    path.unlink()


def targets(results: Results) -> tuple[Target, ...]:
    """What the project wants: to be level with it in time, and to stay small."""
    level = [
        Target(f"{OURS} / {DISTRIBUTION}, {header}", 1.0, ratio(results, OURS, DISTRIBUTION, name))
        for name, header in TIMES
    ]
    memory = Target(f"{OURS}, largest process", LIMIT, median_of(results, OURS, "largest"), unit="MB", strict=True)
    return (*level, memory)


def versions() -> str:
    """What took part, which is not what the other benchmarks run with."""
    ours = ", ".join(f"{name} {_version(name)}" for name in NEEDED if _version(name))
    told = f"{OURS.capitalize()} with {ours or 'nothing'}"
    if program := shutil.which(PROGRAM):
        output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        told += f"; {DISTRIBUTION} {output.split()[-1] if output.split() else 'of unknown version'}"
    return f"{told}."


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _prepare(server: Server, plan: Plan) -> tuple[str, dict[str, bytes]]:
    """Push a manifest, wake each worker, and make the small blobs.

    Returns:
        The manifest's digest, and the blobs by theirs.
    """
    config, layer = b"{}", os.urandom(SMALL)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
        }
    ).encode()
    with Connection(server.port) as connection:
        for blob in (config, layer):
            connection.push(REPOSITORY, _digest(blob), blob)
        kind = f"Content-Type: {OCI_MANIFEST}\r\n"
        connection.request("PUT", f"/v2/{REPOSITORY}/manifests/latest", 201, headers=kind, body=manifest)
    digest = _digest(manifest)
    at_once(server.port, [partial(_pull_manifest, digest)] * CONNECTIONS * 4, CONNECTIONS)
    # Threads open their database, and modules are imported, with the first push: once in a server's life.
    first = _small_blobs(CONNECTIONS * 2)
    at_once(server.port, [partial(_push_small, *one) for one in first.items()], CONNECTIONS)
    return digest, _small_blobs(plan.pushes)


def _small_blobs(count: int) -> dict[str, bytes]:
    """Random blobs by their digests."""
    return {_digest(blob): blob for blob in (os.urandom(SMALL) for _ in range(count))}


def _descriptor(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _pull_manifest(digest: str, connection: Connection) -> None:
    answer, _ = connection.request(
        "GET", f"/v2/{REPOSITORY}/manifests/latest", 200, headers=f"Accept: {OCI_MANIFEST}\r\n"
    )
    if answer.get("docker-content-digest") != digest:
        raise ContenderFailed("another manifest came back than was pushed")


def _push_small(digest: str, blob: bytes, connection: Connection) -> None:
    connection.push(REPOSITORY, digest, blob)


REGISTRY = Benchmark(
    "registry",
    "The reference project",
    "The OCI registry of `registry/`, behind gunicorn and on SQLite, against CNCF distribution, the registry that Docker "
    "began, as Debian packages it. Both get the same requests in turns, on empty folders of one file system; all that comes back "
    "is checked.",
    run,
)
