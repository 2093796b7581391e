"""`greenroom db server`: servers that stay, by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenroom.databases.throwaway.kept import stop_all

SETTINGS = """
SECRET_KEY = "made for one test"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "USER": "shop", "HOST": "db.invalid"},
    "logs": {"ENGINE": "django.db.backends.sqlite3", "NAME": "logs.sqlite3"},
}
"""
CODE = "import sys; from greenroom.cli.db_server import run; sys.exit(run(sys.argv[1:]))"


@pytest.fixture
def project(tmp_path: Path, servers_root: Path) -> Iterator[Path]:
    """A project whose PostgreSQL is not there; its templates are those of all tests."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / ".greenroom/servers").mkdir(parents=True)
    (servers_root / "servers/templates").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".greenroom/servers/templates").symlink_to(servers_root / "servers/templates")
    yield tmp_path
    stop_all(tmp_path / ".greenroom")


def server(project: Path, *arguments: str) -> str:
    """What the command prints."""
    variables = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": f"{project}:{os.pathsep.join(sys.path)}",
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=project,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_server_stays_until_it_is_stopped(project: Path) -> None:
    """Each command says what there is; a second start finds the first."""
    assert server(project, "status") == "No private server of this project runs.\n"
    first = server(project, "start")
    found = re.fullmatch(r"(PostgreSQL \S+) for default: started in \S+ s, in (\S+)\n  default HOST: \2/in\n"
                         r"  default PORT: 5432\n", first)  # fmt: skip
    assert found is not None, first
    title, folder = found.groups()
    assert f"{title} for default: runs already, in {folder}" in server(project, "start")
    assert re.fullmatch(rf"{title} in {folder}: process \d+, \d+ MiB\n", server(project, "status"))
    assert server(project, "stop") == f"{title} in {folder}: stopped and removed\n"
    assert not Path(folder).exists()
    assert server(project, "stop") == "No private server of this project runs.\n"


def test_a_port_comes_with_its_password(project: Path) -> None:
    """For other programs on this machine."""
    said = server(project, "start", "--tcp")
    assert re.search(r"default HOST: 127\.0\.0\.1\n  default PORT: \d+\n  default PASSWORD: \S{20,}\n", said), said
    assert re.search(r", port \d+, \d+ MiB", server(project, "status"))


def test_a_project_without_servers(project: Path) -> None:
    """SQLite needs none."""
    settings = SETTINGS.replace("postgresql", "sqlite3")
    (project / "settings.py").write_text(settings)
    assert server(project, "start") == "No database of this project needs a server.\n"
