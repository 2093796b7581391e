"""Which browsers are there, and how they are started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from greenroom.browsers import BrowserError, Found, Launch, available, find, first
from greenroom.browsers.flags import chromium_flags, playwright_options


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine without browsers, but for what a test puts into this folder of the PATH."""
    monkeypatch.setattr("greenroom.browsers.finding._USUAL", ())
    monkeypatch.setattr(
        "greenroom.browsers.finding._APPS", dict.fromkeys(("chromium", "chrome", "edge", "firefox"), "-")
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "builds"))
    find.cache_clear()
    yield tmp_path
    find.cache_clear()


def program(path: Path) -> Path:
    """Something that can be executed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_what_is_missing_is_named(nothing_installed: Path) -> None:
    """The browser, or the driver that Selenium needs for it."""
    assert available("firefox", "selenium") == "the browser firefox is not installed"
    program(nothing_installed / "firefox-esr")
    find.cache_clear()
    assert available("firefox", "selenium") == "geckodriver, which Selenium drives firefox by, is not installed"
    assert "Playwright" in str(available("firefox", "playwright"))
    driver = program(nothing_installed / "geckodriver")
    find.cache_clear()
    assert available("firefox") is None
    assert find("firefox", "selenium") == Found("firefox", nothing_installed / "firefox-esr", driver)


def test_the_builds_that_playwright_installs(nothing_installed: Path) -> None:
    """The newest; of Chromium one that is installed otherwise goes first."""
    assert available("webkit", "selenium") == "the browser webkit is not installed"
    old, new = (program(nothing_installed / "builds" / f"firefox-{build}" / "firefox/firefox") for build in (999, 1500))
    assert find("firefox", "playwright").program == new != old
    built = program(nothing_installed / "builds" / "chromium-1100" / "chrome-linux" / "chrome")
    assert find("chromium", "playwright").program == built
    installed = program(nothing_installed / "chromium-browser")
    find.cache_clear()
    assert find("chromium", "playwright").program == installed


def test_the_first_one(nothing_installed: Path) -> None:
    """Where no browser is named, one that is there; chromium, to be missed by name, where none is."""
    assert first("selenium") == "chromium"
    program(nothing_installed / "firefox")
    program(nothing_installed / "geckodriver")
    find.cache_clear()
    assert first("selenium") == "firefox"


def test_a_name_that_is_none() -> None:
    """The nearest known one is offered."""
    with pytest.raises(BrowserError, match="Did you mean chrome or chromium"):
        find("chrom", "selenium")


def test_headed_and_slow() -> None:
    """Windows are shown only on wish; the wait is in seconds here, and in milliseconds with Playwright."""
    usual, watched = Launch("chromium"), Launch("chromium", headed=True, slowmo=0.5, arguments=("--mine",))
    assert "--headless=new" in chromium_flags(usual)
    assert "--headless=new" not in chromium_flags(watched)
    assert chromium_flags(watched)[-1] == "--mine"
    options = playwright_options(Found("chromium", Path("/x/chromium")), watched)
    assert (options["headless"], options["slow_mo"], options["executable_path"]) == (False, 500, "/x/chromium")
    assert "--mine" in options["args"]
    assert playwright_options(Found("firefox", Path("/x")), Launch("firefox"))["args"] == []
