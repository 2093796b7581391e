"""`WWW-Authenticate`: tells a client how to come back."""

from django.http import HttpRequest
from django.urls import reverse

from oci.auth.conf import conf
from oci.auth.scopes import Scope
from oci.errors import UnauthorizedError


def unauthorized(request: HttpRequest, *scopes: Scope, error: str = "", message: str = "") -> UnauthorizedError:
    """401 with a challenge: where tokens are to be had and for which scopes, or that a password is wanted."""
    if conf().challenge == "basic":
        challenge = f'Basic realm="{_quoted(conf().service)}", charset="UTF-8"'
    else:
        parts = {"realm": _realm(request), "service": conf().service}
        if scopes:
            parts["scope"] = " ".join(map(str, scopes))
        if error:
            parts["error"] = error
        challenge = "Bearer " + ",".join(f'{key}="{_quoted(value)}"' for key, value in parts.items())
    detail = [scope.claim() for scope in scopes] or None
    return UnauthorizedError(message, detail=detail, headers={"WWW-Authenticate": challenge})


def _realm(request: HttpRequest) -> str:
    return conf().realm or request.build_absolute_uri(reverse("oci_auth:token"))


def _quoted(text: str) -> str:
    """For a quoted string of a header (RFC 9110, section 5.6.4)."""
    return "".join(c for c in text if c.isprintable()).replace("\\", "\\\\").replace('"', '\\"')
