"""JUnit XML as many tools write it, and as nobody should."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenroom.conformance import junit
from greenroom.conformance.junit import Finding, JUnitError, Result, read_junit


def read(tmp_path: Path, text: str | bytes) -> list[Result]:
    """The results of a file with this text."""
    path = tmp_path / "junit.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_junit(path)


def names(results: list[Result]) -> list[str]:
    """The names of results."""
    return [result.name for result in results]


def test_the_usual_file(tmp_path: Path) -> None:
    """Passes, failures, errors and skips, with their texts, output and seconds."""
    results = read(
        tmp_path,
        """<?xml version="1.0"?><testsuites><testsuite name="s" tests="4" failures="1" errors="1" skipped="1">
        <testcase classname="a.B" name="passes" time="0.25"><system-out>quiet</system-out></testcase>
        <testcase classname="a.B" name="fails" time="1,000.5"><failure message="1 != 2" type="AssertionError">line 3
        1 != 2</failure><system-err>GET /</system-err></testcase>
        <testcase classname="a.B" name="errs" time="soon"><error message="boom" type="OSError"/></testcase>
        <testcase classname="a.B" name="skips"><skipped message="not today"/></testcase>
        </testsuite></testsuites>""",
    )
    assert results[0] == Result("a.B.passes", 0.25)
    assert results[1].name == "a.B.fails"
    assert results[1].seconds == 1000.5
    [failure] = results[1].findings
    assert failure.kind == "failure"
    assert "AssertionError" in failure.text
    assert "line 3" in failure.text
    assert "system-err:\nGET /" in failure.text
    assert results[2] == Result("a.B.errs", 0.0, (Finding("error", "OSError: boom"),))
    assert results[3] == Result("a.B.skips", 0.0, (Finding("skip", "not today"),))
    assert [result.bad for result in results] == [False, True, True, False]
    assert [result.skipped for result in results] == [False, False, False, True]


def test_suites_within_suites(tmp_path: Path) -> None:
    """In any depth, each with its own name for cases that have no class."""
    results = read(
        tmp_path,
        """<testsuites><testsuite name="outer"><testcase name="one"/><testsuite name="inner"><testcase name="two"/>
        <testsuite name="core"><testcase name="core/three"/></testsuite></testsuite><testcase name="four"/></testsuite>
        </testsuites>""",
    )
    assert names(results) == ["outer/one", "inner/two", "core/three", "outer/four"]


def test_one_suite_as_the_root(tmp_path: Path) -> None:
    """As Surefire writes it; elements may be of a namespace."""
    assert names(read(tmp_path, '<testsuite name="s"><testcase name="a"/></testsuite>')) == ["s/a"]
    assert names(read(tmp_path, '<j:testsuite xmlns:j="x:y"><j:testcase name="a"/></j:testsuite>')) == ["a"]


def test_status_in_place_of_elements(tmp_path: Path) -> None:
    """As the official OCI suite writes it: no `failure` element, the reason in system-out."""
    results = read(
        tmp_path,
        """<testsuites><testsuite name="s"><testcase name="s/a" status="passed"><system-err>GET</system-err></testcase>
        <testcase name="s/b" status="failure"><system-out>expected 404</system-out><system-err>PUT</system-err></testcase>
        <testcase name="s/c" status="skipped"><system-out>unsupported</system-out></testcase>
        <testcase name="s/d" status="error"/><testcase name="e" result="suppressed"/></testsuite></testsuites>""",
    )
    assert results[0].findings == ()
    assert results[1].findings == (Finding("failure", "expected 404\n\nPUT"),)
    assert results[2].findings == (Finding("skip", "unsupported"),)
    assert results[3].bad
    assert results[4].skipped


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    """By their number, so that no result hides another."""
    case = '<testcase classname="c" name="n"/>'
    assert names(read(tmp_path, f"<testsuite>{case * 3}</testsuite>")) == ["c.n", "c.n #2", "c.n #3"]


def test_a_failure_that_no_case_shows(tmp_path: Path) -> None:
    """A suite that counts more failures than its cases show has one result more, once."""
    results = read(
        tmp_path,
        """<testsuites failures="2"><testsuite name="s" tests="2" failures="2" errors="0">
        <testcase name="s/a" status="failure"/><testcase name="s/b" status="passed"/></testsuite></testsuites>""",
    )
    assert names(results) == ["s/a", "s/b", "s (summary)"]
    assert results[2].bad


def test_trouble_outside_of_cases(tmp_path: Path) -> None:
    """An `error` right in a suite counts."""
    [result] = read(tmp_path, '<testsuite name="s"><error message="could not start"/></testsuite>')
    assert result.bad
    assert "could not start" in result.findings[0].text


def test_several_problems_of_a_case(tmp_path: Path) -> None:
    """Each is kept."""
    [result] = read(
        tmp_path, '<testsuite><testcase name="a"><failure message="x"/><error message="y"/></testcase></testsuite>'
    )
    assert [finding.kind for finding in result.findings] == ["failure", "error"]


def test_no_case_is_no_error_here(tmp_path: Path) -> None:
    """Who reads the file decides what an empty one means."""
    assert read(tmp_path, "<testsuites/>") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no element found"),
        ("results: fine", "syntax error"),
        ("<testsuites><testsuite>", "no element found"),
        ('<testsuite><testcase name="a"></testsuite>', "mismatched tag"),
        (b"<testsuite><testcase name='\x1b[31m'/></testsuite>", "not well-formed"),
        ("<html><body/></html>", "<html>"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><testsuite name="&a;"/>', "document type"),
        ('<!DOCTYPE r SYSTEM "file:///etc/hostname"><testsuite/>', "document type"),
    ],
    ids=["empty", "text", "cut", "mismatched", "control", "html", "entities", "external"],
)
def test_what_is_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    """Broken XML, other XML, and document types: one line that names the file."""
    with pytest.raises(JUnitError, match=r"junit\.xml") as caught:
        read(tmp_path, text)
    assert says in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(JUnitError, match=r"nowhere\.xml"):
        read_junit(tmp_path / "nowhere.xml")


def test_a_file_without_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large is not read, and long texts are cut in the middle."""
    [result] = read(
        tmp_path, f'<testsuite><testcase name="{"n" * 9000}"><error>{"x" * 3_000_000}</error></testcase></testsuite>'
    )
    assert len(result.name) == junit.MOST_NAME
    assert len(result.findings[0].text) < 2_000_000
    monkeypatch.setattr(junit, "MOST_BYTES", 100)
    with pytest.raises(JUnitError, match="bytes"):
        read(tmp_path, f"<testsuite>{'<testcase/>' * 10}</testsuite>")


CONTROL: tuple[Literal["C"]] = ("C",)
TEXTS = (
    st.text(st.characters(codec="utf-8", exclude_categories=CONTROL), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
KINDS = st.sampled_from(["passed", "failure", "error", "skipped"])


@settings(max_examples=60, deadline=None)
@given(cases=st.lists(st.tuples(TEXTS, TEXTS, KINDS, TEXTS), max_size=8))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[str, str, str, str]]
) -> None:
    """Whatever the texts: as many results as cases, each with its outcome and its words, under a name of its own."""
    root = ET.Element("testsuite")
    for place, name, kind, words in cases:
        case = ET.SubElement(root, "testcase", classname=place, name=name)
        if kind != "passed":
            ET.SubElement(case, kind).text = words
    path = tmp_path_factory.mktemp("junit") / "junit.xml"
    ET.ElementTree(root).write(path, encoding="utf-8")
    results = read_junit(path)
    assert len(set(names(results))) == len(results) == len(cases)
    for result, (_, _, kind, words) in zip(results, cases, strict=True):
        assert (
            [finding.kind for finding in result.findings] == []
            if kind == "passed"
            else [kind.replace("skipped", "skip")]
        )
        assert all(words in finding.text for finding in result.findings)
