"""Runs of the lab: the same bodies after stock's flush in one database, after greenroom's reset in another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
Drive = Callable[..., Any]


@pytest.fixture(scope="session")
def drive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    """Runs bodies on a backend by a policy; the first outcome is what was there before them. Runs are kept."""

    @cache
    def run(backend: str, policy: str, receivers: str = "none", order: str = "", names: tuple[str, ...] = ()) -> Any:
        about = {alias: _settings(request, tmp_path_factory, backend, alias) for alias in ("default", "other")}
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.databases.reset.lab.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "default",
            "LAB_DATABASES": json.dumps(about),
            "LAB_RECEIVERS": receivers,
            "LAB_ORDER": order,
        }
        ran = subprocess.run(
            [sys.executable, "-m", "tests.databases.reset.lab.drive", policy, *names],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return run


def _settings(
    request: pytest.FixtureRequest, folders: pytest.TempPathFactory, backend: str, alias: str
) -> dict[str, Any]:
    if backend == "sqlite-memory":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    if backend == "sqlite-file":
        name = str(folders.mktemp("lab") / f"{alias}.db")
        options = {"init_command": "PRAGMA synchronous = OFF"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options, "TEST": {"NAME": name}}
    server = dict(request.getfixturevalue(f"{backend}_server"))
    return {**server, "TEST": {"NAME": f"lab_{alias}"}}
