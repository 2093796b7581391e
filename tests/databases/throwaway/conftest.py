"""Private servers for tests that stop, kill or damage them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom.databases.throwaway import Server, ensure_servers, stop_server
from greenroom.databases.throwaway.kept import stop_all
from tests.databases.throwaway.helpers import Ensure, Run


@pytest.fixture(
    params=[pytest.param("postgresql", marks=pytest.mark.postgresql), pytest.param("mariadb", marks=pytest.mark.mysql)]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of server in turn."""
    return str(request.param)


@pytest.fixture
def root(servers_root: Path, tmp_path: Path) -> Iterator[Path]:
    """A project's folder of greenroom. Templates are those of all tests; kept servers are stopped at the end."""
    templates = servers_root / "servers" / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    folder = tmp_path / ".greenroom" / "servers"
    folder.mkdir(parents=True)
    (folder / "templates").symlink_to(templates)
    yield folder.parent
    stop_all(folder.parent)


@pytest.fixture
def ensure(root: Path) -> Iterator[Ensure]:
    """Starts the private server for one alias; stopped at the end where the test does not."""
    made: list[Server] = []

    def ask(settings: dict[str, Any], **options: Any) -> Server:
        [server] = ensure_servers(
            {"default": settings}, options.pop("mode", "auto"), options.pop("root", root), **options
        )
        made.append(server)
        return server

    yield ask
    for server in made:
        stop_server(server)


RUN = """
import json, os, pathlib, sys, time
from greenroom.databases.throwaway import ensure_servers
settings, root, keep = json.loads(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3] == "keep"
[server] = ensure_servers({"default": settings}, "auto", root, keep)
if "fork" in sys.argv and os.fork() == 0:
    os.close(1)
    time.sleep(60)
    os._exit(0)
print(json.dumps([str(server.private.folder), server.private.server, server.private.watcher, server.found]), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start_run(root: Path) -> Iterator[Run]:
    """Starts a process that has a private server, says which, and waits for the end of its input."""
    runs: list[subprocess.Popen[str]] = []

    def begin(settings: dict[str, Any], *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUN, json.dumps(settings), str(root), *(arguments or ("leave",))]
        run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.kill()
        with contextlib.suppress(BrokenPipeError), run:
            pass  # Closes its pipes and waits for its end.
