"""Which report a terminal gets."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from greenroom.reporters.choice import replay_reporter, terminal_reporter, wants_live
from greenroom.reporters.dots import Dots
from greenroom.reporters.live import Live

if TYPE_CHECKING:
    from greenroom.reporters.choice import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It says so."""
        return True


XTERM = {"TERM": "xterm"}


@pytest.mark.parametrize(
    ("progress", "stream", "environ", "more", "live"),
    [
        pytest.param("auto", Terminal(), XTERM, {}, True, id="terminal"),
        pytest.param("auto", Terminal(), XTERM, {"verbosity": 3}, True, id="verbose"),
        pytest.param("auto", Terminal(), XTERM, {"verbosity": 0}, False, id="only the end"),
        pytest.param("auto", Terminal(), XTERM, {"debugger": True}, False, id="debugger"),
        pytest.param("auto", Terminal(), {**XTERM, "CI": "true"}, {}, False, id="CI"),
        pytest.param("auto", Terminal(), {"TERM": "dumb"}, {}, False, id="dumb"),
        pytest.param("auto", Terminal(), {}, {}, False, id="no TERM"),
        pytest.param("auto", io.StringIO(), XTERM, {}, False, id="file"),
        pytest.param("dots", Terminal(), XTERM, {}, False, id="dots"),
        pytest.param("live", Terminal(), {**XTERM, "CI": "true"}, {}, True, id="live in CI"),
        pytest.param("live", io.StringIO(), {}, {}, True, id="live in a file"),
    ],
)
def test_wants_live(
    progress: Progress, stream: io.StringIO, environ: dict[str, str], more: dict[str, Any], live: bool
) -> None:
    """Live where somebody looks on, unless something else was asked for."""
    assert wants_live(progress, stream, environ, **{"verbosity": 1, **more}) is live


def test_reporters() -> None:
    """The reporter is of that kind; on a file, and in a replay, it draws nothing at the bottom."""
    out = io.StringIO()
    assert isinstance(terminal_reporter("auto", out, out, XTERM, verbosity=1), Dots)
    assert isinstance(replay_reporter("dots", out, out, XTERM), Dots)
    drawing = terminal_reporter("live", Terminal(), out, XTERM, verbosity=1)
    plain = terminal_reporter("live", out, out, XTERM, verbosity=1)
    again = replay_reporter("live", Terminal(), out, XTERM)
    assert isinstance(drawing, Live)
    assert isinstance(plain, Live)
    assert isinstance(again, Live)
    assert drawing._area is not None
    assert plain._area is None
    assert again._area is None
