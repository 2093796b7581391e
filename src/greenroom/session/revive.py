"""Exceptions from data, for result classes that want real ones.

Custom result classes (XML, rich, teamcity) are written against `addError(test, (type, value, traceback))`. What a worker
sends is data; here it becomes an exception again that prints, compares by `issubclass` and carries frames as the original
did. Nothing of the original's code runs: the class is made anew below its nearest known base, the frames are empty.
"""

from __future__ import annotations

import sys
import types
from functools import lru_cache
from typing import Any

from greenroom.events import Frame, Problem, Raised

ExcInfo = tuple[type[BaseException], BaseException, types.TracebackType | None]


def revive(problem: Problem) -> ExcInfo:
    """The `(type, value, traceback)` of a problem."""
    raised = problem.raised
    if raised is None:
        error: BaseException = RuntimeError(problem.text.strip())
        return type(error), error, None
    value = _exception(raised)
    return type(value), value, value.__traceback__


def _exception(raised: Raised) -> BaseException:
    members = [_exception(member) for member in raised.exceptions]
    bases = tuple(raised.bases)
    kind = _class(raised.type, raised.module, bases, bool(members))
    # The class's own __init__ may want anything: objects are made without it.
    make: Any = kind.__new__
    value: BaseException = make(kind, raised.message, members) if members else make(kind, raised.message)
    if not members:
        value.args = (raised.message,)
    value.greenroom_message = raised.message  # type: ignore[attr-defined]
    for note in raised.notes:
        value.add_note(note)
    if raised.cause is not None:
        value.__cause__ = _exception(raised.cause)
    if raised.context is not None:
        value.__context__ = _exception(raised.context)
    value.__suppress_context__ = raised.suppress_context
    return value.with_traceback(_traceback(raised.frames))


@lru_cache(maxsize=256)
def _class(name: str, module: str, bases: tuple[str, ...], group: bool) -> type[Any]:
    """A class that prints like the original and is below every base that this process knows."""
    known = _known(f"{module}:{name}") or next(filter(None, map(_known, bases)), None)
    fallback: type[BaseException] = BaseExceptionGroup if group else Exception
    for base in (known, fallback):
        if base is None or issubclass(base, BaseExceptionGroup) is not group:
            continue
        body = {
            "__str__": lambda self: self.greenroom_message,
            "__init__": lambda self, *args: None,
            "__module__": module,
            "__qualname__": name,
        }
        try:
            made: Any = type(name.rpartition(".")[2], (base,), body)
            made.__new__(made, "", [ValueError()]) if group else made.__new__(made, "")
        except Exception:  # noqa: S112 - a base that refuses to be a base, or to be made without its arguments
            continue
        return made  # type: ignore[no-any-return]
    return fallback


def _known(place: str) -> type[BaseException] | None:
    module, _, name = place.partition(":")
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _traceback(frames: tuple[Frame, ...]) -> types.TracebackType | None:
    traceback = None
    for frame in reversed(frames):
        made = _frame(frame)
        if made is not None:
            traceback = types.TracebackType(traceback, made, 0, max(1, frame.line))
    return traceback


@lru_cache(maxsize=1024)
def _frame(frame: Frame) -> types.FrameType | None:
    """A frame of that file, function and place, in which nothing happened."""
    code = compile("import sys; frame = sys._getframe()", frame.file, "exec")
    code = code.replace(
        co_name=frame.function,
        co_qualname=frame.function,
        co_firstlineno=max(1, frame.line),
        co_linetable=_line_table(frame, len(code.co_code) // 2),
    )
    namespace: dict[str, Any] = {"__name__": "greenroom.revived", "__file__": frame.file}
    exec(code, namespace)  # noqa: S102 - a constant text, under another name
    made = namespace.pop("frame", None)
    return made if isinstance(made, types.FrameType) else None


def _line_table(frame: Frame, units: int) -> bytes:
    """The location table of a code object whose first instruction is at the place of a frame, and the rest nowhere.

    The format is CPython's, described in its `InternalDocs/code_objects.md` ("Locations").
    """
    end_line = frame.line if frame.end_line is None else frame.end_line
    table = bytes([0x80 | 14 << 3])  # one code unit, long form
    table += _varint(0)  # the line is the code's first
    table += _varint(max(0, end_line - frame.line))
    table += _varint(0 if frame.column is None else frame.column + 1)
    table += _varint(0 if frame.end_column is None else frame.end_column + 1)
    left = units - 1
    while left > 0:
        length = min(8, left)
        table += bytes([0x80 | 15 << 3 | (length - 1)])  # no location
        left -= length
    return table


def _varint(number: int) -> bytes:
    parts = []
    while number >= 64:
        parts.append(0x40 | number & 63)
        number >>= 6
    return bytes([*parts, number])
