"""What was found out about the code of a project, kept for as long as the files that it was found in stay the same."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec

from greenroom.databases.fingerprint.files import (
    ABSENT,
    SeenFile,
    SeenFolder,
    Signature,
    list_folder,
    read_file,
    signature_of,
)

_VERSION = f"1-{sys.implementation.name}{sys.version_info.major}{sys.version_info.minor}"
"""Of the files; those of another version are not looked at, and not touched."""
_MOST = 24

T = TypeVar("T")


class PlannedUnit(msgspec.Struct, frozen=True, array_like=True):
    """Some code whose digest is known, except for the values that it asks for."""

    digest: str
    settings: int
    """Which of the plan's `names` are the settings that it asks for."""
    environment: int
    """Which of them are the environment variables."""


class FolderPart(msgspec.Struct, array_like=True):
    """A folder that a plan relies on."""

    signature: Signature
    digest: str
    modules_only: bool


class Plan(msgspec.Struct):
    """What is known about all code that a database depends on. It holds as long as `still_holds()` says so."""

    units: dict[str, dict[str, PlannedUnit]]
    """By group (`migrations`, `parts`, `ready`) and name."""
    names: list[frozenset[str]]
    words: str
    """Under which name all words are kept that might be those of settings or variables that some code asks for."""
    present: frozenset[str]
    """Those that there were, as `Values.present()` tells them: with others, the plan does not hold."""
    known: frozenset[str]
    """All settings and variables that there were, whether asked for or not."""
    django: str
    unmigrated: frozenset[str]
    deciding: dict[str, tuple[str, ...]]
    """Modules that make the tables of apps without migrations what they are, by label."""
    sources: dict[str, str]
    """Digests of modules and of data, by a name for people."""
    modules: dict[str, str]
    """The files of modules, by name."""
    files: dict[str, SeenFile]
    folders: dict[str, FolderPart]


def still_holds(plan: Plan) -> tuple[bool, bool]:
    """Whether every file and folder is as it was; and whether something of the plan is worth being kept anew."""
    news = False
    for path, seen in plan.files.items():
        if seen.signature and seen.signature == signature_of(path):
            continue
        now, _ = read_file(path)
        if now.digest != seen.digest:
            return False, False
        news = news or bool(now.signature)
        seen.signature = now.signature
    for path, part in plan.folders.items():
        signature = signature_of(path)
        if (part.signature and part.signature == signature) or (signature is None and part.digest == ABSENT):
            continue
        listed = list_folder(path)
        if listed.digest(modules_only=part.modules_only) != part.digest:
            return False, False
        news = news or bool(listed.signature)
        part.signature = listed.signature
    return True, news


def folder_part(seen: SeenFolder, *, modules_only: bool) -> FolderPart:
    """What a plan keeps of a folder."""
    return FolderPart(seen.signature, seen.digest(modules_only=modules_only), modules_only)


class Cache:
    """Plans, and what else is known, in a folder. What can't be read is not there; what can't be written is done without.

    Args:
        folder: made when there is something to write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """The file of that name, of this version."""
        return self._folder / f"{name}-{_VERSION}"

    def plan(self, key: str) -> Plan | None:
        """The plan that was kept under a key."""
        return self.read(self._plan(key), Plan)

    def keep_plan(self, key: str, plan: Plan) -> None:
        """Keep a plan."""
        self.write(self._plan(key), plan)
        self._thin_out("plan-*")

    def words(self, name: str) -> frozenset[str] | None:
        """Words that were kept under a name."""
        return self.read(self.path(f"words-{name}"), frozenset[str])

    def keep_words(self, words: frozenset[str]) -> str:
        """Keep words, apart from plans because there may be very many; the name for them."""
        name = hashlib.blake2b("\0".join(sorted(words)).encode(), digest_size=16).hexdigest()
        self.write(self.path(f"words-{name}"), words)
        self._thin_out("words-*")
        return name

    def _thin_out(self, pattern: str) -> None:
        """Of many files, let those go that were not written for longest."""
        with contextlib.suppress(OSError):
            files = sorted(self._folder.glob(pattern), key=lambda path: path.stat().st_mtime)
            for path in files[:-_MOST]:
                path.unlink()

    def _plan(self, key: str) -> Path:
        return self.path(f"plan-{key}")

    def read(self, path: Path, kind: type[T]) -> T | None:
        """What was written to a path; None if that is not there, or not whole."""
        try:
            contents = path.read_bytes()
            if _checksum(contents[_CHECKSUM:]) != contents[:_CHECKSUM]:
                return None
            return msgspec.msgpack.decode(contents[_CHECKSUM:], type=kind)
        except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
            return None

    def write(self, path: Path, value: object) -> None:
        """Write a value, all at once: another process sees all of it or nothing."""
        try:
            contents = msgspec.msgpack.encode(value)
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".new-", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_checksum(contents) + contents)
                os.replace(name, path)  # noqa: PTH105 - beside os.fdopen
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(name)  # noqa: PTH108
                raise
        except (OSError, UnicodeEncodeError):  # the latter of the name of a file
            return


_CHECKSUM = 16


def _checksum(contents: bytes) -> bytes:
    return hashlib.blake2b(contents, digest_size=_CHECKSUM).digest()
