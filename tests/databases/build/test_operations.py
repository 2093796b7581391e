"""Generated migrations leave the same database whether states are rendered as Django does or as they are needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


def compared(database: dict[str, Any], first: int, count: int, steps: int = 30) -> list[dict[str, Any]]:
    """What `lab.compare` says about some seeds."""
    command = [sys.executable, "-m", "tests.databases.build.lab.compare", json.dumps(database)]
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [*command, str(first), str(count), str(steps)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(results: list[dict[str, Any]], count: int) -> None:
    """Nothing is different, and the seeds were worth it."""
    assert [result for result in results if result["different"]] == []
    assert len(results) == count
    assert sum(len(result["applied"]) for result in results) > count * 20
    assert sum(not result["error"] for result in results) > count / 4


def test_sqlite() -> None:
    """Tables, indexes, rows, what code saw, and the last state's models are the same; so are errors."""
    check(compared({"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}, 1, 30), 30)


@pytest.mark.postgresql
def test_postgresql(postgresql_server: dict[str, Any], tmp_path: Path) -> None:
    """The same, where relations are constraints that other tables' changes drop and make again."""
    check(compared(with_database(postgresql_server), 100, 12), 12)


@pytest.mark.mysql
def test_mariadb(mariadb_server: dict[str, Any], tmp_path: Path) -> None:
    """The same, where no migration is undone when it fails."""
    check(compared(with_database(mariadb_server), 200, 12), 12)


def with_database(server: dict[str, Any]) -> dict[str, Any]:
    """Make a database on a server, and return the settings for it."""
    settings = {**server, "NAME": "generated"}
    make = (
        "import json, sys, django\n"
        "from django.conf import settings\n"
        "settings.configure(DATABASES={'default': json.loads(sys.argv[1])})\n"
        "django.setup()\n"
        "from django.db import connection\n"
        "connection.creation._nodb_cursor\n"
        "with connection.creation._nodb_cursor() as cursor: cursor.execute('CREATE DATABASE generated')\n"
    )
    subprocess.run([sys.executable, "-c", make, json.dumps(settings)], check=True)
    return settings
