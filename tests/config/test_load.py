"""Where the configuration comes from, and what is said of a mistake in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.config import RESERVED, Config, load
from greenroom.config.arguments import flag_of
from greenroom.config.values import FIELDS, key_name
from greenroom.errors import ConfigError, ExitCode


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder; nothing above it configures anything."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def write(folder: Path, text: str) -> Path:
    """A pyproject.toml with this text."""
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def table(folder: Path, text: str) -> Path:
    """A pyproject.toml with this in its [tool.greenroom]."""
    return write(folder, f"[tool.greenroom]\n{text}\n")


class TestFile:
    def test_without_a_file_the_defaults_hold(self, project: Path) -> None:
        """Nothing has to be configured."""
        loaded = load(project, {}, {})
        assert loaded.config == Config()
        assert (loaded.root, loaded.file) == (project, None)

    def test_all_keys_can_be_set(self, project: Path) -> None:
        """Keys are written with dashes."""
        file = table(
            project,
            """
            timeout = 5
            events = "events.jsonl"
            no-tests = "pass"
            start-method = "spawn"
            checks = "beside"
            split = false
            progress = "dots"
            history = false
            directory = "var"
            """,
        )
        loaded = load(project, {}, {})
        assert loaded.config == Config(
            timeout=5.0,
            events="events.jsonl",
            no_tests="pass",
            start_method="spawn",
            checks="beside",
            split=False,
            progress="dots",
            history=False,
            directory="var",
        )
        assert (loaded.root, loaded.file) == (project, file)

    def test_underscores_are_accepted(self, project: Path) -> None:
        """They are what a Python programmer types first."""
        table(project, 'no_tests = "pass"')
        assert load(project, {}, {}).config.no_tests == "pass"

    def test_both_spellings_at_once_are_refused(self, project: Path) -> None:
        """Neither could be said to win."""
        table(project, 'no_tests = "pass"\nno-tests = "fail"')
        with pytest.raises(ConfigError, match="no-tests is set twice"):
            load(project, {}, {})

    @pytest.mark.parametrize(
        "text",
        [
            "tool.greenroom.timeout = 3",
            "tool = {greenroom = {timeout = 3}}",
            "[tool]\ngreenroom = {timeout = 3}",
            "[tool]\ngreenroom.timeout = 3",
            '[ tool . "greenroom" ]\ntimeout = 3',
        ],
    )
    def test_the_table_may_be_written_in_any_way(self, project: Path, text: str) -> None:
        """TOML has several ways of saying the same."""
        write(project, text)
        assert load(project, {}, {}).config.timeout == 3.0

    def test_the_nearest_file_with_a_table_counts(self, project: Path) -> None:
        """A pyproject.toml of something else on the way up is passed by."""
        file = table(project, "timeout = 1")
        inner = project / "a" / "b"
        inner.mkdir(parents=True)
        write(inner, "[project]\nname = 'b'")
        write(inner.parent, "# greenroom is configured in tool.greenroom of another file\n[tool.ruff]")
        loaded = load(inner, {}, {})
        assert (loaded.config.timeout, loaded.root, loaded.file) == (1.0, project, file)
        table(inner, "timeout = 2")
        assert load(inner, {}, {}).config.timeout == 2.0

    @pytest.mark.parametrize("marker", ["manage.py", "pyproject.toml"])
    def test_the_root_of_a_project_without_configuration(self, project: Path, marker: str) -> None:
        """It is where manage.py or a pyproject.toml is."""
        (project / marker).touch()
        inner = project / "a" / "b"
        inner.mkdir(parents=True)
        assert load(inner, {}, {}).root == project

    def test_a_file_that_is_not_about_greenroom_may_be_anything(self, project: Path) -> None:
        """A syntax error in it is not greenroom's to tell."""
        write(project, "this is = = no TOML")
        assert load(project, {}, {}).config == Config()

    def test_a_folder_of_that_name_is_no_file(self, project: Path) -> None:
        """What cannot be read configures nothing."""
        (project / "pyproject.toml").mkdir()
        assert load(project, {}, {}).file is None

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("timeout = = 3", 2, "Invalid value"),
            ("timeout = 1\ntimeout = 2", 3, "overwrite"),
            ('events = "abc', 2, "newline|Illegal|Unterminated|Expected"),
            ("timeout = [1,", 2, "array|Invalid|Unclosed"),
        ],
    )
    def test_a_syntax_error_is_told_with_its_place(self, project: Path, text: str, line: int, words: str) -> None:
        """As `file:line`, which editors and terminals can follow."""
        file = table(project, text)
        with pytest.raises(ConfigError, match=words) as caught:
            load(project, {}, {})
        assert caught.value.message.startswith((f"{file}:{line}: not valid TOML:", f"{file}:{line + 1}: not"))
        assert "\n" not in caught.value.message

    def test_a_file_in_another_encoding_is_told(self, project: Path) -> None:
        """TOML is UTF-8."""
        file = project / "pyproject.toml"
        file.write_bytes(b'[tool.greenroom]\nevents = "caf\xe9"')
        with pytest.raises(ConfigError, match=":2: not UTF-8"):
            load(project, {}, {})

    def test_what_is_no_table_is_told(self, project: Path) -> None:
        """With how to write it."""
        write(project, "[tool]\ngreenroom = 3")
        with pytest.raises(ConfigError, match=r"must be a table"):
            load(project, {}, {})

    @pytest.mark.parametrize(
        ("key", "hint"),
        [
            ("time-out", "Did you mean timeout"),
            ("no_test", "Did you mean no-tests"),
            ("override", "Did you mean overrides"),
            ("xyz", f"Known: {', '.join(sorted([*map(key_name, FIELDS), 'overrides', 'profiles']))}."),
        ],
    )
    def test_an_unknown_key_is_told_with_the_nearest(self, project: Path, key: str, hint: str) -> None:
        """Nothing is ever ignored."""
        file = table(project, f"{key} = 1")
        with pytest.raises(ConfigError) as caught:
            load(project, {}, {})
        assert caught.value.message == f"{file}:2: unknown key {key!r} in [tool.greenroom]"
        assert caught.value.hint.startswith(hint)
        assert caught.value.exit_code is ExitCode.USAGE

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("timeout = 0", "timeout must be more than 0, not 0"),
            ("timeout = -1.5", "timeout must be more than 0, not -1.5"),
            ("timeout = nan", "timeout must be more than 0, not nan"),
            ("timeout = inf", "timeout must be more than 0, not inf"),
            ("timeout = true", "timeout must be a number of seconds, not True"),
            ('timeout = "5"', "timeout must be a number of seconds, not '5'"),
            ("timeout = [1]", "timeout must be a number of seconds, not a list"),
            ("split = 1", "split must be true or false, not 1"),
            ('split = "yes"', "split must be true or false, not 'yes'"),
            ("events = 3", "events must be text, not 3"),
            ('directory = ""', "directory must not be empty"),
            ("directory = 2020-01-01", "directory must be text, not a date"),
            ("no-tests = true", "no-tests must be fail or pass, not True"),
            ('no_tests = "passs"', "no_tests must be fail or pass, not 'passs'\nDid you mean pass?"),
            ("no-tests = []", "no-tests must be fail or pass, not a list"),
            ('checks = "never"', "checks must be auto, before, beside or off, not 'never'"),
        ],
    )
    def test_a_wrong_value_is_told_with_what_would_be_right(self, project: Path, text: str, message: str) -> None:
        """One line that names the file and the key as written."""
        file = table(project, text)
        with pytest.raises(ConfigError) as caught:
            load(project, {}, {})
        assert str(caught.value) == f"{file}:2: {message}"


