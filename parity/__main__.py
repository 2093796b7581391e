"""The command line: see the package's docstring."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parity import report, sources, venvs
from parity.catalogue import DJANGO, MODES, SQLITE, Catalogue, Database, Package, load
from parity.errors import ParityError
from parity.judge import Judged, judge
from parity.runs import Bench, Engine
from parity.servers import Served, served

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BROKEN = 3
"""The exit code where the comparison could not be made, as greenroom's own."""


@dataclass(frozen=True)
class Task:
    """One suite, or a part of it, and the modes to compare it in."""

    package: Package
    modes: tuple[str, ...]
    labels: tuple[str, ...] | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    try:
        return _run(_parser().parse_args(arguments))
    except ParityError as error:
        print(f"parity: {error}", file=sys.stderr)
        return BROKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m parity", description="greenroom's results against stock Django's")
    parser.add_argument("--django", metavar="VERSION", help="a series that is pinned; by default the one installed")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("fixed", "a fixed part of Django's own suite"),
        ("all", "all of Django's suite, and every package"),
        ("package", "one of them"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--mode", action="append", choices=MODES, help="by default all that the suite has")
        command.add_argument("--fresh", action="store_true", help="run stock Django even where its results are known")
        control = "compare stock Django with itself: nothing may differ"
        command.add_argument(
            "--database",
            default=SQLITE,
            metavar="NAME",
            help="Django's own suite on another one, on a private server: postgresql or mariadb",
        )
        command.add_argument("--control", action="store_true", help=control)
        if name == "package":
            command.add_argument("name")
            command.add_argument("labels", nargs="*", help="a part of it, as for its own test command")
    commands.add_parser("demo", help="the fixed part under greenroom, on this terminal")
    commands.add_parser("list", help="what there is")
    return parser


def _run(options: argparse.Namespace) -> int:
    catalogue = load()
    if options.command == "list":
        for package in (*catalogue.django, *catalogue.packages):
            print(f"{package.name} {package.version}: {package.shape} ({', '.join(package.modes)})")
        return 0
    django = catalogue.django_for(options.django or _installed_django())
    if options.command == "demo":
        return _bench(django, django.version).show("fork", catalogue.fixed_labels)
    database = catalogue.database(options.database)
    tasks = list(_tasks(options, catalogue, django, database))
    with served(database) as server:
        return _compare(options, tasks, django.version, server)


def _compare(options: argparse.Namespace, tasks: Iterable[Task], django: str, server: Served | None) -> int:
    """Compare one suite after the other and print what came of it; give the exit code."""
    judged: list[Judged] = []
    broken = []
    for task in tasks:
        try:
            for one in _judge(options, task, django, server):
                judged.append(one)
                if text := report.details(one):
                    print(text)
        except ParityError as error:
            # The others can still be compared; that this one was not is said at the end and by the exit code.
            broken.append(f"{task.package.name} was not compared: {error}")
    print("\n".join(["", report.table(judged), *broken, report.summary(judged)]))
    if broken or not judged:
        return BROKEN
    return int(any(one.failed or not one.passed for one in judged))


def _tasks(
    options: argparse.Namespace, catalogue: Catalogue, django: Package, database: Database | None
) -> Iterator[Task]:
    """What a command compares. The suites of others have settings for databases of their own: they keep them."""
    match options.command:
        case "fixed" if database:
            yield Task(django, database.fixed_modes, database.fixed_labels)
        case "fixed":
            yield Task(django, catalogue.fixed_modes, catalogue.fixed_labels)
        case "all" if database:
            yield Task(django, django.modes)
        case "all":
            for package in (django, *catalogue.packages):
                yield Task(package, package.modes)
        case _:
            package = django if options.name.lower() == DJANGO.lower() else catalogue.package(options.name)
            if database and not package.is_django:
                raise ParityError(f"{package.name} is compared on its own databases", "Leave --database out.")
            yield Task(package, package.modes, tuple(options.labels) or None)


def _judge(options: argparse.Namespace, task: Task, django: str, server: Served | None) -> Iterator[Judged]:
    """Compare one suite in each mode that was asked for."""
    bench = _bench(task.package, django, server)
    against: Engine = "stock" if options.control else "greenroom"
    for mode in task.modes:
        if options.mode and mode not in options.mode:
            continue
        about = f"Django {django}, Python {platform.python_version()}"
        on = f" on {server.title}" if server else ""
        print(f"{task.package.name} {task.package.version}{on}, {mode} ({about}) …")
        yield judge(bench, mode, task.labels, against=against, fresh=options.fresh)


def _bench(package: Package, django: str, server: Served | None = None) -> Bench:
    """The suite with an environment to run in: its own, since packages' requirements may exclude each other.

    tblib is what Django needs to hand failures from parallel workers on.
    """
    requirements = [f"Django=={django}", "tblib", *package.requirements]
    if not package.is_django:
        requirements.append(str(sources.archive(package)))
    name = f"{package.name}-{package.version}-django{django}-py{platform.python_version()}"
    if server:
        requirements += server.database.requirements
        name += f"-{server.database.name}"
    return Bench(package, django, venvs.ensure(name, requirements), server)


def _installed_django() -> str:
    try:
        return importlib.metadata.version("Django")
    except importlib.metadata.PackageNotFoundError:
        hint = "Name a version: python -m parity --django 6.1 …"
        raise ParityError("Django is not installed where this runs", hint) from None


if __name__ == "__main__":
    sys.exit(main())
