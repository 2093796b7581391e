"""Exceptions as data.

Whatever a test raises is turned into a `Problem` in the process where it was raised: no exception, traceback or frame
ever crosses a process border. Nothing an exception does (a broken `__str__`, a cycle of causes, 50 MB of text) may
hurt the run, so each step here has a bound and a fallback.
"""

from __future__ import annotations

import traceback
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

import msgspec

from greenroom.events import Frame, Raised
from greenroom.running.place import place

MAX_TEXT = 1_000_000
"""Characters kept of one text; of a longer one the middle is left out."""
MAX_MESSAGE = 100_000
MAX_FRAMES = 200
MAX_DEPTH = 12
"""How deep causes, contexts and groups are followed."""
MAX_MEMBERS = 50
MAX_WITH_LOCALS = 30
"""Of the project's own frames so many, the innermost, show their local variables."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def bounded(text: str, limit: int = MAX_TEXT) -> str:
    """The text itself, or its beginning and end with a line between them that says how much is left out.

    Lone surrogates are escaped, so that the text can be written anywhere.
    """
    if len(text) > limit:
        half = limit // 2
        text = f"{text[:half]}\n... [{len(text) - 2 * half} characters left out] ...\n{text[-half:]}"
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "backslashreplace").decode()
    return text


def safe_str(value: object) -> str:
    """`str(value)`, or a text saying that it could not be made."""
    try:
        return bounded(str(value), MAX_MESSAGE)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"<{type(value).__name__} str() failed>"


def describe(value: BaseException, tb: TracebackType | None = None, *, depth: int = MAX_DEPTH) -> Raised:
    """An exception with its traceback, notes, causes and members as data.

    Args:
        value: the exception.
        tb: its traceback; that of the exception itself when not given.
        depth: how many further levels of causes, contexts and members are described.
    """
    kind = type(value)
    deeper = depth - 1
    cause, context = value.__cause__, value.__context__
    members: tuple[Raised, ...] = ()
    if isinstance(value, BaseExceptionGroup) and deeper > 0:
        members = tuple(describe(member, depth=deeper) for member in value.exceptions[:MAX_MEMBERS])
    return Raised(
        type=kind.__qualname__,
        module=str(kind.__module__),
        message=safe_str(value),
        frames=_frames(tb if tb is not None else value.__traceback__),
        notes=_notes(value),
        cause=describe(cause, depth=deeper) if cause is not None and deeper > 0 else None,
        context=describe(context, depth=deeper) if context is not None and cause is None and deeper > 0 else None,
        suppress_context=bool(value.__suppress_context__),
        exceptions=members,
        bases=tuple(f"{base.__module__}:{base.__qualname__}" for base in kind.__mro__[1:-1]),
    )


def _notes(value: BaseException) -> tuple[str, ...]:
    notes = getattr(value, "__notes__", ())
    if not isinstance(notes, (list, tuple)):
        return ()
    return tuple(safe_str(note) for note in notes[:MAX_MEMBERS])


def _frames(tb: TracebackType | None) -> tuple[Frame, ...]:
    frames: list[Frame] = []
    found: list[FrameType] = []
    while tb is not None and "__unittest" in tb.tb_frame.f_globals:
        tb = tb.tb_next
    while tb is not None and len(frames) < MAX_FRAMES:
        code = tb.tb_frame.f_code
        line, end_line, column, end_column = next(
            islice(code.co_positions(), tb.tb_lasti // 2, None), (None, None, None, None)
        )
        frames.append(Frame(code.co_filename, line or tb.tb_lineno or 0, code.co_name, end_line, column, end_column))
        found.append(tb.tb_frame)
        tb = tb.tb_next
    return _with_locals(frames, found) if place().config.locals else tuple(frames)


def _with_locals(frames: list[Frame], found: list[FrameType]) -> tuple[Frame, ...]:
    # Imported here: hardly any run asks for it.
    from greenroom.execute.localvars import locals_of

    left = MAX_WITH_LOCALS
    for at in reversed(range(len(frames))):
        if left and (shown := locals_of(found[at])):
            frames[at] = msgspec.structs.replace(frames[at], locals=shown)
            left -= 1
    return tuple(frames)


def format_plainly(value: BaseException) -> str:
    """A traceback for when unittest's own way of formatting it failed."""
    try:
        return bounded("".join(traceback.format_exception(value)))
    except Exception:
        return f"{type(value).__module__}.{type(value).__qualname__}: {safe_str(value)}\n"


def format_by(result: Any, err: ExcInfo, test: object) -> str:
    """The traceback as the given `unittest.TestResult` formats it: cleaned of unittest's own frames, output appended."""
    try:
        return bounded(result._exc_info_to_string(err, test))
    except Exception:
        return format_plainly(err[1])
