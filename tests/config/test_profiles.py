"""Profiles and overrides: what counts, where it came from, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.config import load
from greenroom.config.load import Source
from greenroom.errors import ConfigError, ExitCode

TABLES = """\
[tool.greenroom]
timeout = 10
retries = 1
log-level = "error"
plugins = ["of.all"]

[tool.greenroom.profiles.base]
timeout = 20
repeat = 2
plugins = ["of.base"]
[[tool.greenroom.profiles.base.overrides]]
filter = "tag(base)"
retries = 5

[tool.greenroom.profiles.ci]
inherits = "base"
repeat = 3
filter = "!tag(local)"
[[tool.greenroom.profiles.ci.overrides]]
filter = "tag(ci)"
quarantine = "see issue 7"

[[tool.greenroom.overrides]]
filter = "kind(browser) & app(shop) - tag(quick)"
timeout = 90
retries = 2
retry-delay = 0.5
weight = 2
mutex = ["search", "mail"]
[[tool.greenroom.overrides]]
filter = "tag(one)"
mutex = "search"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two profiles."""
    (tmp_path / "pyproject.toml").write_text(TABLES)
    return tmp_path


def refused(folder: Path, text: str, profile: str | None = None) -> ConfigError:
    """What is said of a file."""
    (folder / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(folder, {}, {"profile": profile})
    assert caught.value.exit_code is ExitCode.USAGE
    assert "\n" not in caught.value.message
    return caught.value


def test_without_a_profile_they_say_nothing(project: Path) -> None:
    """Only what stands in the table itself."""
    loaded = load(project, {}, {})
    assert (loaded.config.timeout, loaded.config.repeat, loaded.config.filter) == (10.0, 1, ())
    assert loaded.profiles == ()
    assert [override.filter for override in loaded.overrides] == [
        "kind(browser) & app(shop) - tag(quick)",
        "tag(one)",
    ]


def test_a_profile_goes_before_the_table_and_behind_all_else(project: Path) -> None:
    """File, base, profile, variable, command line."""
    loaded = load(
        project, {"GREENROOM_PROFILE": "ci", "GREENROOM_LOG_LEVEL": "info"}, {"retries": "0", "log_level": "debug"}
    )
    config = loaded.config
    assert (config.profile, loaded.profiles) == ("ci", ("base", "ci"))
    assert (config.timeout, config.repeat, config.retries, config.log_level) == (20.0, 3, 0, "debug")
    assert config.filter == ("!tag(local)",)
    assert config.plugins == ("of.all", "of.base")
    assert load(project, {"GREENROOM_REPEAT": "7"}, {"profile": "ci"}).config.repeat == 7


def test_who_names_the_profile(project: Path) -> None:
    """The command line before the variable before the file."""
    assert load(project, {"GREENROOM_PROFILE": "ci"}, {"profile": "base"}).profiles == ("base",)
    (project / "pyproject.toml").write_text(TABLES.replace("retries = 1", 'retries = 1\nprofile = "base"'))
    assert load(project, {}, {}).profiles == ("base",)
    assert load(project, {"GREENROOM_PROFILE": "ci"}, {}).profiles == ("base", "ci")


def test_the_overrides_of_a_profile_come_first(project: Path) -> None:
    """Its own, those that it inherits, those of the table."""
    filters = [override.filter for override in load(project, {}, {"profile": "ci"}).overrides]
    assert filters == ["tag(ci)", "tag(base)", "kind(browser) & app(shop) - tag(quick)", "tag(one)"]


def test_what_an_override_says(project: Path) -> None:
    """Each key; one name stands for a list of one."""
    first, second = load(project, {}, {}).overrides
    assert (first.timeout, first.retries, first.retry_delay, first.weight) == (90.0, 2, 0.5, 2)
    assert (first.mutex, first.quarantine) == (("search", "mail"), None)
    assert (second.mutex, second.timeout) == (("search",), None)


def test_where_each_value_came_from(project: Path) -> None:
    """For `greenroom config`."""
    sources = load(project, {"GREENROOM_RETRIES": "2"}, {"profile": "ci", "flaky": "fail"}).sources
    assert sources["timeout"][-1] == Source("profile", "base", ("tool", "greenroom", "profiles", "base", "timeout"))
    assert sources["log_level"] == (Source("file", "", ("tool", "greenroom", "log-level")),)
    assert sources["retries"][-1] == Source("variable", "GREENROOM_RETRIES")
    assert sources["flaky"][-1] == Source("option", "--flaky")
    assert "repeat" in sources
    assert "no_tests" not in sources


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('[tool.greenroom.profiles.a]\ninherits = "b"', 2, "there is no profile 'b'", "Known: a."),
        (
            '[tool.greenroom.profiles.a]\ninherits = "b"\n[tool.greenroom.profiles.b]\ninherits = "a"',
            4,
            "profiles inherit from each other in a circle: a -> b -> a",
            "",
        ),
        (
            '[tool.greenroom.profiles.a]\ninherits = "a"',
            2,
            "profiles inherit from each other in a circle: a -> a",
            "",
        ),
        ("[tool.greenroom.profiles.a]\ninherits = 3", 2, "inherits must be the name of a profile, not 3", ""),
        (
            "[tool.greenroom.profiles.ci]\ntimeot = 3",
            2,
            "unknown key 'timeot' in [tool.greenroom.profiles.ci]",
            "Did you mean timeout",
        ),
        (
            '[tool.greenroom.profiles.ci]\ninherit = "x"',
            2,
            "unknown key 'inherit' in [tool.greenroom.profiles.ci]",
            "Did you mean inherits?",
        ),
        ("[tool.greenroom.profiles.ci]\ntimeout = 0", 2, "timeout must be more than 0, not 0", ""),
        ('[tool.greenroom.profiles.ci]\nprofile = "x"', 1, "a profile names no other profile but by inherits", "Write"),
        ("[tool.greenroom]\nprofiles = 3", 2, "profiles must be tables", "Write [tool.greenroom.profiles.NAME]."),
        ("[tool.greenroom]\nprofiles.ci = 3", 2, "profiles must be tables", "Write"),
        ("[tool.greenroom.overrides]\nfilter = 'x'", 1, "overrides must be a list of tables", "Write [[tool.greenr"),
        ("[[tool.greenroom.overrides]]\nretries = 1", 1, "this override has no filter", "Say which tests"),
        (
            "[[tool.greenroom.overrides]]\nfilter = 'all()'",
            1,
            "this override says nothing of its tests",
            "Known: timeout, retries, retry-delay, weight, mutex, quarantine.",
        ),
        (
            "[[tool.greenroom.overrides]]\nfilter = 'all()'\nretrys = 1",
            3,
            "unknown key 'retrys' in an override",
            "Did you mean retries?",
        ),
        (
            "[[tool.greenroom.overrides]]\nfilter = 'all()'\nweight = 0",
            3,
            "weight must be a whole number, 1 or more, not 0",
            "",
        ),
        ("[[tool.greenroom.overrides]]\nfilter = 'all()'\nquarantine = true", 3, "quarantine must be text, not", ""),
        ("[[tool.greenroom.overrides]]\nfilter = 3\nretries = 1", 2, "filter must be text, not 3", ""),
        (
            "[[tool.greenroom.overrides]]\nretries = 1\nfilter = 'tga(x)'",
            3,
            "column 1 of the filter: there is no predicate 'tga'",
            "  tga(x)\n  ^\nDid you mean tag?",
        ),
        (
            "[[tool.greenroom.profiles.never.overrides]]\nretries = 1\n\nfilter = 'tga(x)'",
            4,
            "column 1 of the filter: there is no predicate 'tga'",
            "",
        ),
        ("[tool.greenroom]\nfilter = 'tga(x)'", 2, "column 1 of the filter: there is no predicate 'tga'", ""),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, line: int, message: str, hint: str) -> None:
    """Whichever profile is chosen: each would bite in some run."""
    error = refused(tmp_path, text)
    assert error.message.startswith(f"{tmp_path / 'pyproject.toml'}:{line}: {message}")
    assert error.hint.startswith(hint)


def test_a_profile_that_is_none(project: Path, tmp_path: Path) -> None:
    """Who asked for it is named, and the nearest that there is."""
    error = refused(project, TABLES, profile="cii")
    assert error.message == f"Option --profile: there is no profile 'cii' in {project / 'pyproject.toml'}"
    assert error.hint == "Did you mean ci?"
    with pytest.raises(ConfigError, match="Environment variable GREENROOM_PROFILE: there is no profile 'x'"):
        load(project, {"GREENROOM_PROFILE": "x"}, {})
    error = refused(tmp_path, '[tool.greenroom]\nprofile = "x"')
    assert error.message.startswith(f"{tmp_path / 'pyproject.toml'}:2: there is no profile 'x' in ")
    assert error.hint == "Write [tool.greenroom.profiles.x]."
    (tmp_path / "pyproject.toml").unlink()
    with pytest.raises(ConfigError, match=r"there is no profile 'x': there is no \[tool.greenroom\]"):
        load(tmp_path, {}, {"profile": "x"})


def test_a_comma_in_an_expression_is_part_of_it(project: Path) -> None:
    """In a variable lists have commas between their members; an expression has some of its own."""
    assert load(project, {"GREENROOM_FILTER": "tag(a, b)"}, {}).config.filter == ("tag(a, b)",)
    assert load(project, {}, {"filter": ["tag(a, b)", "all()"]}).config.filter == ("tag(a, b)", "all()")
    with pytest.raises(ConfigError, match=r"Environment variable GREENROOM_FILTER: column 1 of the filter"):
        load(project, {"GREENROOM_FILTER": "tga(a)"}, {})
