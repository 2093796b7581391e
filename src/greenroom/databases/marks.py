"""What proves that greenroom made a database: nothing else is ever written or dropped."""

from __future__ import annotations

import re

from greenroom.errors import ExitCode, GreenroomError

APPLICATION_ID = 0x67726E72
"""In the header of a SQLite file (`PRAGMA application_id`): the bytes `grnr`."""
_MARK = re.compile(r"greenroom:1:(lane|snapshot):(\w*)")


class ForeignDatabaseError(GreenroomError):
    """A database of the wanted name is there, and greenroom did not make it."""

    exit_code = ExitCode.BROKEN

    def __init__(self, name: str, alias: str) -> None:
        super().__init__(
            f"the database {name!r} exists and was not made by greenroom: it is not touched",
            f"Remove it yourself if it may go, or name another one in DATABASES[{alias!r}]['TEST']['NAME'].",
        )


def lane_mark(key: str = "") -> str:
    """The comment on a test database; the key says which snapshot its tables came from, if any."""
    return f"greenroom:1:lane:{key}"


def snapshot_mark(key: str) -> str:
    """The comment on a snapshot."""
    return f"greenroom:1:snapshot:{key}"


def is_mark(comment: str | None) -> bool:
    """Whether a comment on a database is one of ours."""
    return _MARK.fullmatch(comment or "") is not None


def marked_key(comment: str | None) -> str:
    """The key of the snapshot that a marked database goes back to; empty for none."""
    found = _MARK.fullmatch(comment or "")
    return found[2] if found else ""
