"""Django's system checks, which pytest-django leaves out.

They run once, before the first test that uses Django. Where a check fails, or breaks, the tests run all the same, as they would
without greenroom, and the run fails.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from greenroom.events import ChecksFinished
from greenroom.execute.exceptions import format_plainly
from greenroom.pytest_plugin.run import PytestRun


class Checks:
    """The system checks of this process.

    Args:
        run: the run.
    """

    def __init__(self, run: PytestRun) -> None:
        self._run = run
        self._done = run.config.checks == "off"
        self._of_databases = self._done
        self._put_off = False

    @property
    def wait(self) -> bool:
        """Whether those that need no database are still to be run."""
        return not (self._done or self._put_off)

    def of_databases(self, aliases: Sequence[str]) -> None:
        """Run all checks, those of these databases too, as far as they did not run yet."""
        if self._of_databases:
            return
        self._of_databases = True
        tags = {"tags": ["database"]} if self._done else {}
        self._done = True
        self._check(databases=list(aliases), **tags)

    def of_project(self) -> None:
        """Run those that need no database, as far as they did not run yet.

        A check that asks a database all the same (whether it knows JSON), which no test may do yet, is put off with the others
        until there is one.
        """
        if self._done or self._put_off:
            return
        try:
            self._check()
        except _NoDatabaseError:
            self._put_off = True
        else:
            self._done = True

    def _check(self, **how: Any) -> None:
        from django.core.management import call_command
        from django.core.management.base import SystemCheckError

        out, err = io.StringIO(), io.StringIO()
        began, failure = time.perf_counter(), ""
        try:
            with _nothing_made_for_tests():
                call_command("check", stdout=out, stderr=err, no_color=True, **how)
        except SystemCheckError as error:
            failure = str(error).strip()
        except Exception as error:
            if _asks_a_database(error) and not how:
                raise _NoDatabaseError from error
            # Such as a URLconf that can't be imported. No test is to fail for it that would not without greenroom.
            failure = format_plainly(error).strip()
        seconds = time.perf_counter() - began
        self._run.set_up_seconds += seconds
        if failure:
            self._run.trouble = "\n".join(filter(None, (self._run.trouble, failure)))
        before = self._run.checked
        self._run.checked = ChecksFinished(
            time.time(),
            not self._run.trouble,
            seconds + (before.seconds if before else 0.0),
            text=self._run.trouble or out.getvalue() + err.getvalue(),
        )


class _NoDatabaseError(Exception):
    """A check wants a database, and there is none yet."""


def _asks_a_database(error: Exception) -> bool:
    return isinstance(error, RuntimeError) and str(error).startswith("Database access not allowed")


@contextmanager
def _nothing_made_for_tests() -> Iterator[None]:
    """Undo what the checks make out of settings: fixtures that come later may still change these settings.

    Template engines and URL resolvers are made once. pytest-django's `--fail-on-template-vars` would not be heard of. What
    the checks ask a database, such as whether it knows JSON, is kept by its connection: a test that asks the same and may
    not use the database would pass.
    """
    from django.db import connections
    from django.template import engines
    from django.test.signals import reset_template_engines
    from django.urls import clear_url_caches, resolvers

    had_engines = bool(vars(engines).get("_engines"))
    had_resolvers = vars(resolvers)["_get_cached_resolver"].cache_info().currsize
    had_features = {alias: set(vars(connections[alias].features)) for alias in connections}
    try:
        yield
    finally:
        for alias, had in had_features.items():
            features = vars(connections[alias].features)
            for learnt in features.keys() - had:
                del features[learnt]
        if not had_engines:
            reset_template_engines(setting="TEMPLATES")
        if not had_resolvers:
            clear_url_caches()
