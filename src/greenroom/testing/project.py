"""Django projects made for one test, and run through the real front doors in a subprocess."""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from greenroom import events
from greenroom.testing.eventlog import EventLog, read_events
from greenroom.testing.process import Running
from greenroom.testing.ran import Ran

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STOCK = "recorded_stock.RecordedRunner"
"""Stock Django's runner, recorded; `runner="stock"` stands for it."""

StartMethod = Literal["fork", "forkserver", "spawn"]
Databases = Literal["memory", "file", "two", "none"]

_MANAGE = """\
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

_SETTINGS = """\
import os

SECRET_KEY = "made for one test"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "shop.urls"
ALLOWED_HOSTS = ["localhost"]
STATIC_URL = "static/"
MEDIA_URL = "media/"
TEST_RUNNER = os.environ.get("PROJECT_TEST_RUNNER", "greenroom.TestRunner")
INSTALLED_APPS = {apps!r}
DATABASES = {databases}
"""

_DATABASES: dict[Databases, str] = {
    "none": "{}",
    "memory": '{"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}',
    "file": """{
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "real.sqlite3",
        "TEST": {"NAME": "test_real.sqlite3"},
    },
}""",
    "two": """{
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}""",
}

_SHOP = {
    "shop/__init__.py": "",
    "shop/models.py": """\
        from django.db import models


        class Item(models.Model):
            name = models.CharField(max_length=50)

            def __str__(self):
                return self.name
        """,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """\
        from django.db import migrations, models


        class Migration(migrations.Migration):
            initial = True
            operations = [
                migrations.CreateModel(
                    name="Item",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=50)),
                    ],
                ),
            ]
        """,
    "shop/urls.py": """\
        from django.http import HttpResponse
        from django.urls import path


        def hello(request):
            return HttpResponse("hello")


        def boom(request):
            raise ValueError("the view broke")


        urlpatterns = [path("hello/", hello), path("boom/", boom)]
        """,
}


def _import_path() -> list[str]:
    """Where a subprocess finds greenroom, if it is not installed, and the recorded stock runner."""
    package = Path(events.__file__).resolve().parent
    folders = [str(package / "testing" / "_stock")]
    if "site-packages" not in package.parts:
        folders.append(str(package.parent))
    return folders


class How(TypedDict, total=False):
    """How a front door is run; each key may be left out."""

    runner: str
    """The value of `TEST_RUNNER`: greenroom's by default; `"stock"` is Django's own, recorded."""
    start_method: StartMethod | None
    """How workers are started, where there are any."""
    env: Mapping[str, str]
    """Added to the environment. An empty value takes a variable away."""
    stdin: str
    """What it can read, such as commands for pdb."""
    timeout: float
    """Seconds until `finish()` takes it for hung; 60 by default."""
    folder: Path
    """Where it runs; the project's root by default."""


@dataclass
class Started:
    """A run under way; `finish()` makes it a `Ran`."""

    process: Running
    events_file: Path

    def events_so_far(self) -> EventLog:
        """The events written until now."""
        return read_events(self.events_file, growing=True)

    def wait_for_event(self, matches: Callable[[events.Event], bool], what: str, timeout: float = 30.0) -> None:
        """Wait until the run has written an event that matches.

        Raises:
            Hung: it has not in that many seconds, or it ended first.
        """
        self.process.wait_for(lambda: any(map(matches, self.events_so_far())), f"the event: {what}", timeout)

    def finish(self) -> Ran:
        """Wait for the end.

        Raises:
            Hung: it did not end in the time that it had.
        """
        returncode = self.process.finish()
        left_behind = self.process.left_behind()
        log = read_events(self.events_file, growing=True) if self.events_file.exists() else None
        return Ran(
            command=self.process.command,
            returncode=returncode,
            stdout=self.process.stdout,
            stderr=self.process.stderr,
            seconds=self.process.seconds,
            log=log,
            left_behind=left_behind,
        )


