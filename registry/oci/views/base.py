"""What every endpoint does: method, name, access, errors in the spec's form."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from oci import grammar
from oci.access import Action, authorize
from oci.errors import NameInvalidError, NameUnknownError, RegistryError, SizeInvalidError, UnsupportedError
from oci.http.body import TruncatedError, body_of
from oci.http.responses import error_response
from oci.policies import policies

Handler = Callable[..., HttpResponseBase]

_log = logging.getLogger("oci.requests")


def endpoint(**handlers: tuple[Handler, Action]) -> Callable[..., HttpResponseBase]:
    """A view out of one handler per method. A handler is called with the request and the URL's parts."""

    @csrf_exempt
    def view(request: HttpRequest, **parts: str) -> HttpResponseBase:
        try:
            response = _handled(request, handlers, parts)
        except RegistryError as error:
            response = _refused(request, error)
        except TruncatedError:
            # Most often nobody reads this: the client is gone.
            response = _refused(request, SizeInvalidError("the body ended before its length"))
        # Docker's clients take a server without this header for something else than a registry.
        response.headers["Docker-Distribution-API-Version"] = "registry/2.0"
        return response

    return view


def _handled(
    request: HttpRequest, handlers: dict[str, tuple[Handler, Action]], parts: dict[str, Any]
) -> HttpResponseBase:
    handler, action = handlers.get(request.method or "", (None, None))
    if handler is None or action is None:
        raise UnsupportedError(headers={"Allow": ", ".join(sorted(handlers))})
    name = parts.get("name")
    if name is not None and not grammar.is_name(name):
        # What cannot exist is not found; what must not be made is refused.
        raise NameUnknownError if request.method in {"GET", "HEAD"} else NameInvalidError
    authorize(request, name, action)
    if name is not None and action in {Action.PUSH, Action.DELETE}:
        for policy in policies():
            policy.write(request, name)
    return handler(request, **parts)


def _refused(request: HttpRequest, error: RegistryError) -> HttpResponseBase:
    if request.method in {"POST", "PUT", "PATCH"}:
        try:
            body_of(request).drain()
        except RegistryError:
            _log.debug("the body of a refused request cannot be read")
    response = error_response(error)
    if request.method == "HEAD":
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response
