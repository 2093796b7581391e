"""`greenroom db`: the snapshots of test databases, and private servers."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from greenroom.config import load
from greenroom.config.folders import cache_folder
from greenroom.databases.snapshots.archive import ArchiveError, export, import_
from greenroom.databases.snapshots.catalogue import Catalogue, Snapshot
from greenroom.errors import ExitCode, GreenroomError

_DAY = 86400.0
_COLUMNS = ("KEY", "DATABASE", "MIGRATIONS", "SIZE", "MADE", "USED", "PROJECT")


class SnapshotNameError(GreenroomError):
    """No snapshot, or several, have the key that was given."""

    exit_code = ExitCode.USAGE


def run(arguments: Sequence[str]) -> int:
    """Show, remove, export or import snapshots.

    Returns:
        0; 3 where something could not be removed or read.
    """
    if arguments and arguments[0] == "server":
        from greenroom.cli.db_server import run as run_server

        return run_server(arguments[1:])
    options = _parser().parse_args(list(arguments))
    loaded = load(Path.cwd(), os.environ, {})
    catalogue = Catalogue(cache_folder(loaded.config, loaded.root) / "snapshots")
    match options.action:
        case "list":
            return _list(catalogue)
        case "path":
            print(catalogue.folder)
            return ExitCode.OK
        case "clean":
            return _clean(catalogue, options)
        case "export":
            return _export(catalogue, options)
        case _:
            return _import(catalogue, options)


def _parser() -> argparse.ArgumentParser:
    from greenroom.cli.django_project import settings_arguments

    parser = argparse.ArgumentParser("greenroom db", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="show the snapshots, the least recently used first")
    actions.add_parser("path", help="print the folder that they are in")
    clean = actions.add_parser("clean", parents=[settings_arguments()], help="remove snapshots")
    clean.add_argument("key", nargs="*", help="The keys of those to remove, or their beginnings; none: all.")
    clean.add_argument("--unused", type=float, metavar="DAYS", help="Only those not used for so many days.")
    out = actions.add_parser("export", help="write snapshots to a file, for another machine")
    out.add_argument("file", type=Path)
    out.add_argument("key", nargs="*", help="The keys of those to write, or their beginnings; none: all.")
    in_ = actions.add_parser("import", help="take up the snapshots of such a file")
    in_.add_argument("file", type=Path)
    actions.add_parser("server", help="private database servers; see `greenroom db server --help`")
    return parser


def _chosen(catalogue: Catalogue, keys: Sequence[str]) -> list[Snapshot]:
    everything = catalogue.all()
    if not keys:
        return everything
    chosen = []
    for key in keys:
        found = [snapshot for snapshot in everything if snapshot.key.startswith(key)]
        if len(found) != 1:
            known = ", ".join(snapshot.key[:8] for snapshot in everything) or "none"
            raise SnapshotNameError(
                f"{len(found) or 'no'} snapshots have a key that begins with {key!r}", f"Known: {known}."
            )
        chosen += found
    return chosen


def _list(catalogue: Catalogue) -> int:
    rows = [_COLUMNS]
    for snapshot in catalogue.all():
        where = f"{snapshot.vendor}:{snapshot.alias}" + (f" on {snapshot.place}" if snapshot.place else "")
        rows.append(
            (
                snapshot.key[:8],
                where,
                str(len(snapshot.inputs.migrations)),
                f"{snapshot.size / 1e6:.1f} MB",
                _ago(snapshot.made),
                _ago(catalogue.last_used(snapshot.key)),
                snapshot.project,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for path in catalogue.faults():
        print(f"damaged: {path} (it is made anew when it is needed)")
    return ExitCode.OK


def _ago(when: float) -> str:
    seconds = max(0.0, time.time() - when)
    for size, unit in ((_DAY, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def _clean(catalogue: Catalogue, options: argparse.Namespace) -> int:
    going = _chosen(catalogue, options.key)
    if options.unused is not None:
        limit = time.time() - options.unused * _DAY
        going = [snapshot for snapshot in going if catalogue.last_used(snapshot.key) < limit]
    left = []
    for snapshot in going:
        if snapshot.place and not _discard_on_server(snapshot, options):
            left.append(snapshot)
            continue
        catalogue.forget(snapshot.key)
        print(f"removed {snapshot.key[:8]}")
    if not options.key and options.unused is None:
        for path in catalogue.faults():
            catalogue.forget(path.name)
            print(f"removed {path.name[:8]}, which was damaged")
    catalogue.sweep()
    for snapshot in left:
        print(
            f"left {snapshot.key[:8]}: it is on {snapshot.vendor} {snapshot.place}, which these settings do not reach"
        )
    return ExitCode.BROKEN if left else ExitCode.OK


def _discard_on_server(snapshot: Snapshot, options: argparse.Namespace) -> bool:
    """Drop what a snapshot has on its server; False where the project's settings name no such server."""
    from greenroom.cli.django_project import set_up_django

    set_up_django([f"--settings={options.settings}"] if options.settings else [])
    from django.db import connections

    from greenroom.databases.vendors.choice import vendor_of

    for alias in connections:
        vendor = vendor_of(connections[alias])
        if not isinstance(vendor, str) and (vendor.name, vendor.place()) == (snapshot.vendor, snapshot.place):
            vendor.discard(snapshot.key)
            return True
    return False


def _export(catalogue: Catalogue, options: argparse.Namespace) -> int:
    chosen = _chosen(catalogue, options.key)
    in_files = [snapshot for snapshot in chosen if not snapshot.place]
    for snapshot in chosen:
        if snapshot.place:
            print(f"left out {snapshot.key[:8]}: it is kept on {snapshot.vendor} {snapshot.place}, not in files")
    export(catalogue, in_files, options.file)
    print(f"{len(in_files)} snapshots in {options.file}")
    return ExitCode.OK


def _import(catalogue: Catalogue, options: argparse.Namespace) -> int:
    try:
        taken = import_(catalogue, options.file)
    except ArchiveError as error:
        raise GreenroomError(str(error), "Only files that `greenroom db export` wrote can be imported.") from None
    print(f"{len(taken)} snapshots from {options.file}")
    return ExitCode.OK
