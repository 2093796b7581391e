"""What reports say comes back from them to the letter, read as their readers do, whatever a test says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenroom.events import Problem, RunFinished, TestFinished
from greenroom.reporters.github import SUMMARY_LIMIT, GitHub
from greenroom.reporters.markdown import Markdown
from greenroom.reporters.output import clean, one_line
from greenroom.reporters.story import failing_place, split_id
from greenroom.reporters.summary import code
from greenroom.reporters.tap import Tap
from greenroom.reporters.teamcity import TeamCity
from greenroom.testing import report_of, sample_run
from greenroom.testing.sample_run import BEGAN, NASTY, ROOT, problem

RUN = sample_run()
TEXTS = st.text(max_size=60) | st.sampled_from(
    [NASTY, "", "]]>", "\r\n::warning::", "|'|[|]|", "# SKIP", "```\n````", "%25"]
)
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def failing(text: str, name: str = "a.B.test") -> list[object]:
    """A run of one test that failed so."""
    event = TestFinished(BEGAN, name, 0, 0.5, "failed", problems=(Problem("failure", text),))
    return [RUN[0], event, RunFinished(BEGAN + 1, 1.0, 1, 1, 1)]


@often
@given(text=TEXTS, name=TEXTS)
def test_github(text: str, name: str, tmp_path: Path) -> None:
    """One command on one line, whatever is in it: no other command can be smuggled in."""
    out = report_of(GitHub, failing(text, f"a.{name}"), tmp_path).out  # type: ignore[arg-type]
    assert out.count("\n") == 1
    assert not re.search(r"[\r\x0b\x0c\x1c-\x1e\x85]", out)
    found = re.fullmatch(r"::error title=([^:,]*)::(.*)\n", out, re.DOTALL)
    assert found is not None
    title, message = (_unescaped(part) for part in found.groups())
    assert title == one_line(f"a.{name}")
    assert clean(text.strip())[-100:] in message


def _unescaped(value: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(escape, character)
    return value


@often
@given(text=TEXTS, name=TEXTS)
def test_teamcity(text: str, name: str, tmp_path: Path) -> None:
    """Each line is one message, and its values come back."""
    out = report_of(TeamCity, failing(text, f"a.{name}"), tmp_path).out  # type: ignore[arg-type]
    messages = [_message(line) for line in out.split("\n") if line]
    assert [kind for kind, _ in messages] == ["testStarted", "testFailed", "testFinished"]
    values = messages[1][1]
    assert values["name"] == clean(f"a.{name}".replace("\x85", "\n"))
    assert values["details"] == clean(text.replace("\x85", "\n"))


def _message(line: str) -> tuple[str, dict[str, str]]:
    assert line.isprintable() or not re.search(r"[\r\n\u2028\u2029\x85]", line)
    found = re.fullmatch(r"##teamcity\[(\w+)((?: \w+='(?:[^|'\[\]]|\|.)*')*)\]", line)
    assert found is not None, line
    back = {"n": "\n", "r": "\r", "l": "\u2028", "p": "\u2029"}
    values = {
        name: re.sub(r"\|(.)", lambda match: back.get(match[1], match[1]), value)
        for name, value in re.findall(r" (\w+)='((?:[^|'\[\]]|\|.)*)'", found[2])
    }
    return found[1], values


@often
@given(text=TEXTS, name=TEXTS)
def test_tap(text: str, name: str, tmp_path: Path) -> None:
    """The name can't become a directive, nor the text a test; the diagnostics are YAML."""
    out = report_of(Tap, failing(text, f"a.{name}"), tmp_path).out  # type: ignore[arg-type]
    head, point, *block, plan, end = out.split("\n")
    assert (head, plan, end) == ("TAP version 14", "1..1", "")
    assert point.startswith("not ok 1 - ")
    assert not re.search(r"(?<!\\)(?:\\\\)*#", point)
    assert re.sub(r"\\(.)", r"\1", point.removeprefix("not ok 1 - ")) == one_line(f"a.{name}")
    assert (block[0], block[-1]) == ("  ---", "  ...")
    assert yaml.safe_load("\n".join(block[1:-1]))["details"] == clean(text)


@often
@given(text=TEXTS)
def test_markdown(text: str, tmp_path: Path) -> None:
    """What a test says stays within its fence."""
    out = report_of(Markdown, failing(text), tmp_path).out  # type: ignore[arg-type]
    found = re.search(r"^(`{3,})text\n(.*)\n\1\n\n</details>\n", out, re.DOTALL | re.MULTILINE)
    if clean(text).strip():
        assert found is not None
        assert found[1] not in found[2]
    else:
        assert found is None


@often
@given(TEXTS)
def test_a_name_as_code(name: str) -> None:
    """The fence of a name is longer than any in it, and a cell of a table stays one."""
    text = code(name)
    fence = re.match("`+", text)
    assert fence is not None
    assert "|" not in text
    assert "\n" not in text
    inner = text[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)


def test_the_summary_is_cut_to_what_github_takes(tmp_path: Path) -> None:
    """Tracebacks go, names stay."""
    tests = [
        TestFinished(BEGAN, f"a.B.test_{n}", n, 0.1, "failed", problems=(problem("failure", "é" * 5000),))
        for n in range(400)
    ]
    run = [RUN[0], *tests, RunFinished(BEGAN, 40.0, 1, 400, 400)]
    file = tmp_path / "summary.md"
    out = report_of(GitHub, run, tmp_path / "x", environ={"GITHUB_STEP_SUMMARY": str(file)}).out
    assert out.count("::error") == 50
    page = file.read_bytes()
    assert len(page) <= SUMMARY_LIMIT
    assert b"a.B.test_49" in page
    assert "… and 350 more" in page.decode()


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("app.tests.Case.test_x", ("app.tests.Case", "test_x")),
        ("test_x", ("", "test_x")),
        ("app/tests.py::test_x", ("app.tests", "test_x")),
        ("app/tests.py::Case::test_x[a::b.c/d]", ("app.tests.Case", "test_x[a::b.c/d]")),
    ],
)
def test_ids(test: str, names: tuple[str, str]) -> None:
    """Of unittest and of pytest."""
    assert split_id(test) == names


def test_where_a_failure_is_shown() -> None:
    """The last line of the project's own code; else where the test stands; else nowhere."""
    assert failing_place((problem("failure", "x", 12),), ROOT, "shop/tests.py", 3) == ("shop/tests.py", 12)
    assert failing_place((problem("failure", "x", 12),), "/elsewhere", "shop/tests.py", 3) == ("shop/tests.py", 3)
    assert failing_place((Problem("failure", "x"),), ROOT, f"{ROOT}/shop/tests.py", 3) == ("shop/tests.py", 3)
    assert failing_place((), ROOT, "", 0) == ("", 0)
