"""What the environments are made of, without making any."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from tools import environments, package_settings
from tools.environments import Interpreter, SetupError
from tools.requirements import own_extras, requirements


def interpreters(*versions: tuple[int, int, int]) -> dict[str, Interpreter]:
    """Interpreters of these versions, as if found."""
    found = [Interpreter(f"python{version[1]}", version, has_pip=True) for version in versions]
    return {interpreter.minor: interpreter for interpreter in found}


def test_the_newest_pair_is_the_primary() -> None:
    """Newest by Django first, then by Python."""
    planned = environments.plan(interpreters((3, 11, 7), (3, 12, 1), (3, 14, 0)))
    titles = [environment.title for environment in planned]
    assert titles[0] == "Python 3.14 × Django 6.1"
    assert set(titles[1:]) == {
        "Python 3.11 × Django 5.2",
        "Python 3.12 × Django 5.2",
        "Python 3.12 × Django 6.0",
        "Python 3.14 × Django 5.2",
    }


def test_what_is_left_out_is_said() -> None:
    """Each pair whose interpreter is missing has its line."""
    lines = environments.left_out(interpreters((3, 11, 7), (3, 12, 1), (3, 13, 0)))
    assert [line.partition(" (")[0] for line in lines] == [
        "left out: Python 3.14 × Django 5.2",
        "left out: Python 3.14 × Django 6.1",
    ]


def test_no_interpreter_at_all_is_an_error() -> None:
    """In words, not a traceback."""
    with pytest.raises(SetupError, match=r"needs CPython 3\.11"):
        environments.plan({})


def test_an_interpreter_is_believed_when_it_has_run() -> None:
    """This one runs; a name that leads nowhere does not."""
    found = environments.probe(sys.executable)
    assert found is not None
    assert found.version == sys.version_info[:3]
    assert environments.probe("no-such-python") is None


def test_a_group_brings_those_that_it_includes() -> None:
    """As PEP 735 has it."""
    groups: dict[str, list[str | Mapping[str, str]]] = {"test": ["pytest"], "dev": [{"include-group": "test"}, "ruff"]}
    assert requirements("dev", groups) == ["pytest", "ruff"]


def test_uv_goes_by_the_settings_of_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was set for uv itself stays; a folder that is not there is passed over, as pip does."""
    for name in package_settings.UV_NAMES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "7")
    pip = {"cert": "ca.pem", "default-timeout": "180", "find-links": f"no-such-folder {sys.prefix}", "quiet": "1"}
    assert package_settings.uv_settings(pip) == {"SSL_CERT_FILE": "ca.pem", "UV_FIND_LINKS": sys.prefix}


def test_an_extra_of_our_own_is_not_asked_for_by_name() -> None:
    """The index may know another project of that name."""
    project = {"optional-dependencies": {"a": ["one>=1"], "b": ["two", "three"]}}
    assert own_extras(["greenroom[a,b]", "four"], project) == ["one>=1", "two", "three", "four"]
