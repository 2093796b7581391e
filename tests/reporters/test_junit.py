"""JUnit XML: held to a schema, and read back."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import xmlschema

from greenroom import events
from greenroom.events import Event, Problem
from greenroom.reporters.gitlab import GitLab
from greenroom.reporters.junit import JUnit
from greenroom.testing import report_of, sample_run
from greenroom.testing.sample_run import BEGAN, NASTY

HERE = Path(__file__).parent
RUN = sample_run()
STARTED = RUN[0]


def document(run: tuple[Event, ...] | list[Event], folder: Path) -> ET.Element:
    """The document of a run, which keeps the schema."""
    text = report_of(JUnit, run, folder, path="junit.xml").files["junit.xml"]
    xmlschema.XMLSchema(HERE / "junit.xsd").validate(text)
    return ET.fromstring(text)


def case(root: ET.Element, name: str) -> ET.Element:
    """A test case."""
    [found] = [each for each in root.iter("testcase") if each.get("name") == name]
    return found


def test_each_kind_of_end_keeps_the_schema(tmp_path: Path) -> None:
    """Also a run that was killed, aborted, or had no test."""
    document(RUN, tmp_path / "whole")
    for cut in range(1, len(RUN)):
        document(RUN[:cut], tmp_path / str(cut))
    aborted = document(
        [STARTED, events.RunFinished(BEGAN, 0.0, 2, 0, aborted="ConfigError: <no>")], tmp_path / "aborted"
    )
    assert [each.get("message") for each in aborted.iter("error")] == ["ConfigError: <no>"]
    killed = document(RUN[:30], tmp_path / "killed")
    assert "did not come to its end" in str(case(killed, "run")[0].get("message"))


def test_the_counts_are_those_of_the_elements(tmp_path: Path) -> None:
    """A reader that adds up finds what the suite says."""
    root = document(RUN, tmp_path)
    suite = root[0]
    assert int(suite.get("tests", 0)) == len(list(root.iter("testcase"))) == 14
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(attribute, 0)) == len(list(root.iter(tag)))
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        name: suite.get(name) for name in ("tests", "failures", "errors")
    }


def test_a_flaky_test_is_told_as_surefire_does(tmp_path: Path) -> None:
    """Each try that failed is there, and none of them counts as a failure; the suite says how many were flaky."""
    root = document(RUN, tmp_path)
    flaky = case(root, "test_flaky")
    assert [(each.tag, each.get("message")) for each in flaky] == [
        ("flakyFailure", "AssertionError: first"),
        ("flakyError", "ValueError: second"),
    ]
    assert flaky[0].findtext("system-out") == "try 1"
    properties = {each.get("name"): each.get("value") for each in root.iter("property")}
    assert (properties["flaky"], properties["quarantined"], properties["seed"]) == ("1", "1", "7")


def test_a_test_that_failed_at_each_try(tmp_path: Path) -> None:
    """The first is the failure, the others are reruns."""
    hopeless = case(document(RUN, tmp_path), "test_hopeless")
    assert [(each.tag, each.get("message")) for each in hopeless] == [
        ("failure", "AssertionError: first"),
        ("rerunError", "ValueError: second"),
        ("rerunFailure", "AssertionError: third"),
    ]


def test_what_does_not_fail_the_run_is_no_failure(tmp_path: Path) -> None:
    """A test in quarantine is skipped, with what went wrong; so is one that was cut off, and one that never began."""
    root = document(RUN, tmp_path)
    allowed = case(root, "test_allowed")[0]
    assert (allowed.tag, allowed.get("message")) == ("skipped", "quarantined: AssertionError: let be")
    assert "Traceback" in str(allowed.text)
    assert case(root, "test_cut_off")[0].get("type") == "interrupted"
    assert case(root, "test_never")[0].get("type") == "not_run"


def test_several_problems_are_one_failure(tmp_path: Path) -> None:
    """With the text of each."""
    [element] = case(document(RUN, tmp_path), "test_subtests")
    assert element.get("message") == "(n=1): AssertionError: 1 != 2 (and 1 more)"
    assert "[<x>] (n=2)\nTraceback" in str(element.text)


def test_hostile_text_comes_back(tmp_path: Path) -> None:
    """What XML can hold comes back to the letter; what it can't is spelt out, and colours are gone."""
    root = document(RUN, tmp_path)
    fails = case(root, "test_fails")
    expected = NASTY.replace("\x1b[31m", "").replace("\x1b[0m", "")
    for character in ("\x00", "\x85", "\ufffe"):
        code = f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
        expected = expected.replace(character, code)
    assert expected in str(fails[0].text)
    assert expected in str(fails.findtext("system-out"))
    [node] = [each for each in root.iter("testcase") if each.get("classname") == "shop.tests.TestNode"]
    assert node.get("name") == f"test_it[{expected}]"


def test_lone_surrogates(tmp_path: Path) -> None:
    """An id may hold them, as a file name may; they are spelt out."""
    event = events.TestFinished(BEGAN, "a.B.test_\udc80", 0, 0.1, "failed", problems=(Problem("failure", "\ud800"),))
    root = document([STARTED, event, events.RunFinished(BEGAN, 0.1, 1, 1, 1)], tmp_path)
    assert case(root, "test_\\udc80")[0].text == "\\ud800"


def test_attachments_are_named_in_the_output(tmp_path: Path) -> None:
    """In the notation that Jenkins' plugin and GitLab look for."""
    breaks = case(document(RUN, tmp_path), "test_breaks")
    assert breaks.findtext("system-out") == "[[ATTACHMENT|.greenroom/attachments/run/2-shot.png]]"


def test_a_large_report_is_whole(tmp_path: Path) -> None:
    """More than is kept in memory, with characters of several bytes at the edges."""
    problem = Problem("failure", "é🎲" * 5000)
    tests = [events.TestFinished(BEGAN, f"a.B.test_{n}", n, 0.1, "failed", problems=(problem,)) for n in range(60)]
    root = document([STARTED, *tests, events.RunFinished(BEGAN, 6.0, 1, 60, 60)], tmp_path)
    assert [each[0].text for each in root.iter("testcase")] == [problem.text] * 60


def test_system_checks_that_failed(tmp_path: Path) -> None:
    """No success counts then: there is an error that says so."""
    root = document([STARTED, events.ChecksFinished(BEGAN, False, 0.5, text="bad <model>")], tmp_path)
    assert case(root, "system checks")[0].text == "bad <model>"


def test_gitlab_has_files(tmp_path: Path) -> None:
    """The same document, with the file of each test; and a list of issues that GitLab accepts."""
    import json

    files = report_of(GitLab, RUN, tmp_path, path="gl").files
    text = files["gl/junit.xml"]
    xmlschema.XMLSchema(HERE / "junit-gitlab.xsd").validate(text)
    assert case(ET.fromstring(text), "test_sum").get("file") == "shop/tests.py"
    issues = json.loads(files["gl/code-quality.json"])
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"] == "shop/tests.py"
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 9
    assert next(issue for issue in issues if "flaky" in issue["check_name"])["location"]["lines"]["begin"] == 21
