"""Which report a terminal gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TextIO

from greenroom.reporters.api import Reporter
from greenroom.reporters.dots import Dots

if TYPE_CHECKING:
    from greenroom.hooks.context import ReporterContext

Progress = Literal["auto", "dots", "live"]


def can_draw(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal that knows how to move its cursor."""
    return stream.isatty() and environ.get("TERM", "dumb") not in ("", "dumb")


def wants_live(
    progress: Progress, stream: TextIO, environ: Mapping[str, str], *, verbosity: int, debugger: bool = False
) -> bool:
    """Whether a run is shown live.

    `auto` means live where somebody looks on: at a terminal, not in a CI job (which may pretend to be one), not beside a
    debugger, and not where only the end is asked for (`-v 0`).
    """
    if progress == "auto":
        return can_draw(stream, environ) and not environ.get("CI") and not debugger and verbosity > 0
    return progress == "live"


def terminal_reporter(
    progress: Progress, err: TextIO, out: TextIO, environ: Mapping[str, str], *, verbosity: int, debugger: bool = False
) -> Reporter:
    """The reporter of a run.

    A live view that was asked for where nothing can be drawn (a file, a dumb terminal) still tells failures at once.
    """
    if not wants_live(progress, err, environ, verbosity=verbosity, debugger=debugger):
        return Dots(err, out, notes=False)
    return _live(err, out, environ, notes=False, area=True)


def replay_reporter(progress: Progress, err: TextIO, out: TextIO, environ: Mapping[str, str]) -> Reporter:
    """The reporter of a recorded run. All its time passes at once: there is nothing to draw at the bottom."""
    if progress != "live":
        return Dots(err, out, notes=True)
    return _live(err, out, environ, notes=True, area=False)


def _live(err: TextIO, out: TextIO, environ: Mapping[str, str], *, notes: bool, area: bool) -> Reporter:
    from greenroom.reporters.ansi import painted, plain, wants_colour
    from greenroom.reporters.area import Area, terminal_size
    from greenroom.reporters.frame import Look
    from greenroom.reporters.live import Live

    drawn = can_draw(err, environ)
    look = Look(painted if drawn and wants_colour(environ) else plain, err.encoding or "ascii")
    return Live(
        err, out, notes=notes, area=Area(err, lambda: terminal_size(err)) if area and drawn else None, look=look
    )  # fmt: skip


def dots(context: ReporterContext) -> Reporter:
    """`--report dots`: the classic report."""
    return Dots(*streams(context), notes=context.replay or context.path is not None)


def verbose(context: ReporterContext) -> Reporter:
    """`--report verbose`: a line for each test, whatever `-v` says."""
    from greenroom.reporters.verbose import Verbose

    return Verbose(*streams(context), notes=context.replay or context.path is not None)


def live(context: ReporterContext) -> Reporter:
    """`--report progress`: failures as they happen, and on a terminal lines at the bottom that tell how far the run is."""
    err, out = streams(context)
    notes = context.replay or context.path is not None
    return _live(err, out, context.environ, notes=notes, area=not context.replay and context.path is None)


def streams(context: ReporterContext) -> tuple[TextIO, TextIO]:
    """Where a terminal report goes, and where its notes: to a file where one was given."""
    if context.path is None:
        return context.err, context.out
    from greenroom.reporters.output import OutputStream

    file: Any = OutputStream(context.path)
    return file, file
