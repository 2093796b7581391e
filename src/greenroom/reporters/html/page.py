"""The page: Django's template engine makes its frame, the data is copied into it, and the file appears when it is whole."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

_HERE = "greenroom.reporters.html"
SCRIPTS = ("data", "dom", "filter", "list", "problem", "detail", "timeline", "run", "main")
"""The parts of the page's script, in order; together they are one function."""
_MARK = re.compile(r"<!-- data: (\w+) -->")
_write = os.write
"""Held here: a test may patch what the module `os` holds."""


@cache
def asset(folder: str, name: str) -> str:
    """A file of the package."""
    return files(_HERE).joinpath(folder, name).read_text(encoding="utf-8")


@cache
def script() -> str:
    """The script of the page."""
    parts = "\n".join(asset("static", f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def policy(style: str, scripts: Iterable[str]) -> str:
    """The Content-Security-Policy of a page with this style and these scripts, and nothing else.

    https://www.w3.org/TR/CSP3/: whatever a test printed, no other script runs, nothing is fetched or sent, and markup can't be made
    from text by the page's own script either.
    """
    hashes = " ".join(map(_hash, scripts))
    return (
        f"default-src 'none'; script-src {hashes}; style-src {_hash(style)}; img-src data:; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def frame(context: Mapping[str, Any]) -> str:
    """The page without its data.

    Args:
        context: texts, lists of them, and booleans. Numbers are for the caller to write out: no setting of the project
            may change how they look.
    """
    from django.template import Context, Engine
    from django.utils.safestring import mark_safe

    style, first, main = asset("static", "report.css"), asset("static", "first.js"), script()
    own = {"style": style, "first": first, "main": main}
    values = {name: mark_safe(text) for name, text in own.items()}  # noqa: S308 - files of this package
    template = Engine(autoescape=True, debug=False).from_string(asset("templates", "report.html"))
    whole = {**context, **values, "policy": policy(style, (first, main))}
    return str(template.render(Context(whole, autoescape=True, use_l10n=False, use_tz=False)))


def write_page(path: Path, text: str, data: Mapping[str, Iterable[bytes]]) -> None:
    """Write a page whole or not at all: it is made beside the file that it replaces in the end.

    Args:
        path: the file; its folder exists.
        text: the frame, with a comment where each block of data belongs. No text that was put in can look like one, as
            Django escapes angle brackets.
        data: the blocks by name.

    Raises:
        OSError: nothing was written, and an older file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            for chunk in _chunks(text, data):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[_write(fd, rest) :]
        finally:
            os.close(fd)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _chunks(text: str, data: Mapping[str, Iterable[bytes]]) -> Iterator[bytes]:
    parts = _MARK.split(text)
    for place, part in enumerate(parts):
        if place % 2:
            yield from data[part]
        else:
            yield part.encode("utf-8", "backslashreplace")
