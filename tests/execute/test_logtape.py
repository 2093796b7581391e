"""What is taken down of logging, and that logging does not notice."""

from __future__ import annotations

import logging
import unittest
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.execute import logtape
from greenroom.execute.logtape import LogTape, taken

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG = logging.getLogger("tests.logtape")


@pytest.fixture(autouse=True)
def tape() -> Iterator[LogTape]:
    """A tape that is on."""
    tape = LogTape(logging.DEBUG)
    tape.start()
    yield tape
    tape.stop()


def texts() -> list[str]:
    """The messages that were taken down."""
    return [line.message for line in taken()]


def test_a_record_becomes_a_line() -> None:
    """With its arguments, its level, its logger and the place that logged it."""
    LOG.warning("%s of %d", "one", 2)
    [line] = taken()
    assert (line.message, line.level, line.logger) == ("one of 2", "WARNING", "tests.logtape")
    assert line.file == __file__
    assert taken() == ()


def test_loggers_decide_by_their_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """And by their filters and by being disabled; the tape's own level comes after."""
    LOG.setLevel(logging.ERROR)
    LOG.warning("dropped")
    monkeypatch.setattr(LOG, "disabled", True)
    LOG.error("disabled")
    monkeypatch.setattr(LOG, "disabled", False)
    LOG.addFilter(refuse := lambda record: "secret" not in record.msg)
    LOG.error("secret")
    LOG.removeFilter(refuse)
    LOG.error("kept")
    LOG.setLevel(logging.NOTSET)
    assert texts() == ["kept"]


def test_a_level_of_its_own() -> None:
    """What is below it is not taken down."""
    tape = LogTape(logging.ERROR)
    tape.start()
    try:
        logging.getLogger("tests.other").warning("below")
        assert [type(record) for record in logtape.RECORDS].count(logging.LogRecord) == 0
    finally:
        tape.stop()


def test_handlers_are_what_they_were(tape: LogTape) -> None:
    """None is added, to no logger; the method is the old one when the tape is off."""
    before = list(logging.root.handlers), list(LOG.handlers), LOG.hasHandlers()
    patched = logging.Logger.callHandlers
    tape.stop()
    assert logging.Logger.callHandlers is not patched
    assert (list(logging.root.handlers), list(LOG.handlers), LOG.hasHandlers()) == before


def test_what_does_not_propagate_is_taken_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler at the root would miss it; so is what `assertLogs` catches."""
    monkeypatch.setattr(LOG, "propagate", False)
    monkeypatch.setattr(LOG, "handlers", [logging.NullHandler()])
    LOG.error("kept to itself")
    with unittest.TestCase().assertLogs("tests.asserted") as caught:
        logging.getLogger("tests.asserted").error("expected")
    assert caught.output == ["ERROR:tests.asserted:expected"]
    assert texts() == ["kept to itself", "expected"]


class Lazy:
    """Counts how often its text is made."""

    made = 0

    def __str__(self) -> str:
        type(self).made += 1
        return "lazy"


def test_the_text_of_an_object_is_made_only_when_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making it may ask the database: a test that counts queries must not notice."""
    monkeypatch.setattr(LOG, "handlers", [logging.NullHandler()])
    monkeypatch.setattr(LOG, "propagate", False)
    LOG.error("%s", Lazy())
    assert Lazy.made == 0
    assert texts() == ["lazy"]
    assert Lazy.made == 1


class Broken:
    """Has no text."""

    def __str__(self) -> str:
        raise ValueError("no text")


def test_what_has_no_text_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """As are arguments that do not fit."""
    monkeypatch.setattr(LOG, "handlers", [logging.NullHandler()])
    monkeypatch.setattr(LOG, "propagate", False)
    LOG.error("see %s", Broken())
    LOG.error("%d and %d", 1)  # noqa: PLE1206 - that is what is tested
    first, second = texts()
    assert first == "'see %s' (its arguments could not be put in: ValueError: no text)"
    assert "not enough arguments" in second


def test_a_traceback_stands_below() -> None:
    """As handlers print it."""
    try:
        dict[str, int]()["lost"]
    except KeyError:
        LOG.exception("went wrong")
    [text] = texts()
    assert text.startswith("went wrong\nTraceback (most recent call last):\n")
    assert text.endswith("KeyError: 'lost'")


def test_there_is_a_bound() -> None:
    """Of lines, of characters in one, of characters in all; the last ones are kept."""
    for number in range(logtape.MOST_LINES + 5):
        LOG.error("line %d", number)
    assert texts()[0] == "line 5"
    LOG.error("x" * 100_000)
    [text] = texts()
    assert len(text) < logtape.MOST_CHARACTERS + 100
    for _ in range(60):
        LOG.error("y" * 3_900)
    assert sum(map(len, texts())) <= logtape.MOST_IN_ALL + logtape.MOST_CHARACTERS


def test_sql_can_be_left_out(tape: Any) -> None:
    """Where it is shown anyway."""
    tape.stop()
    other = LogTape(logging.DEBUG, sql=False)
    other.start()
    logging.getLogger("django.db.backends").error("SELECT 1")
    LOG.error("else")
    assert texts() == ["else"]
    other.stop()
