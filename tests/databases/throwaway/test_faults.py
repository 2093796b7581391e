"""What becomes of private servers when something is killed, damaged or full."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from greenroom.databases.throwaway import Private, ServerError, ensure_servers, stop_server
from greenroom.databases.throwaway import kept as keeping
from greenroom.databases.throwaway.places import PREFIX, make_folder, usual_places
from greenroom.running.folders import MARKER, sweep
from greenroom.running.processes import alive, started
from tests.databases.throwaway.helpers import Ensure, Run, asked, connected, eventually, kill, settings_for


def told(run: subprocess.Popen[str]) -> tuple[Path, int, int, bool]:
    """What a started run says of its server: folder, process, watcher, whether it found it running."""
    assert run.stdout is not None
    folder, server, watcher, found = json.loads(run.stdout.readline())
    return Path(folder), server, watcher, found


def is_gone(private: Private) -> bool:
    """Whether nothing of a server is left."""
    return not (started(private.server) or started(private.watcher) or private.folder.exists())


@pytest.mark.parametrize("fork", ["", "fork"])
def test_a_run_that_is_killed_leaves_nothing(kind: str, fork: str, start_run: Run) -> None:
    """Even while a worker that it forked lives on, with all that the run had open."""
    run = start_run(settings_for(kind), "leave", fork)
    folder, server, watcher, _ = told(run)
    assert folder.is_dir()
    kill(run.pid)
    assert eventually(lambda: not (folder.exists() or started(server) or started(watcher)))


def test_a_run_that_ends_without_a_word_leaves_nothing(kind: str, start_run: Run) -> None:
    """As by `os._exit`, or when it forgets to stop its server."""
    run = start_run(settings_for(kind))
    folder, server, _, _ = told(run)
    assert run.stdin is not None
    run.stdin.close()
    assert run.wait() == 0
    assert eventually(lambda: not (folder.exists() or started(server)))


def test_a_server_that_is_killed_is_cleared_away(kind: str, ensure: Ensure) -> None:
    """The run notices by its connections; the next one has a new server."""
    first = ensure(settings_for(kind))
    kill(first.private.server)
    assert eventually(lambda: is_gone(first.private))
    assert started(ensure(settings_for(kind)).private.server)


def test_with_its_watcher_a_server_ends_too(kind: str, ensure: Ensure) -> None:
    """The kernel sees to that; the next run removes the folder."""
    first = ensure(settings_for(kind))
    kill(first.private.watcher)
    assert eventually(lambda: not started(first.private.server))
    ensure(settings_for(kind))
    assert is_gone(first.private)


def test_a_server_without_its_watcher_is_stopped_by_the_next_run(
    ensure: Ensure,
) -> None:
    """Where no kernel ends it: the marker says which process it was."""
    folder = make_folder(usual_places(), None)
    with subprocess.Popen(["sleep", "60"]) as server:
        about = {"watcher": 2**22 + 1, "watcher_since": "never", "server": server.pid}
        write_marker_as_it_was(folder, **about, server_since=started(server.pid))
        ensure(settings_for("postgresql"))
        assert not started(server.pid)
    assert not folder.exists()


def write_marker_as_it_was(folder: Path, **about: Any) -> None:
    """Change what a marker says."""
    marker = folder / MARKER
    marker.write_text(json.dumps({**json.loads(marker.read_text()), **about}))


def test_a_foreign_process_with_the_recorded_id_stays() -> None:
    """Ids come again: another start means another process."""
    folder = make_folder(usual_places(), None)
    with subprocess.Popen(["sleep", "60"]) as foreign:
        about = {"watcher": foreign.pid, "watcher_since": "earlier", "server": foreign.pid, "server_since": "earlier"}
        write_marker_as_it_was(folder, **about)
        sweep([folder.parent], PREFIX)
        assert foreign.poll() is None
        foreign.kill()
    assert not folder.exists()


@pytest.fixture
def short() -> Iterator[Path]:
    """An empty folder whose path leaves room for that of a socket."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def test_what_greenroom_did_not_make_is_not_removed(short: Path) -> None:
    """Whatever its name: no marker, one for another folder, one that is a link, rights for others, or another container's."""
    for name in ("plain", "copied", "linked", "open", "contained"):
        (short / f"greenroom-db-{name}").mkdir(mode=0o700)
    made = make_folder([short], None, room=0)
    write_marker_as_it_was(made, maker_since="before")
    shutil.copy(made / MARKER, short / "greenroom-db-copied")
    (short / "greenroom-db-linked" / MARKER).symlink_to(made / MARKER)
    own = json.dumps({"folder": str(short / "greenroom-db-open"), "maker": 1, "maker_since": "before"})
    (short / "greenroom-db-open" / MARKER).write_text(own)
    (short / "greenroom-db-open").chmod(0o777)
    contained = {
        "folder": str(short / "greenroom-db-contained"),
        "space": "pid:[1]",
        "maker": 1,
        "maker_since": "before",
    }
    (short / "greenroom-db-contained" / MARKER).write_text(json.dumps(contained))
    sweep([short], PREFIX)
    assert not made.exists()
    left = {path.name.removeprefix("greenroom-db-") for path in short.iterdir()}
    assert left == {"plain", "copied", "linked", "open", "contained"}


