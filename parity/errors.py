"""What keeps a comparison from being made."""

from __future__ import annotations


class ParityError(Exception):
    """The comparison can't be made: a source that can't be had, a name that is not known.

    Args:
        message: one line that says what is wrong.
        hint: what to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message
