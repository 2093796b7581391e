"""What the set-up says and does about servers and browsers, without installing any."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import programs


def test_where_all_is_there_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run where the set-up has been."""
    monkeypatch.setattr(programs, "_install", lambda *_: pytest.fail("something was to be installed"))
    programs.ensure(["/usr/local/bin/python3.13"])


def test_a_server_is_found_in_the_usual_places_too(tmp_path: Path) -> None:
    """Debian keeps PostgreSQL's programs away from the PATH; the version is a part of the folder."""
    program = tmp_path / "15" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    need = programs.Need("PostgreSQL", ("postgres",), (f"{tmp_path}/*/bin",), ("postgresql",), "postgresql")
    assert not need.is_there("")
    program.touch(mode=0o755)
    assert need.is_there("")


def test_what_is_missing_is_named_with_its_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nothing can be installed from here, in one line."""
    monkeypatch.setenv("PATH", str(tmp_path))
    need = programs.Need("PostgreSQL", ("postgres",), (), ("postgresql",), "postgresql@17")
    monkeypatch.setattr(programs, "NEEDS", (need,))
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(programs.MissingError) as caught:
        programs.ensure()
    said = str(caught.value)
    assert "PostgreSQL, the headers of MariaDB's client" in said
    assert "apt-get install --no-install-recommends postgresql libmariadb-dev" in said
    assert "\n" not in said
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(programs.MissingError, match=r"brew install postgresql@17 mariadb-connector-c\."):
        programs.ensure()


def test_an_installation_that_changed_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """That apt-get ended well is not taken as proof."""
    need = programs.Need("no such thing", ("no-such-program",), (), ("no-such-package",), "none")
    asked: list[list[str]] = []
    monkeypatch.setattr(programs, "NEEDS", (need,))
    monkeypatch.setattr(programs, "_sudo", list)
    monkeypatch.setattr(programs, "_install", lambda sudo, packages: asked.append(packages))
    with pytest.raises(programs.MissingError, match=r"and yet: .*no such thing"):
        programs.ensure()
    assert asked == [["no-such-package"]]


def test_the_headers_of_the_systems_own_python_are_needed() -> None:
    """Debian packages them apart; other Pythons bring theirs."""
    found = programs.missing(["/usr/bin/python3.99", "/opt/python3.99/bin/python3.99"])
    assert [need.debian for need in found] == [("python3.99-dev",)]
