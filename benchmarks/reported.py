"""What runs that are reported to a server are made from: tests that do a little work, and a look at a process from within."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.model import ContenderFailed
from benchmarks.processes import PROC, parent_of
from benchmarks.projects import Project, class_source, write_project

if TYPE_CHECKING:
    from benchmarks.model import Sample

PER_MODULE = 100
LONGEST = 1800.0
"""Seconds that a delivery may take."""
_FIGURES = "figures.json"

_MANAGE = """
import atexit
import json
import os
import sys
import time

from django.core.management import execute_from_command_line


def tell():
    # The second number: nanoseconds in which it could have run and no processor was free, proc(5).
    with open("/proc/self/schedstat") as file:
        waited = int(file.read().split()[1]) / 1e9
    with open(os.environ["BENCHMARK_FIGURES"], "w") as file:
        json.dump({"cpu": time.process_time(), "waited": waited}, file)


atexit.register(tell)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""
_URLS = """
from django.http import HttpResponse
from django.template import Context, Engine
from django.urls import path

from shop.models import Item

TEMPLATE = Engine().from_string(
    "<!doctype html><title>Shop</title><ul>{% for item in items %}<li class={% cycle 'odd' 'even' %}>"
    "{{ forloop.counter }}: {{ item.name|title }}</li>{% endfor %}</ul>"
)


def page(request):
    return HttpResponse(TEMPLATE.render(Context({"items": Item.objects.order_by("name")})))


urlpatterns = [path("", page)]
"""
_HEADER = """
from django.test import TestCase

from shop.models import Item


class Base(TestCase):
    @classmethod
    def setUpTestData(cls):
        Item.objects.bulk_create(Item(name=f"item {number:03}") for number in range(160))
"""
_BODY = 'self.assertContains(self.client.get("/"), "Item 159")'


def working_project(root: Path, tests: int) -> Project:
    """A project whose tests each get a page with 160 rows of a table from the test client, some 5 ms of work.

    Args:
        root: a folder, made when it is not there.
        tests: how many; rounded up to hundreds.
    """
    modules = {
        f"test_{number:03}.py": f"{_HEADER}\n\n{class_source(f'Shop{number:03}', 'Base', PER_MODULE, lambda _: _BODY)}"
        for number in range(-(-tests // PER_MODULE))
    }
    project = write_project(root, modules, len(modules) * PER_MODULE)
    for name, text in {"manage.py": _MANAGE, "urls.py": _URLS}.items():
        (root / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return project


def figures_file(project: Project) -> Path:
    """Where `manage.py` of such a project writes its figures; the variable BENCHMARK_FIGURES says so to it."""
    return project.root / _FIGURES


def own_figures(project: Project, wall: float) -> Sample:
    """What a run that ended took of its own: `cpu`, of its process alone; `own`, its wall time without the time in which no
    processor was free for it; and `wall`.

    Args:
        project: which ran.
        wall: the seconds from its start to its end.

    Raises:
        ContenderFailed: it left no figures.
    """
    file = figures_file(project)
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise ContenderFailed("it left no figures of its process") from None
    file.unlink()
    return {"wall": wall, "own": wall - found["waited"], "cpu": found["cpu"]}


def orphans(module: str) -> list[int]:
    """The processes that became ours and that run a module."""
    found = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            ours = parent_of((entry / "stat").read_text(encoding="utf-8", errors="replace")) == os.getpid()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        if ours and module.encode() in words:
            found.append(int(entry.name))
    return found


def to_the_end(pid: int) -> tuple[float, float]:
    """Wait for the end of a child.

    Returns:
        The seconds of processor time that it took, and those that this has waited.

    Raises:
        ContenderFailed: it does not end.
    """
    began = time.monotonic()
    while time.monotonic() < began + LONGEST:
        ended, _, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return usage.ru_utime + usage.ru_stime, time.monotonic() - began
        time.sleep(0.05)
    raise ContenderFailed(f"what it left behind did not end in {LONGEST:.0f} s")
