"""The token endpoint: `GET` with a password (Docker's token specification), `POST` (its OAuth 2 part)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from oci.auth import gate, passwords, scopes, tokens
from oci.auth.accounts import Account
from oci.auth.challenge import unauthorized
from oci.auth.conf import conf
from oci.auth.permissions import grants
from oci.auth.tokens import InvalidTokenError, Token
from oci.errors import RegistryError, UnsupportedError
from oci.http.responses import error_response, json_response


@csrf_exempt  # no cookie counts here
def token(request: HttpRequest) -> HttpResponse:
    """Give a token for as much of what is asked for as is allowed, which may be nothing."""
    try:
        match request.method:
            case "GET" | "HEAD":
                response = _by_header(request)
            case "POST":
                response = _by_form(request)
            case _:
                raise UnsupportedError(headers={"Allow": "GET, HEAD, POST"})
    except RegistryError as error:
        response = error_response(error)
    response.headers["Cache-Control"] = "no-store"
    return response


def _by_header(request: HttpRequest) -> HttpResponse:
    _check_service(request.GET.get("service"))
    identity = gate.identify(request)
    if isinstance(identity, Token):
        # A token that buys tokens would never end.
        raise unauthorized(request, error="invalid_token", message="a password is needed to get a token")
    offline = request.GET.get("offline_token") == "true"
    return _answer(identity, request.GET.getlist("scope"), offline=offline)


def _by_form(request: HttpRequest) -> HttpResponse:
    form = request.POST
    _check_service(form.get("service"))
    match form.get("grant_type"):
        case "password":
            account = passwords.check(request, form.get("username", ""), form.get("password", ""))
        case "refresh_token":
            account = _refreshed(form.get("refresh_token", ""))
        case _:
            raise RegistryError(
                "grant_type must be password or refresh_token", detail={"error": "unsupported_grant_type"}
            )
    if account is None or account.is_anonymous:
        raise unauthorized(request, message="name, password or refresh token is wrong")
    offline = form.get("access_type") == "offline"
    return _answer(account, form.getlist("scope"), offline=offline, scope=True)


def _refreshed(text: str) -> Account | None:
    try:
        return tokens.verify(text, "refresh").account
    except InvalidTokenError:
        return None


def _check_service(service: str | None) -> None:
    if service not in {None, "", conf().service}:
        raise RegistryError("tokens of another service are not to be had here", detail={"service": conf().service})


def _answer(account: Account, wanted: Iterable[str], *, offline: bool, scope: bool = False) -> HttpResponse:
    allowed = grants(account)
    granted = [allowed.reduced(one) for one in scopes.parse(wanted)]
    text = tokens.access(account, granted)
    answer: dict[str, Any] = {
        "token": text,
        "access_token": text,
        "expires_in": conf().token_lifetime,
        "issued_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    if scope:
        answer["scope"] = " ".join(str(one) for one in granted if one.actions)
    if offline and not account.is_anonymous:
        answer["refresh_token"] = tokens.refresh(account)
    return json_response(answer)
