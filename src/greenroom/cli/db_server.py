"""`greenroom db server`: private database servers that stay between runs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from greenroom.errors import ExitCode


def run(arguments: Sequence[str]) -> int:
    """Start, stop or show the private servers of this project.

    Returns:
        0.
    """
    from greenroom.cli.django_project import settings_arguments

    parser = argparse.ArgumentParser("greenroom db server", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser(
        "start",
        parents=[settings_arguments()],
        help="start one for each configured PostgreSQL, MariaDB or MySQL; it stays until it is stopped",
    )
    start.add_argument("--tcp", action="store_true", help="Listen on a port of 127.0.0.1, with a random password.")
    actions.add_parser("stop", help="stop those that were started so, and remove their data")
    actions.add_parser("status", help="show those that run")
    options = parser.parse_args(list(arguments))
    if options.action == "start":
        return _start(arguments[1:], tcp=options.tcp)
    return _stop() if options.action == "stop" else _status()


def _start(arguments: Sequence[str], *, tcp: bool) -> int:
    from greenroom.cli.django_project import set_up_django

    set_up_django(arguments)
    from django.db import connections

    from greenroom.databases.throwaway import ensure_servers

    databases = {alias: connections.settings[alias] for alias in connections}
    servers = ensure_servers(databases, "always", _root(), keep=True, tcp=tcp)
    for server in servers:
        done = "runs already" if server.found else f"started in {server.seconds:.2f} s"
        print(f"{server.title} for {', '.join(server.aliases)}: {done}, in {server.private.folder}")
        for alias, changes in server.settings.items():
            for key in ("HOST", "PORT", "PASSWORD"):
                if changes.get(key):
                    print(f"  {alias} {key}: {changes[key]}")
    if not servers:
        print("No database of this project needs a server.")
    return ExitCode.OK


def _stop() -> int:
    from greenroom.databases.throwaway.kept import stop_all

    stopped = stop_all(_root())
    for private in stopped:
        print(f"{private.title} in {private.folder}: stopped and removed")
    if not stopped:
        print("No private server of this project runs.")
    return ExitCode.OK


def _status() -> int:
    from greenroom.databases.throwaway.kept import find, size_of, states

    found = [private for private in map(find, states(_root())) if private is not None]
    for private in found:
        port = f", port {private.port}" if private.port else ""
        print(
            f"{private.title} in {private.folder}: process {private.server}{port}, {size_of(private) / 2**20:.0f} MiB"
        )
    if not found:
        print("No private server of this project runs.")
    return ExitCode.OK


def _root() -> Path:
    """The folder of greenroom in the project that the current folder belongs to."""
    from greenroom.config import load

    loaded = load(Path.cwd(), os.environ, {})
    return loaded.root / loaded.config.directory