class Project:
    """A Django project in a folder of its own, with an app `shop` that has one model, `Item(name)`.

    Args:
        folder: an empty folder. The project goes into its `project` folder; output and events are kept beside it, where
            neither discovery nor the project's own files can meet them.
        databases: SQLite in memory, in a file, two in memory (`default` and `other`), or none at all.
        apps: what `INSTALLED_APPS` lists besides `shop`.
        settings: lines added to the end of the settings.
        files: further files by their path in the project; each source is dedented.
    """

    def __init__(
        self,
        folder: Path,
        *,
        databases: Databases = "memory",
        apps: Sequence[str] = (),
        settings: str = "",
        files: Mapping[str, str] | None = None,
    ) -> None:
        self.root = folder / "project"
        self._runs = folder / "runs"
        self._numbers = itertools.count(1)
        self.root.mkdir(parents=True)
        self._runs.mkdir()
        self.write("manage.py", _MANAGE)
        text = _SETTINGS.format(apps=[*apps, "shop"], databases=_DATABASES[databases])
        self.write("settings.py", text + dedent(settings))
        for name, source in {**_SHOP, **(files or {})}.items():
            self.write(name, source)

    def write(self, name: str, source: str) -> Path:
        """Write a file into the project, dedented; folders are made as needed, packages (`__init__.py`) are not."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
        if path.suffix == ".py":  # a second version in the same second would pass for the first
            Path(cache_from_source(str(path))).unlink(missing_ok=True)
        return path

    def environment(self, runner: str, start_method: StartMethod | None, events_file: Path) -> dict[str, str]:
        """The environment of a run: this process's, without what would configure Django, greenroom or pytest."""
        alien = ("DJANGO_", "GREENROOM_", "PYTEST_", "PROJECT_", "COV_", "FORCE_COLOR")
        env = {name: value for name, value in os.environ.items() if not name.startswith(alien)}
        env["PYTHONPATH"] = os.pathsep.join([*_import_path(), *filter(None, [env.get("PYTHONPATH")])])
        env["PROJECT_TEST_RUNNER"] = STOCK if runner == "stock" else runner
        if runner == "stock":
            env["RECORDED_STOCK"] = str(events_file)
            if start_method:
                env["STOCK_START_METHOD"] = start_method
        else:
            env["GREENROOM_EVENTS"] = str(events_file)
            # What one project's runs keep is nothing to another's.
            env["GREENROOM_CACHE"] = str(self.root.parent / "cache")
            if start_method:
                env["GREENROOM_START_METHOD"] = start_method
        return env

    def start(self, *command: str, **how: Unpack[How]) -> Started:
        """Start a program in the project's folder and let it run.

        Args:
            command: its arguments; the first is the program.
            how: see `How`.
        """
        output = self._runs / str(next(self._numbers))
        output.mkdir()
        events_file = output / "events.jsonl"
        runner = how.get("runner", "greenroom.TestRunner")
        environment = {**self.environment(runner, how.get("start_method"), events_file), **how.get("env", {})}
        process = Running(
            command,
            folder=how.get("folder", self.root),
            env={name: value for name, value in environment.items() if value},
            output=output,
            stdin=how.get("stdin", ""),
            timeout=how.get("timeout", 60.0),
        )
        return Started(process, events_file)

    def start_manage_test(self, *args: str, **how: Unpack[How]) -> Started:
        """Start `manage.py test` and let it run; see `manage_test`."""
        return self.start(sys.executable, "manage.py", "test", *args, **how)

    def manage_test(self, *args: str, **how: Unpack[How]) -> Ran:
        """Run `manage.py test` to its end.

        Args:
            args: labels and options.
            how: see `How`.

        Raises:
            Hung: it did not end in time.
        """
        return self.start_manage_test(*args, **how).finish()

    def greenroom(self, *args: str, **how: Unpack[How]) -> Ran:
        """Run `python -m greenroom` to its end, with `DJANGO_SETTINGS_MODULE` naming the project's settings.

        Args:
            args: a command and its arguments.
            how: see `How`.

        Raises:
            Hung: it did not end in time.
        """
        how["env"] = {"DJANGO_SETTINGS_MODULE": "settings", **how.get("env", {})}
        return self.start(sys.executable, "-m", "greenroom", *args, **how).finish()

    def greenroom_test(self, *args: str, **how: Unpack[How]) -> Ran:
        """Run `greenroom test` with these labels and options; see `greenroom`."""
        return self.greenroom("test", *args, **how)
