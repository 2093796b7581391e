"""The catalogue says what is compared; a mistake in it must not make a comparison smaller."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.catalogue import FILE, load
from parity.errors import ParityError
from parity.runs import settings_source


def test_every_source_is_pinned() -> None:
    """By version and by sha256: what is compared tomorrow is what was compared today."""
    catalogue = load()
    for package in (*catalogue.django, *catalogue.packages):
        assert package.version
        assert len(package.sha256) == 64


def test_there_are_packages_of_others() -> None:
    """Django's suite is one shape of many."""
    assert len(load().packages) >= 6


def test_the_fixed_part_holds_what_a_runner_could_break() -> None:
    """These apps of Django's suite test what a runner has a hand in."""
    wanted = {
        "test_runner",
        "test_runner_apps",
        "test_utils",
        "test_client",
        "transactions",
        "fixtures",
        "multiple_database",
        "servers",
        "async",
        "backends",
    }
    assert wanted <= set(load().fixed_labels)


def test_a_series_stands_for_its_pinned_version() -> None:
    """The running interpreter's Django decides, by its series."""
    catalogue = load()
    assert catalogue.django_for("5.2.1").version == "5.2.19"
    with pytest.raises(ParityError, match=r"no Django 4\.2 is pinned"):
        catalogue.django_for("4.2.1")


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """A misspelt `labels` would else run another part of a suite than was meant."""
    file = tmp_path / "packages.toml"
    file.write_text(FILE.read_text().replace('labels = ["core"]', 'lables = ["core"]'))
    with pytest.raises(ParityError, match="lables"):
        load(file)


def test_the_part_for_postgresql_holds_what_a_reset_could_break() -> None:
    """What commits, what changes the schema, and what only a server has."""
    database = load().database("postgresql")
    assert database is not None
    assert {"transactions", "fixtures", "multiple_database", "schema", "backends"} <= set(database.fixed_labels)
    assert database.fixed_modes[0] == "serial"


def test_sqlite_needs_no_server() -> None:
    """Everything runs on it as it is."""
    assert load().database("sqlite") is None


def test_an_unknown_database_is_refused() -> None:
    """With the names that are known."""
    with pytest.raises(ParityError, match=r"no database 'oracle'(?s:.*)Known: sqlite, postgresql, mariadb"):
        load().database("oracle")


def test_an_unknown_key_of_a_database_is_refused(tmp_path: Path) -> None:
    """Like that of a package."""
    file = tmp_path / "packages.toml"
    file.write_text(FILE.read_text().replace("fixed_labels = [", "labels = ["))
    with pytest.raises(ParityError, match="postgresql has unknown keys labels"):
        load(file)


def test_generated_settings_end_with_the_runner() -> None:
    """After whatever their settings and the catalogue say, since the last one counts."""
    for package in load().packages:
        source = settings_source(package, "some.Runner", Path("tree"))
        compile(source, "settings", "exec")
        assert source.rstrip().endswith("TEST_RUNNER = 'some.Runner'")
