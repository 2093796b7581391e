"""The user as whom a server runs. Neither PostgreSQL nor MariaDB runs as root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greenroom.databases.throwaway.api import Account, ServerError


def account_for(name: str) -> Account | None:
    """The unprivileged user for a server: None when this process is one already.

    Args:
        name: whom to take where that user exists; `nobody` otherwise.

    Raises:
        ServerError: this is root, and there is neither.
    """
    if os.geteuid() != 0:
        return None
    import pwd

    for candidate in (name, "nobody"):
        try:
            entry = pwd.getpwnam(candidate)
        except KeyError:
            continue
        return Account(candidate, entry.pw_uid, entry.pw_gid)
    raise ServerError(
        f"a database server does not run as root, and there is no user {name} or nobody to run it as",
        f"Add a user {name}, run the tests as another user, or use --db-server=never.",
    )


def environment(home: Path) -> dict[str, str]:
    """The variables of a server's programs: what was meant for the configured server (PGPORT, …) is left out."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    return {"PATH": os.defpath, **kept, "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C"}


def run_as(account: Account | None, command: Sequence[str | Path], home: Path, feed: bytes = b"") -> bytes:
    """Run a program of a server to its end, as the user of that server, and without a shell.

    Args:
        account: that user; None for the one of this process.
        command: the program and its arguments.
        home: an existing folder that the user can enter.
        feed: what the program reads from its standard input.

    Returns:
        What it wrote to its standard output.

    Raises:
        ServerError: it could not be started, or failed; with the end of what it said.
    """
    rights: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    who = f" as the user {account.name}" if account else ""
    try:
        done = subprocess.run(
            [str(part) for part in command], input=feed, capture_output=True,
            cwd=home, env=environment(home), timeout=120, check=False, umask=0o077, **rights,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(f"{command[0]} could not be run{who}: {error}", _HINT) from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()[-2000:]
        raise ServerError(f"{command[0]} failed{who}, exit code {done.returncode}", said or _HINT)
    written: bytes = done.stdout
    return written


_HINT = "Use a server of your own with --db-server=never."
