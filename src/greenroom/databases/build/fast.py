"""Run `migrate` with the fast executor, for the duration of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from greenroom.databases.build.report import BuildReport

BeforePostMigrate = Callable[[str], None]
"""Is called with the alias of a database after its last migration, before `post_migrate` is sent."""


@contextmanager
def fast_migrations(before_post_migrate: BeforePostMigrate | None = None) -> Iterator[BuildReport]:
    """Let `call_command("migrate", ...)`, also that of Django's `create_test_db()`, render what is needed only.

    Two names are replaced in `django.core.management.commands.migrate`, until the block ends: `MigrationExecutor`, and
    `emit_post_migrate_signal` where `before_post_migrate` is given. Where Django is not as it is expected to be the first
    one is left as it is, and the report says why.

    Args:
        before_post_migrate: is called between the last migration and `post_migrate`.

    Yields:
        what is known about the block, complete when it has ended.
    """
    from django.core.management.commands import migrate as module

    from greenroom.databases.build.internals import unexpected

    command: Any = module
    report = BuildReport(slow=unexpected())
    executor, emit = command.MigrationExecutor, command.emit_post_migrate_signal

    def emit_after(verbosity: int, interactive: bool, db: str, **kwargs: Any) -> None:
        if before_post_migrate is not None:
            report.bare += 1
            before_post_migrate(db)
        emit(verbosity, interactive, db, **kwargs)

    if before_post_migrate is not None:
        command.emit_post_migrate_signal = emit_after
    if not report.slow:
        command.MigrationExecutor = _executor(report)
    try:
        yield report
    finally:
        command.MigrationExecutor = executor
        command.emit_post_migrate_signal = emit


def migrate(
    alias: str, *, before_post_migrate: BeforePostMigrate | None = None, verbosity: int = 0, run_syncdb: bool = True
) -> BuildReport:
    """Migrate a database, as Django's `create_test_db()` does, with the fast executor.

    On a database that holds the state before `post_migrate` of a part of the migrations (*bare*) this is the delta.

    Args:
        alias: the database's.
        before_post_migrate: is called between the last migration and `post_migrate`.
        verbosity: Django's.
        run_syncdb: make the tables of apps without migrations.
    """
    from django.core.management import call_command

    with fast_migrations(before_post_migrate) as report:
        call_command("migrate", verbosity=verbosity, interactive=False, database=alias, run_syncdb=run_syncdb)
    return report


def _executor(report: BuildReport) -> Any:
    from greenroom.databases.build.executor import FastExecutor

    return type("MigrationExecutor", (FastExecutor,), {"report": report})
