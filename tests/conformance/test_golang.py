"""Building a program that is published as a Go module: the real Go, and a module proxy that is a folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from greenroom.conformance import golang
from greenroom.conformance.golang import MissingGoError, find_go, installed
from greenroom.errors import GreenroomError

PACKAGE = "suites.invalid/hello"
needs_go = pytest.mark.skipif(find_go() is None, reason="Go is not installed")


@pytest.fixture
def proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module proxy (`go help goproxy`) with one module, in place of the user's."""
    folder = tmp_path / "proxy" / PACKAGE / "@v"
    folder.mkdir(parents=True)
    module = f"module {PACKAGE}\n\ngo 1.20\n"
    (folder / "list").write_text("v1.2.3\n")
    (folder / "v1.2.3.info").write_text('{"Version": "v1.2.3"}')
    (folder / "v1.2.3.mod").write_text(module)
    with zipfile.ZipFile(folder / "v1.2.3.zip", "w") as archive:
        archive.writestr(f"{PACKAGE}@v1.2.3/go.mod", module)
        archive.writestr(f"{PACKAGE}@v1.2.3/main.go", 'package main\n\nfunc main() { println("hello") }\n')
    monkeypatch.setenv("GOPROXY", (tmp_path / "proxy").as_uri())
    monkeypatch.setenv("GONOSUMDB", PACKAGE)
    monkeypatch.setenv("GOFLAGS", "-modcacherw -mod=vendor")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    return folder


@needs_go
def test_built_once(tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is there and runs; the second time no Go is asked. A build that fails leaves nothing."""
    with pytest.raises(GreenroomError, match=r"v9\.9\.9"):
        installed(PACKAGE, "v9.9.9", tmp_path / "cache")
    program = installed(PACKAGE, "v1.2.3", tmp_path / "cache")
    assert program.name == "hello"
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == [program]
    monkeypatch.setattr(golang, "find_go", lambda: None)
    assert installed(PACKAGE, "v1.2.3", tmp_path / "cache") == program


@needs_go
def test_the_checksum_database_is_asked(tmp_path: Path, proxy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that nobody exempted from it, and that it does not know, is not built."""
    monkeypatch.setenv("GONOSUMDB", "")
    monkeypatch.setenv("GOSUMDB", "sum.golang.org https://localhost:1")
    with pytest.raises(GreenroomError, match="exit code") as caught:
        installed(PACKAGE, "v1.2.3", tmp_path / "cache")
    assert "localhost:1" in str(caught.value)


@needs_go
def test_what_is_built_is_told_once(tmp_path: Path, proxy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where it can't be, and is tried again."""
    for _ in range(2):
        with pytest.raises(GreenroomError, match=r"v8\.8\.8"):
            installed(PACKAGE, "v8.8.8", tmp_path / "cache")
    assert capsys.readouterr().err == f"greenroom: building {PACKAGE} v8.8.8, once for all later runs\n"


def test_no_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says what needs it, and one that says what to do."""
    monkeypatch.setattr(golang, "_USUAL", str(tmp_path / "go"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GOROOT", raising=False)
    with pytest.raises(MissingGoError, match=PACKAGE) as caught:
        installed(PACKAGE, "v1.2.3", tmp_path / "cache")
    assert caught.value.exit_code == 3
    assert "Install Go" in caught.value.hint
