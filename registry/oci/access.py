"""Who may do what. The one place where views ask.

`REGISTRY["AUTHORIZE"]` names a function

    def authorize(request: HttpRequest, repository: str | None, action: Action) -> None

It returns where the request may go on, and raises `errors.UnauthorizedError` (with a challenge) or
`errors.DeniedError` where it may not. It is called before anything is looked up, so an answer never tells what exists.
`repository` is None for `GET /v2/` and for the list of repositories, and a valid name otherwise. It is called once for
a request, and once more for each repository that a blob may be mounted from or that is listed.
"""

import functools
from collections.abc import Callable
from enum import StrEnum

from django.http import HttpRequest
from django.utils.module_loading import import_string

from oci.conf import conf
from oci.errors import DeniedError, UnauthorizedError


class Action(StrEnum):
    """What a request wants."""

    BASE = "base"  # GET /v2/
    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    CATALOG = "catalog"  # the list of repositories


Authorize = Callable[[HttpRequest, str | None, Action], None]


def anonymous(request: HttpRequest, repository: str | None, action: Action) -> None:
    """Everybody may do everything."""


def authorize(request: HttpRequest, repository: str | None, action: Action) -> None:
    """Ask the function of the settings."""
    _load(conf().authorize)(request, repository, action)


def may(request: HttpRequest, repository: str, action: Action) -> bool:
    """Whether it may, for what is left out rather than refused."""
    try:
        authorize(request, repository, action)
    except (UnauthorizedError, DeniedError):
        return False
    return True


@functools.cache
def _load(path: str) -> Authorize:
    function: Authorize = import_string(path)
    return function
