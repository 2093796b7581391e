"""Responses of the registry."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from oci.conf import conf
from oci.errors import RegistryError


class BlobResponse(FileResponse):
    """A file as it is. Django's own would guess a type and look for a name."""

    block_size = 1024 * 1024

    def set_headers(self, filelike: object) -> None:
        """The view has set them."""


def file_response(request: HttpRequest, file: Any, status: int = 200) -> HttpResponseBase:
    """Send a file in pieces: by the kernel where the server can, in threads under ASGI.

    Django reads a FileResponse whole into memory under ASGI; hence the other class there.
    """
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_pieces(file), status=status, content_type="application/octet-stream")
    return BlobResponse(file, status=status, content_type="application/octet-stream")


def empty(status: int, **headers: str) -> HttpResponse:
    """A response without a body. An underscore in a header's name stands for a hyphen."""
    response = HttpResponse(status=status)
    del response.headers["Content-Type"]
    if status != 204:
        response.headers["Content-Length"] = "0"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def json_response(data: Any, status: int = 200, content_type: str = "application/json") -> HttpResponse:
    """JSON without whitespace."""
    content = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    return HttpResponse(
        content, status=status, content_type=content_type, headers={"Content-Length": str(len(content))}
    )


def error_response(error: RegistryError) -> HttpResponse:
    """An error in the spec's form."""
    entry = {"code": error.code, "message": error.message}
    if error.detail is not None:
        entry["detail"] = error.detail
    response = json_response({"errors": [entry]}, error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while piece := await asyncio.to_thread(file.read, conf().piece):
            yield piece
    finally:
        file.close()
