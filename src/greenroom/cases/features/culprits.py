"""The line of the project that did what is not allowed."""

from __future__ import annotations

import asyncio
import functools
import inspect
import linecache
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from greenroom.running.place import place


def culprit() -> str:
    """The innermost line on the stack that is the project's: `` shop/prices.py:12 (in total) `return …` ``.

    Where all is some library's, the innermost one that is not greenroom's.
    """
    fallback: FrameType | None = None
    for frame in _stack():
        name = frame.f_code.co_filename
        file = Path(name).absolute()
        if not file.is_relative_to(_own()):
            fallback = fallback or frame
            if not name.startswith("<") and not any(map(file.is_relative_to, _libraries())):
                return _described(frame)
    return _described(fallback) if fallback is not None else "an unknown line"


def _stack() -> Iterator[FrameType]:
    """The frames from here outwards; those of the coroutine that waits for asgiref to call something included."""
    frame = inspect.currentframe()
    while frame is not None:
        yield frame
        if frame.f_code.co_name == "thread_handler" and "loop" in frame.f_locals:
            for task in asyncio.all_tasks(frame.f_locals["loop"]):
                yield from _waiting(task.get_coro())
        frame = frame.f_back


def _waiting(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a coroutine that is suspended, the innermost first."""
    frames: list[FrameType] = []
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        frames.append(frame)
        coroutine = coroutine.cr_await
    return reversed(frames)


def _described(frame: FrameType) -> str:
    file, line = Path(frame.f_code.co_filename).absolute(), frame.f_lineno
    root = place().root
    shown = file.relative_to(root) if file.is_relative_to(root) else file
    text = linecache.getline(frame.f_code.co_filename, line).strip()
    return f"{shown}:{line} (in {frame.f_code.co_name})" + (f" `{text}`" if text else "")


@functools.cache
def _own() -> Path:
    import greenroom

    return Path(greenroom.__file__).absolute().parent


@functools.cache
def _libraries() -> tuple[Path, ...]:
    import django

    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return (Path(django.__file__).absolute().parent, *(Path(folder).absolute() for folder in folders))