def test_a_kept_server_is_found_by_the_next_run(kind: str, start_run: Run, ensure: Ensure, root: Path) -> None:
    """It outlives the process that started it, also one that is killed; another run does not stop it."""
    run = start_run(settings_for(kind), "keep")
    folder, pid, _, found = told(run)
    assert not found
    kill(run.pid)
    run.wait()
    again = ensure(settings_for(kind))
    assert (again.found, again.kept, again.private.folder, again.private.server) == (True, True, folder, pid)
    stop_server(again)
    assert started(pid)
    [stopped] = keeping.stop_all(root)
    assert stopped.server == pid
    assert is_gone(stopped)
    assert keeping.stop_all(root) == []


def test_runs_that_start_at_once_share_a_kept_server(start_run: Run) -> None:
    """One starts it, the other waits for that."""
    runs = [start_run(settings_for("postgresql"), "keep") for _ in range(2)]
    (one, *_, first), (other, *_, second) = map(told, runs)
    assert one == other
    assert sorted([first, second]) == [False, True]


def test_another_user_of_a_kept_server_gets_in(kind: str, ensure: Ensure) -> None:
    """A changed password or name in the settings is no reason to start it anew."""
    ensure(settings_for(kind), keep=True)
    settings = settings_for(kind, USER="other", PASSWORD="changed", NAME="second")
    server = ensure(settings, keep=True)
    assert server.found
    with contextlib.closing(connected({**settings, **server.settings["default"]})) as connection:
        assert asked(connection, "SELECT 1") == 1


def test_a_kept_server_that_was_killed_is_replaced(kind: str, ensure: Ensure) -> None:
    """The state file is there still, and not believed."""
    first = ensure(settings_for(kind), keep=True)
    kill(first.private.server)
    assert eventually(lambda: is_gone(first.private))
    second = ensure(settings_for(kind), keep=True)
    assert not second.found
    assert ensure(settings_for(kind), keep=True).private.server == second.private.server


STALE = {
    "empty": "",
    "no JSON": "{",
    "another shape": "[1, 2]",
    "no such folder": '{"folder": "/nowhere/greenroom-1"}',
    "a foreign folder": '{"folder": "/etc"}',
}


@pytest.mark.parametrize("text", STALE.values(), ids=STALE)
def test_a_stale_state_file_is_not_believed(text: str, root: Path, ensure: Ensure) -> None:
    """A new server is started, and what the file names is left alone."""
    [state] = [keeping.state_file(root, "postgresql", f"127.0.0.1:{settings_for('postgresql')['PORT']}")]
    state.write_text(text)
    assert keeping.stop_all(root) == []
    state.write_text(text)
    server = ensure(settings_for("postgresql"), keep=True)
    assert not server.found
    assert Path("/etc").is_dir()


