"""Slows down who guesses passwords. Counts are in Django's cache: give all processes one that they share."""

import hashlib

from django.core.cache import cache
from django.http import HttpRequest

from oci.auth.conf import conf
from oci.errors import TooManyRequestsError


def client_address(request: HttpRequest) -> str:
    """Where a request comes from, behind as many proxies as the settings say."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if proxies := conf().proxies:
        # Each proxy appends whom it heard from. What stands further left is the client's own say-so.
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            address = hops[-proxies]
    return address[:64]


def check(request: HttpRequest, username: str) -> None:
    """Raise TooManyRequests where enough was guessed, before the password is even looked at."""
    limits = _limits(request, username)
    counts = cache.get_many(limits)
    if any(counts.get(key, 0) >= limit for key, limit in limits.items()):
        raise TooManyRequestsError("too many failed logins", headers={"Retry-After": str(conf().login_window)})


def failed(request: HttpRequest, username: str) -> None:
    """Count a failed login."""
    for key in _limits(request, username):
        cache.add(key, 0, conf().login_window)
        try:
            cache.incr(key)
        except ValueError:
            cache.add(key, 1, conf().login_window)  # it expired between the two


def passed(request: HttpRequest, username: str) -> None:
    """Forget the failures of a name at an address: its owner mistyped."""
    key = next(iter(_limits(request, username)))
    if cache.get(key) is not None:
        cache.delete(key)


def _limits(request: HttpRequest, username: str) -> dict[str, int]:
    address, name = client_address(request), username.casefold()
    return {
        _key("both", name, address): conf().login_failures,
        _key("address", address): conf().address_failures,
        # High: otherwise anybody could lock out anybody.
        _key("name", name): 10 * conf().address_failures,
    }


def _key(kind: str, *parts: str) -> str:
    # Hashed: caches allow neither all characters nor all lengths, and need not hold names.
    text = "\0".join(parts).encode(errors="replace")
    return f"oci.auth.{kind}.{hashlib.sha256(text).hexdigest()[:40]}"
