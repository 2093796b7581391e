"""How a worker that inherits nothing is told of a test of pytest's."""

from __future__ import annotations

_SEPARATOR = "\n"


def ref_of(file: str, name: str) -> tuple[str, str, str]:
    """How another process finds a test: a module, a function of it, and what that is given."""
    return "greenroom.pytest_engine.remote", "load", f"{file}{_SEPARATOR}{name}"


def file_and_name(what: str) -> tuple[str, str]:
    """The file and the name of a test out of what the function is given."""
    file, _, name = what.partition(_SEPARATOR)
    return file, name
