"""A whole `migrate`, as of a test database: signals, squashes, a swapped user, the bare state and deltas from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.databases.build.lab import project

ROOT = Path(__file__).parents[3]
KNOWN = [
    "accounts.0001_initial",
    "auth.0001_initial",
    "auth.0002_alter_permission_name_max_length",
    "auth.0003_alter_user_email_max_length",
    "auth.0004_alter_user_username_opts",
    "auth.0005_alter_user_last_login_null",
    "auth.0006_require_contenttypes_0002",
    "auth.0007_alter_validators_add_error_messages",
    "auth.0008_alter_user_username_max_length",
    "auth.0009_alter_user_last_name_max_length",
    "auth.0010_alter_group_name_max_length",
    "auth.0011_update_proxy_permissions",
    "auth.0012_alter_user_first_name_max_length",
    "contenttypes.0001_initial",
    "contenttypes.0002_remove_content_type_name",
    "shop.0001_initial",
    "shop.0002_squashed",
    "shop.0004_types",
    "zoo.0001_initial",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project."""
    project.write(tmp_path)
    return tmp_path


def run(folder: Path, mode: str, argument: str = "", name: str = ":memory:", *, signals: bool = True) -> dict[str, Any]:
    """Migrate in a process of its own, or ask whether a delta may be made."""
    environment = {
        **os.environ,
        "LAB_DATABASE": json.dumps({"ENGINE": "django.db.backends.sqlite3", "NAME": name}),
        "LAB_PATHS": json.dumps([str(folder), str(ROOT), str(ROOT / "src")]),
        "LAB_SIGNALS": "1" if signals else "",
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, str(folder / "run.py"), mode, argument]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def without_ids(dump: list[str]) -> list[str]:
    """A dump without the ids and the order of the migrations that were applied."""
    start = next(place for place, line in enumerate(dump) if line.startswith("django_migrations ["))
    end = next(place for place, line in enumerate(dump) if place > start and "[" in line.split("(")[0])
    applied = sorted(line.split(",", 1)[1] for line in dump[start + 1 : end])
    return dump[: start + 1] + applied + dump[end:]


def test_a_whole_build_is_the_same(folder: Path) -> None:
    """Tables, rows, content types, permissions, what is recorded, and what receivers of the signals are given."""
    stock = run(folder, "stock")
    fast = run(folder, "fast")
    assert fast["report"][0] == ""
    assert fast["report"][1] == len(KNOWN)
    assert fast["dump"] == stock["dump"]
    assert fast["seen"] == stock["seen"]
    assert len(stock["seen"]) == 2


def test_bare_is_before_post_migrate(folder: Path) -> None:
    """The hook sees what migrations made, and nothing that `post_migrate` makes."""
    fast = run(folder, "fast")
    assert fast["report"][3] == 1
    assert "Can add" not in str(fast["bare"])
    assert "Can add" in str(fast["dump"])
    assert "second" in str(fast["bare"])


def test_a_delta_from_bare_is_a_whole_build(folder: Path) -> None:
    """Also the ids of content types and permissions, where a model was renamed after a row named it."""
    kept, ready = folder / "bare.sqlite3", folder / "ready.sqlite3"
    run(folder, "fast", str(kept), str(ready), signals=False)
    (folder / "shop/migrations/0005_later.py").write_text(project.LATER)
    assert run(folder, "refused", json.dumps(KNOWN), signals=False)["refused"] == ""
    delta = run(folder, "fast", "", str(kept), signals=False)
    assert delta["report"][:2] == ["", 1]
    stock = run(folder, "stock", signals=False)
    assert without_ids(delta["dump"]) == without_ids(stock["dump"])


def test_a_delta_from_ready_would_differ(folder: Path) -> None:
    """Why it starts from bare: ids would be those of the old names."""
    ready = folder / "ready.sqlite3"
    run(folder, "fast", "", str(ready), signals=False)
    (folder / "shop/migrations/0005_later.py").write_text(project.LATER)
    delta = run(folder, "fast", "", str(ready), signals=False)
    assert without_ids(delta["dump"]) != without_ids(run(folder, "stock", signals=False)["dump"])


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        ("cage", "zoo.0002_size comes before shop.0002_squashed, which has RenameModel"),
        ("animal", "zoo.0002_size comes before accounts.0001_initial, and both have to do with zoo.animal"),
    ],
)
def test_a_migration_in_between_is_refused(folder: Path, model: str, refused: str) -> None:
    """Where known ones would have run after it, and could tell."""
    (folder / "zoo/migrations/0002_size.py").write_text(project.ZOO_SAME.format(model=model))
    initial = folder / "accounts/migrations/0001_initial.py"
    initial.write_text(initial.read_text().replace('"zoo", "0001_initial"', '"zoo", "0002_size"'))
    assert run(folder, "refused", json.dumps(KNOWN), signals=False)["refused"] == refused


def test_what_can_not_be_a_delta(folder: Path) -> None:
    """A migration that is gone, one that replaces others, a receiver that would be called twice."""
    refused = run(folder, "refused", json.dumps([*KNOWN, "shop.0009_gone"]), signals=False)["refused"]
    assert refused == "shop.0009_gone is no longer there"
    known = [name for name in KNOWN if name != "shop.0002_squashed"]
    refused = run(folder, "refused", json.dumps(known), signals=False)["refused"]
    assert refused == "shop.0002_squashed replaces others"
    assert run(folder, "refused", "[]")["refused"] == "a receiver of pre_migrate in shop.apps would run twice"
