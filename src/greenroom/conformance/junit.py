"""Reading JUnit XML, as all kinds of tools write it.

The file comes from a program that is not trusted to be right: it is read in bounded memory, and a document type, which
is what entities that expand without end and entities from elsewhere need, is refused.

There is no standard. What is understood here: `testsuites` and `testsuite` nested in any depth, or a single
`testsuite`; `failure`, `error` and `skipped` in a test case or right in a suite; a `status` or `result` attribute where
those elements are missing, as the official OCI suite and GoogleTest write it; `system-out` and `system-err`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from xml.parsers import expat  # only with its document types refused, see `_Reader`

import msgspec

from greenroom.errors import GreenroomError
from greenroom.execute.exceptions import bounded

MOST_BYTES = 256 * 1024 * 1024
"""Of a longer file nothing is read."""
MOST_NAME = 500
"""Characters kept of a name."""
_MOST_SECONDS = 1e7
_PIECE = 1024 * 1024
_OUTPUTS = ("system-out", "system-err")
_STATUSES: dict[str, Literal["failure", "error", "skip"]] = {
    "failure": "failure",
    "failed": "failure",
    "fail": "failure",
    "error": "error",
    "errored": "error",
    "skipped": "skip",
    "skip": "skip",
    "disabled": "skip",
    "notrun": "skip",
    "ignored": "skip",
    "suppressed": "skip",
}
_ELEMENTS: dict[str, Literal["failure", "error", "skip"]] = {"failure": "failure", "error": "error", "skipped": "skip"}


class JUnitError(GreenroomError):
    """A file of results that is missing, is no XML, or is no JUnit XML."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that a test case had to say other than "ok"."""

    kind: Literal["failure", "error", "skip"]
    text: str
    """What the tool says of it, with the output of the test case; of a skip the reason."""


class Result(msgspec.Struct, frozen=True):
    """One test case of the file."""

    name: str
    """Unique within the file, and the same in the next run of the same tests."""
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    """Empty for a pass."""

    @property
    def skipped(self) -> bool:
        """Whether it was skipped and has nothing worse to say."""
        return bool(self.findings) and all(finding.kind == "skip" for finding in self.findings)

    @property
    def bad(self) -> bool:
        """Whether it failed."""
        return any(finding.kind != "skip" for finding in self.findings)


def read_junit(path: Path) -> list[Result]:
    """The test cases of a file, in its order.

    Args:
        path: the file.

    Raises:
        JUnitError: it is missing, too large, broken, or no JUnit XML. One without a test case is none of these.
    """
    reader = _Reader(path)
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise JUnitError(f"{path} has {size} bytes; {MOST_BYTES} are read at most")
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                reader.feed(piece)
        reader.feed(b"", last=True)
    except OSError as error:
        raise JUnitError(f"the results {path} can't be read: {error.strerror}") from error
    except expat.ExpatError as error:
        raise JUnitError(f"{path} is no whole XML: {error}") from error
    return reader.results