def test_a_damaged_template_is_made_anew(kind: str, tmp_path: Path, ensure: Ensure) -> None:
    """Files may be empty after a power cut."""
    root = tmp_path / "own"
    stop_server(ensure(settings_for(kind), root=root))
    [template] = (root / "servers" / "templates").iterdir()
    for file in template.rglob("*"):
        if file.is_file():
            os.truncate(file, 0)
    assert started(ensure(settings_for(kind), root=root).private.server)
    [template] = (root / "servers" / "templates").iterdir()
    assert sum(file.stat().st_size for file in template.rglob("*")) > 2**20


def test_a_project_that_cannot_be_written_to_has_servers_too(ensure: Ensure) -> None:
    """They start a little slower, and can't be kept."""
    root = Path("/proc/greenroom")
    assert started(ensure(settings_for("postgresql"), root=root).private.server)
    with pytest.raises(ServerError, match="cannot be kept"):
        ensure(settings_for("postgresql"), root=root, keep=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB that everybody may write to."""
    folder = Path(tempfile.mkdtemp(prefix="full-", dir="/tmp"))
    mounted = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mounted, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only root can make a small file system")
    folder.chmod(0o1777)
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def test_without_room_one_line_says_so(kind: str, small_disk: Path, root: Path) -> None:
    """For each place that was tried."""
    with pytest.raises(ServerError, match=rf"{small_disk}: \d+ MiB free, 512 MiB needed; /nowhere: not a folder"):
        ensure_servers({"default": settings_for(kind)}, "auto", root, places=[small_disk, Path("/nowhere")])
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("template", [True, False])
def test_a_disk_that_fills_up_is_an_error(
    kind: str, template: bool, small_disk: Path, root: Path, ensure: Ensure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a template is copied or a data directory made; nothing remains."""
    ensure(settings_for(kind))
    monkeypatch.setattr("greenroom.databases.throwaway.places._unfit", lambda *_: "")
    root = root if template else small_disk.parent / "nowhere" / "none"
    monkeypatch.setattr("greenroom.databases.throwaway.kept.make_folder", lambda _: None)
    with pytest.raises(ServerError, match="No space left on device" if template else "failed"):
        ensure_servers({"default": settings_for(kind)}, "auto", root, places=[small_disk])
    assert list(small_disk.iterdir()) == []


def test_a_user_who_is_not_root_has_servers_too(kind: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run as that user; for tests that run as root a child gives its rights away."""
    if os.geteuid():
        pytest.skip("the other tests show it")
    system = Path("/usr/bin/python3")
    if not system.exists():
        pytest.skip("no Python that another user can run")
    settings = settings_for(kind)
    [first] = ensure_servers({"default": settings}, "auto", root)  # Loads all that another user may be unable to read.
    stop_server(first)
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(folder, 65534, 65534)
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            monkeypatch.setattr(sys, "executable", str(system))
            [server] = ensure_servers({"default": settings}, "auto", folder / "own")
            owner = Path(f"/proc/{server.private.server}").stat().st_uid
            stop_server(server)
            code = 0 if owner == 65534 and is_gone(server.private) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    shutil.rmtree(folder)


def test_a_process_is_known_by_its_start() -> None:
    """Neither one that ended, nor a zombie, nor no process at all is alive."""
    with subprocess.Popen(["sleep", "60"]) as process:
        since = started(process.pid)
        assert alive(process.pid, since)
        assert not alive(process.pid, f"{since}1")
        process.kill()
        assert eventually(lambda: not alive(process.pid, since))  # Not waited for: a zombie.
    assert not alive(process.pid, since)
    assert not alive(0, "")
