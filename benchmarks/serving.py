"""Generated projects whose tests ask a live server, and the program that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.projects import class_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.projects import Project

PIECE = 65_536
"""Bytes that views and the program send and take at a time."""

_URLS = f"""
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

PIECE = b"x" * {PIECE}


def hello(request):
    return HttpResponse("hello")


def count(request):
    from app03.models import Model3

    return HttpResponse(str(Model3.objects.count()))


def down(request, size):
    pieces = (PIECE for _ in range(size // len(PIECE)))
    if request.META.get("wsgi.version") is None:
        pieces = asynchronous(pieces)
    return StreamingHttpResponse(pieces, headers={{"Content-Length": str(size)}})


async def asynchronous(pieces):
    for piece in pieces:
        yield piece


@csrf_exempt
def up(request):
    size = 0
    while piece := request.read(len(PIECE)):
        size += len(piece)
    return HttpResponse(str(size))


urlpatterns = [
    path("hello/", hello), path("count/", count), path("down/<int:size>/", down), path("up/", up),
]
"""

_LOAD = f"""
# Asks a live server, from a process of its own: says in JSON how fast it was.
import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

place, requests, size = urlsplit(sys.argv[1]).netloc, int(sys.argv[2]), int(sys.argv[3])
PIECE = b"x" * {PIECE}


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {{}})
    answer = connection.getresponse()
    assert answer.status == 200, (path, answer.status)
    return answer


def kept(number):
    connection = http.client.HTTPConnection(place)
    for _ in range(number):
        assert ask(connection, "GET", "/hello/").read() == b"hello"


def fresh(number):
    for _ in range(number):
        connection = http.client.HTTPConnection(place)
        assert ask(connection, "GET", "/hello/").read() == b"hello"
        connection.close()


def rate(work, threads):
    failures = []

    def carefully():
        try:
            work(requests // threads)
        except BaseException as error:
            failures.append(error)

    all_of_them = [threading.Thread(target=carefully) for _ in range(threads)]
    began = time.perf_counter()
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join()
    if failures:
        raise failures[0]
    return requests // threads * threads / (time.perf_counter() - began)


def down():
    began, taken = time.perf_counter(), 0
    answer = ask(http.client.HTTPConnection(place), "GET", f"/down/{{size}}/")
    while piece := answer.read(len(PIECE)):
        taken += len(piece)
    assert taken == size, taken
    return size / 1e6 / (time.perf_counter() - began)


def up():
    began = time.perf_counter()
    pieces = (PIECE for _ in range(size // len(PIECE)))
    answer = ask(http.client.HTTPConnection(place), "POST", "/up/", pieces, {{"Content-Length": str(size)}})
    assert int(answer.read()) == size
    return size / 1e6 / (time.perf_counter() - began)


kept(20)
print("LOAD", json.dumps({{
    "kept": rate(kept, 1), "four": rate(kept, 4), "fresh": rate(fresh, 1), "down": down(), "up": up(),
}}))
"""

_ASKS = """
import os
import subprocess
import sys


def load(url):
    done = subprocess.run([sys.executable, "load.py", url, os.environ["BENCHMARK_REQUESTS"], os.environ["BENCHMARK_SIZE"]],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
"""

_BODY = """Model3.objects.create(name="one", parent=None)
        with urlopen(f"{self.live_server_url}/count/") as answer:
            self.assertEqual(answer.read(), b"1")"""
_OURS = "from greenroom.cases import HttpTestCase"
_DJANGOS = "from django.test import LiveServerTestCase"


def add_views(project: Project) -> None:
    """Give a project with the large schema the views, and the program that asks for them."""
    for name, text in {"urls.py": _URLS, "load.py": _LOAD, "asks.py": _ASKS}.items():
        (project.root / name).write_text(text.lstrip("\n"), encoding="utf-8")


def live_tests(count: int, *, ours: bool, share: bool = False) -> str:
    """A module with so many tests that store a row, and ask a live server how many there are.

    Args:
        count: how many.
        ours: whether they are of greenroom's test case; else of Django's.
        share: whether the server works in their transaction.
    """
    base = "HttpTestCase" if ours else "LiveServerTestCase"
    source = class_source("Live", base, count, lambda _: _BODY)
    if share:
        source = source.replace(":\n", ":\n    share_transaction = True\n\n", 1)
    header = f"from urllib.request import urlopen\n\n{_OURS if ours else _DJANGOS}\n\nfrom app03.models import Model3"
    return f"{header}\n\n\n{source}"


def loading_test(kind: str) -> str:
    """A module with one test that has a live server asked as fast as can be.

    Args:
        kind: of greenroom's server; empty for Django's own.
    """
    base, line = ("HttpTestCase", _OURS) if kind else ("LiveServerTestCase", _DJANGOS)
    chosen = f"    live_server = {kind!r}\n\n" if kind else ""
    return (
        f"{line}\n\nfrom asks import load\n\n\nclass Load({base}):\n{chosen}"
        "    def test_load(self):\n        load(self.live_server_url)\n"
    )


def write_settings(root: Path, changes: Mapping[str, str]) -> None:
    """Add lines to the settings of a project: names with their values, as source."""
    with (root / "settings.py").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = {value}\n" for name, value in changes.items())