class TestEnvironment:
    @pytest.mark.parametrize("word", ["true", "1", "yes", "on", "TRUE", "On"])
    def test_words_for_yes(self, project: Path, word: str) -> None:
        """Variables know no booleans."""
        table(project, "split = false")
        assert load(project, {"GREENROOM_SPLIT": word}, {}).config.split is True

    @pytest.mark.parametrize("word", ["false", "0", "no", "off", "No"])
    def test_words_for_no(self, project: Path, word: str) -> None:
        """The opposite."""
        assert load(project, {"GREENROOM_SPLIT": word}, {}).config.split is False

    def test_variables_go_before_the_file(self, project: Path) -> None:
        """What is set for one run goes before what is set for all."""
        table(project, 'timeout = 1\nno-tests = "fail"\nevents = "a"')
        variables = {"GREENROOM_TIMEOUT": "2.5", "GREENROOM_NO_TESTS": "pass", "GREENROOM_EVENTS": "b", "PATH": "x"}
        config = load(project, variables, {}).config
        assert (config.timeout, config.no_tests, config.events) == (2.5, "pass", "b")

    def test_an_empty_variable_is_not_set(self, project: Path) -> None:
        """So CI systems hand on what was not given."""
        assert load(project, {"GREENROOM_TIMEOUT": ""}, {}).config.timeout is None

    def test_greenrooms_own_variables_configure_nothing(self, project: Path) -> None:
        """They are set for worker processes."""
        assert load(project, dict.fromkeys(RESERVED, "1"), {}).config == Config()

    @pytest.mark.parametrize(
        ("variable", "hint"),
        [("GREENROOM_NO_TEST", "GREENROOM_NO_TESTS"), ("GREENROOM_timeout", "GREENROOM_TIMEOUT")],
    )
    def test_an_unknown_variable_is_told(self, project: Path, variable: str, hint: str) -> None:
        """A misspelt one would else do nothing in silence."""
        with pytest.raises(ConfigError) as caught:
            load(project, {variable: "1"}, {})
        assert caught.value.message == f"Unknown environment variable {variable}"
        assert hint in caught.value.hint

    @pytest.mark.parametrize(
        ("variable", "value", "message"),
        [
            ("TIMEOUT", "soon", "must be a number of seconds, not 'soon'"),
            ("TIMEOUT", "0", "must be more than 0, not 0"),
            ("TIMEOUT", "nan", "must be more than 0, not nan"),
            ("SPLIT", "maybe", "must be true or false, not 'maybe'"),
            ("CHECKS", "besides", "must be auto, before, beside or off, not 'besides'\nDid you mean beside?"),
        ],
    )
    def test_a_wrong_value_names_the_variable(self, project: Path, variable: str, value: str, message: str) -> None:
        """There is no file to look into."""
        with pytest.raises(ConfigError) as caught:
            load(project, {f"GREENROOM_{variable}": value}, {})
        assert str(caught.value) == f"Environment variable GREENROOM_{variable} {message}"