class _Node:
    """An element while it is open."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.texts: list[str] = []
        self.children: list[_Node] = []

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()

    def texts_of(self, tag: str) -> str:
        """The text of the children of that name."""
        return "\n".join(child.text for child in self.children if child.tag == tag).strip()


class _Suite:
    """A suite while it is open, and the counts of what failed in it."""

    def __init__(self, node: _Node) -> None:
        self.name = " ".join(node.attributes.get("name", "").split())[:MOST_NAME]
        self.declared = _count(node.attributes.get("failures")) + _count(node.attributes.get("errors"))
        self.found = 0


class _Reader:
    """Takes a file piece by piece; of the tree only the part that is open is kept."""

    def __init__(self, path: Path) -> None:
        self.results: list[Result] = []
        self._path = path
        self._names: dict[str, int] = {}
        self._suites: list[_Suite] = []
        self._open: list[_Node] = []
        self._root = ""
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def feed(self, data: bytes, *, last: bool = False) -> None:
        self._parser.Parse(data, last)

    def _refuse(self, *_: Any) -> None:
        raise JUnitError(f"{self._path} has a document type declaration: such results are not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if not self._root:
            self._root = tag
            if tag not in {"testsuites", "testsuite"}:
                raise JUnitError(
                    f"{self._path} is no JUnit XML: its root element is <{tag}>",
                    "JUnit XML begins with <testsuites> or <testsuite>.",
                )
        node = _Node(tag, attributes)
        if tag in {"testsuites", "testsuite"}:
            self._suites.append(_Suite(node))
        if self._open and self._open[-1].tag not in {"testsuites", "testsuite"}:
            self._open[-1].children.append(node)
        self._open.append(node)

    def _characters(self, data: str) -> None:
        if self._open:
            self._open[-1].texts.append(data)

    def _end(self, name: str) -> None:
        node = self._open.pop()
        match node.tag:
            case "testcase":
                self._keep(self._name_of(node), _seconds(node.attributes.get("time")), _findings(node))
            case "testsuite" | "testsuites":
                self._close_suite()
            case "failure" | "error" if self._open and self._open[-1].tag == "testsuite":
                # Some tools tell so of what went wrong outside of any test case.
                self._keep(
                    f"{self._suites[-1].name} (suite)", 0.0, (Finding(_ELEMENTS[node.tag], bounded(_words(node))),)
                )
            case _:
                pass

    def _keep(self, name: str, seconds: float, findings: tuple[Finding, ...]) -> None:
        number = self._names[name] = self._names.get(name, 0) + 1
        self.results.append(Result(name if number == 1 else f"{name} #{number}", seconds, findings))
        if self._suites:
            self._suites[-1].found += sum(finding.kind != "skip" for finding in findings)

    def _close_suite(self) -> None:
        suite = self._suites.pop()
        if suite.declared > suite.found:
            # The official OCI suite counts failures of a step whose parts are fine, and lists the parts alone.
            text = f"the suite counts {suite.declared} failures and errors, and its test cases show {suite.found}"
            self._suites.append(suite)
            self._keep(f"{suite.name or 'all suites'} (summary)", 0.0, (Finding("failure", text),))
            self._suites.pop()
        if self._suites:
            self._suites[-1].found += max(suite.declared, suite.found)

    def _name_of(self, node: _Node) -> str:
        name = " ".join(node.attributes.get("name", "").split()) or "unnamed"
        place = " ".join(node.attributes.get("classname", "").split())
        if not place and self._suites:
            place = self._suites[-1].name
            whole = name if not place or name.startswith(place) else f"{place}/{name}"
        else:
            whole = name if not place or name.startswith(place) else f"{place}.{name}"
        return bounded(whole[:MOST_NAME])


def _findings(node: _Node) -> tuple[Finding, ...]:
    told = [child for child in node.children if child.tag in _ELEMENTS]
    out, err = (bounded(node.texts_of(tag)) for tag in _OUTPUTS)
    if not told:
        status = (node.attributes.get("status") or node.attributes.get("result") or "").strip().lower()
        kind = _STATUSES.get(status)
        if kind is None:
            return ()
        if kind == "skip":
            return (Finding("skip", out or err or "skipped"),)
        return (Finding(kind, "\n\n".join(filter(None, [out, err])) or f"status {status}, and no word of why"),)
    printed = [f"{title}:\n{text}" for title, text in zip(_OUTPUTS, (out, err), strict=True) if text]
    return tuple(_finding(child, printed) for child in told)


def _finding(node: _Node, printed: Sequence[str]) -> Finding:
    kind, words = _ELEMENTS[node.tag], _words(node)
    if kind == "skip":
        return Finding(kind, bounded(words or "skipped"))
    return Finding(kind, bounded("\n\n".join([words or "no word of why", *printed])))


def _words(node: _Node) -> str:
    """What a `failure`, `error` or `skipped` says: its text, and its message and type where the text lacks them."""
    message, kind, text = node.attributes.get("message", "").strip(), node.attributes.get("type", "").strip(), node.text
    parts = [message] if message and message not in text else []
    if kind and kind not in _ELEMENTS and node.tag != "skipped" and kind not in text and kind not in message:
        parts = [f"{kind}: {message}" if parts else kind]
    return "\n".join([*parts, text] if text else parts)


def _count(text: str | None) -> int:
    return int(text) if text and text.strip().isdecimal() and len(text) < 10 else 0


def _seconds(text: str | None) -> float:
    """A `time` attribute; some tools write `1,234.5`. What is no sensible number counts as 0."""
    try:
        seconds = float((text or "0").replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and 0 <= seconds < _MOST_SECONDS else 0.0
