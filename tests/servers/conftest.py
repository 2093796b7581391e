"""What the tests of the live servers share: Django set up in this process, with a small project that knows every trick."""

from __future__ import annotations

import hashlib
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from greenroom.servers.base import Server

KINDS = ("threaded", "cheroot", "asgi")


class Gates:
    """What views wait for, and what they tell."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.reached = threading.Semaphore(0)


@pytest.fixture(scope="session", autouse=True)
def served_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings for this process, unless another package of tests has made some."""
    if not settings.configured:
        settings.configure(
            SECRET_KEY="made for tests",
            ALLOWED_HOSTS=["localhost"],
            ROOT_URLCONF="served_urls",
            INSTALLED_APPS=["django.contrib.staticfiles"],
            USE_TZ=True,
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        )
        django.setup()
    yield
    sys.modules.pop("served_urls", None)


@pytest.fixture
def gates() -> Iterator[Gates]:
    """What views wait for; all are let go at the end."""
    made = Gates()
    yield made
    made.let_go.set()


@pytest.fixture
def project(tmp_path: Path, gates: Gates) -> Iterator[None]:
    """The project that is served: its URLs, static and media files."""
    from django.test import override_settings

    static, media = tmp_path / "static", tmp_path / "media"
    static.mkdir()
    media.mkdir()
    (static / "style.css").write_text("body { color: green }")
    (media / "empty.txt").write_bytes(b"")
    (media / "letters.txt").write_bytes(bytes(range(256)))
    module: Any = ModuleType("served_urls")
    module.urlpatterns = _urls(gates)
    sys.modules["served_urls"] = module
    with override_settings(
        ROOT_URLCONF="served_urls",
        STATIC_URL="/static/",
        STATICFILES_DIRS=[str(static)],
        MEDIA_URL="/media/",
        MEDIA_ROOT=str(media),
        ALLOWED_HOSTS=["localhost"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    ):
        from django.urls import clear_url_caches

        clear_url_caches()
        yield
        clear_url_caches()


def _urls(gates: Gates) -> list[Any]:  # noqa: C901 - a view after the other
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path

    def digest(request: Any) -> HttpResponse:
        total, summed = 0, hashlib.sha256()
        while block := request.read(65536):
            total += len(block)
            summed.update(block)
        return HttpResponse(f"{request.method} {total} {summed.hexdigest()}")

    def echo(request: Any) -> HttpResponse:
        return HttpResponse(request.body, headers={"X-Length": request.META.get("CONTENT_LENGTH", "")})

    def ignored(_request: Any) -> HttpResponse:
        return HttpResponse("not read")

    def stream(request: Any) -> StreamingHttpResponse:
        count = int(request.GET["blocks"])
        block = b"x" * 65536

        async def in_loop() -> Any:
            for _ in range(count):
                yield block

        asynchronous = hasattr(request, "scope")
        return StreamingHttpResponse(in_loop() if asynchronous else (block for _ in range(count)))

    def boom(_request: Any) -> HttpResponse:
        raise ValueError("the view broke")

    def half(request: Any) -> StreamingHttpResponse:
        def blocks() -> Iterator[bytes]:
            yield b"x" * 100
            raise ValueError("the stream broke")

        async def in_loop() -> Any:
            for block in blocks():
                yield block

        return StreamingHttpResponse(in_loop() if hasattr(request, "scope") else blocks())

    def wait(_request: Any) -> HttpResponse:
        gates.reached.release()
        gates.let_go.wait(30)
        return HttpResponse("at last")

    def secure(request: Any) -> HttpResponse:
        return HttpResponse(str(request.is_secure()))

    return [
        path("digest/", digest),
        path("echo/", echo),
        path("ignored/", ignored),
        path("stream/", stream),
        path("boom/", boom),
        path("half/", half),
        path("wait/", wait),
        path("secure/", secure),
    ]


@pytest.fixture(params=KINDS)
def make_server(request: pytest.FixtureRequest, project: None) -> Iterator[Callable[..., Server]]:
    """Makes servers of one kind, and stops them."""
    from greenroom.servers import current
    from greenroom.servers.api import Options

    made: list[Server] = []

    def make(**about: Any) -> Server:
        server = current.make(Options(kind=request.param, **about))
        server.start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A server that speaks HTTP."""
    return make_server()