class TestOverrides:
    def test_the_command_line_goes_before_all(self, project: Path) -> None:
        """None is what argparse has for an option that was not given."""
        table(project, "timeout = 1\nsplit = false")
        config = load(project, {"GREENROOM_TIMEOUT": "2"}, {"timeout": 3.0, "split": None, "no-tests": "pass"}).config
        assert (config.timeout, config.split, config.no_tests) == (3.0, False, "pass")

    def test_a_wrong_option_is_told(self, project: Path) -> None:
        """In the words of the command line."""
        with pytest.raises(ConfigError, match="Option --no-tests must be fail or pass, not 'x'"):
            load(project, {}, {"no_tests": "x"})
        with pytest.raises(ConfigError, match="Unknown option 'no_testss'") as caught:
            load(project, {}, {"no_testss": "x"})
        assert caught.value.hint.startswith("Did you mean no-tests")

    def test_a_mistake_that_is_overridden_is_told_all_the_same(self, project: Path) -> None:
        """It would bite in another run."""
        table(project, "timeout = 0")
        with pytest.raises(ConfigError):
            load(project, {}, {"timeout": 1.0})


@given(st.sampled_from(sorted(FIELDS)), st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_any_value_is_taken_or_refused_in_one_line(field: str, value: Any) -> None:
    """No value leads to anything but a configuration or a `ConfigError`."""
    try:
        assert isinstance(load(Path("/"), {}, {field: value}).config, Config)
    except ConfigError as error:
        message = error.message
    else:
        return
    flag = "-E" if field == "filter" else flag_of(field)
    assert message.startswith((f"Option {flag} must", f"Option {flag}: ", f"{flag} says nothing"))
    assert "\n" not in message


def test_no_toml_parser_is_imported_without_need(project: Path) -> None:
    """Start-up time counts: most projects have nothing to parse."""
    write(project, "[project]\nname = 'x'\ndependencies = ['greenroom']\n")
    code = (
        "import sys, pathlib; from greenroom.config import load; load(pathlib.Path(sys.argv[1]), {}, {});"
        "print([name for name in ('tomllib', 'sqlite3', 'django', 'pytest') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(project)], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_every_field_is_documented() -> None:
    """Each has a docstring below it, which is what the reference is made of."""
    import inspect

    from greenroom.config import schema

    lines = inspect.getsource(schema.Config).splitlines()
    for name in FIELDS:
        place = next(at for at, line in enumerate(lines) if line.startswith(f"    {name}:"))
        assert lines[place + 1].startswith('    """'), name
