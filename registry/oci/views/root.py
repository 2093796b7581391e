"""`GET /v2/`, and what is no endpoint at all."""

# ruff: noqa: ARG001 - a handler takes what its URL has

from django.http import HttpRequest, HttpResponse

from oci.access import Action
from oci.errors import RegistryError
from oci.http.responses import json_response
from oci.views.base import endpoint


def _base(request: HttpRequest) -> HttpResponse:
    return json_response({})


def _nothing(request: HttpRequest, rest: str) -> HttpResponse:
    raise RegistryError("no such endpoint", status=404)


base = endpoint(GET=(_base, Action.BASE), HEAD=(_base, Action.BASE))
nothing = endpoint(
    **dict.fromkeys(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), (_nothing, Action.BASE))
)
