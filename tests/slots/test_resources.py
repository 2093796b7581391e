"""What a project says that each worker has."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from greenroom import slots
from greenroom.running.ending import close_all
from greenroom.slots import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch, be_worker: Callable[..., None]) -> None:
    """No resource of another test."""
    monkeypatch.setattr(resources, "_factories", {})


def test_made_once_when_first_asked_for_and_closed_at_the_end() -> None:
    """By either way of asking; the one that was made last is closed first."""
    told = []

    @slots.resource("engine")
    def engine() -> Iterator[str]:
        told.append("engine starts")
        yield "an engine"
        told.append("engine stops")

    @slots.resource("index")
    def index() -> Iterator[str]:
        yield f"an index of {engine()}"
        told.append(f"index goes from {engine()}")

    assert told == []
    assert index() == slots.get("index") == index() == "an index of an engine"
    assert close_all() == []
    assert told == ["engine starts", "index goes from an engine", "engine stops"]
    assert engine() == "an engine"
    assert told[-1] == "engine starts"


def test_a_plain_function_has_nothing_to_close() -> None:
    """What it returns is the thing."""
    things = slots.resource("things")(object)
    assert things() is things()


def test_what_fails_is_tried_again() -> None:
    """The test that asked has the error."""
    tries = iter([OSError("not yet"), "ready"])

    @slots.resource("late")
    def late() -> Any:
        answer = next(tries)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(OSError, match="not yet"):
        late()
    assert late() == "ready"


def test_threads_share_one() -> None:
    """A server's thread may be the first to ask."""
    made = []

    @slots.resource("thing")
    def thing() -> None:
        made.append(1)

    threads = [threading.Thread(target=thing) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_forked_child_has_its_own(tmp_path: Path) -> None:
    """And leaves that of its parent alone."""
    log = tmp_path / "log"

    @slots.resource("mine")
    def mine() -> Iterator[int]:
        yield os.getpid()
        with log.open("a") as file:
            file.write(f"{os.getpid()}\n")

    assert mine() == os.getpid()
    child = os.fork()
    if not child:
        os._exit(0 if mine() == os.getpid() and close_all() == [] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert log.read_text() == f"{child}\n"


def test_an_unknown_name() -> None:
    """The nearest known one is named."""
    slots.resource("search-index")(lambda: 1)
    with pytest.raises(slots.SlotError, match="no resource 'serch-index'\nDid you mean search-index"):
        slots.get("serch-index")


def test_a_name_can_be_had_once() -> None:
    """A module that is imported anew is no second one."""

    def one() -> int:
        return 1

    slots.resource("same")(one)
    slots.resource("same")(one)
    with pytest.raises(slots.SlotError, match="two functions make the resource 'same'"):
        slots.resource("same")(lambda: 2)


def test_a_generator_yields_once() -> None:
    """Neither never nor twice."""

    @slots.resource("never")
    def never() -> Iterator[int]:
        yield from ()

    @slots.resource("twice")
    def twice() -> Iterator[int]:
        yield from (1, 2)

    with pytest.raises(slots.SlotError, match="'never' yields nothing"):
        never()
    assert twice() == 1
    assert close_all() == ["SlotError: the resource 'twice' yields more than once"]
