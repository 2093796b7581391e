"""The history file handled with care: whatever is wrong with it is told once, and costs the history only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from greenroom.history import database
from greenroom.history.folder import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from greenroom.history.recent import RunRow
    from greenroom.model import PastRun

Result = TypeVar("Result")


class CarefulFile:
    """Reads and writes the file as long as it can be used.

    Args:
        file: its path.
        warn: is given one line when it cannot.
    """

    def __init__(self, file: Path, warn: Callable[[str], None]) -> None:
        self._file = file
        self._warn = warn
        self._usable = True

    def read(self) -> database.Durations | None:
        """All that a file that exists knows, or None where it cannot be used."""
        return self._attempt(lambda: database.read(self._file))

    def past(self, tests: Sequence[str] | None) -> dict[str, Sequence[PastRun]]:
        """The last runs of these tests, or of all; nothing where the file cannot be used."""
        return self._attempt(lambda: database.past(self._file, tests)) or {}

    def runs(self, most: int) -> list[RunRow]:
        """The last runs, newest first; none where the file cannot be used."""
        return self._attempt(lambda: database.runs(self._file, most)) or []

    def write(
        self,
        tests: list[tuple[str, float, str, float, str]],
        groups: list[tuple[str, int, float, float, float]],
        facts: dict[str, float],
        run: RunRow | None = None,
    ) -> None:
        """Add to the file, which is made where it is missing; for the arguments see `database.write`."""

        def write() -> bool:
            make_folder(self._file.parent)
            database.write(self._file, tests, groups, facts, run)
            return True

        if not self._attempt(write):
            self._attempt(write)  # Where a broken file was set aside: begin a new one.

    def _attempt(self, action: Callable[[], Result]) -> Result | None:
        """Do something with the file; None where that failed, after a warning."""
        if not self._usable:
            return None
        before = self._inode()
        try:
            return action()
        except database.NewerVersionError as error:
            self._give_up(f"was written by a newer greenroom ({error}): it is left alone, and this run goes without")
        except database.BrokenError as error:
            self._set_aside(_reason(error), before)
        except database.Error as error:
            self._give_up(f"cannot be used ({_reason(error)}): this run goes without")
        return None

    def _set_aside(self, why: str, inode: int | None) -> None:
        """Rename the broken file, unless a run beside this one has done so and there is a new one already."""
        if self._inode() != inode:
            return
        try:
            aside = database.set_aside(self._file)
        except FileNotFoundError:
            return
        except OSError as error:
            self._give_up(f"is broken ({why}) and cannot be renamed ({_reason(error)}): this run goes without")
        else:
            self._warn(f"{self._file} is broken ({why}): it is now {aside.name}, and a new one is begun.")

    def _give_up(self, why: str) -> None:
        self._usable = False
        self._warn(f"{self._file} {why}.")

    def _inode(self) -> int | None:
        try:
            return self._file.stat().st_ino
        except OSError:
            return None


def _reason(error: BaseException) -> str:
    """What an error says, in one line: SQLite may quote any bytes of a damaged file."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return "".join(letter if letter.isprintable() else "?" for letter in text)
