"""The keys of tokens: shared by all processes by way of the database, kept over restarts, rotated by a command."""

import hmac
import secrets
import threading
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from oci.auth.conf import conf
from oci.auth.models import SigningKey

# Seconds that a process trusts what it read. A new key signs everywhere after so long; an unknown one is looked up at once.
_TRUST = 30.0
# Seconds between two look-ups of keys that may not exist, so that forged tokens cost the database little.
_PATIENCE = 1.0


class _Ring:
    """What this process knows of the keys."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._salts: dict[str, str] = {}
        self._read_at = float("-inf")

    def salts(self, *, older_than: float) -> dict[str, str]:
        with self._lock:
            if not self._salts or time.monotonic() - self._read_at > older_than:
                self._salts = dict(SigningKey.objects.values_list("kid", "salt"))
                self._read_at = time.monotonic()
            return self._salts


_ring = _Ring()


def current() -> tuple[str, bytes]:
    """Name and bytes of the key that signs. The first one is made here."""
    salts = _ring.salts(older_than=_TRUST)
    if not salts:
        add()
        salts = _ring.salts(older_than=0)
    kid = next(iter(salts))  # newest first
    return kid, _derived(salts[kid], settings.SECRET_KEY)


def candidates(kid: str) -> list[bytes]:
    """The keys that a token with this name may be signed with: one for each secret key that Django knows."""
    salts = _ring.salts(older_than=_TRUST)
    if kid not in salts:
        salts = _ring.salts(older_than=_PATIENCE)
    if kid not in salts:
        return []
    return [_derived(salts[kid], secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def add() -> str:
    """Make a key that signs from now on. Returns its name."""
    key = SigningKey.objects.create(kid=secrets.token_hex(8), salt=secrets.token_hex(32))
    _ring.forget()
    return key.kid


def rotate(*, at_once: bool = False) -> int:
    """Make a new key. Returns how many old ones were deleted.

    Old ones verify until all that they signed has expired; with `at_once` they go now, and every token with them.
    """
    with transaction.atomic():
        kid = add()
        old = SigningKey.objects.exclude(kid=kid)
        if not at_once:
            # A key signed until the next one came, so those go that were superseded long enough ago.
            longest = max(conf().refresh_lifetime, conf().token_lifetime)
            ended = timezone.now() - timedelta(seconds=longest + 2 * _TRUST)
            superseded = SigningKey.objects.filter(created_at__lt=ended).values_list("pk", flat=True)[1:]
            old = old.filter(pk__in=list(superseded))
        deleted, _ = old.delete()
    _ring.forget()
    return deleted


def forget() -> None:
    """Read the keys again: their table has changed behind this module's back."""
    _ring.forget()


def _derived(salt: str, secret: str | bytes) -> bytes:
    secret = secret if isinstance(secret, bytes) else secret.encode()
    return hmac.digest(secret, b"oci.auth.keys:" + salt.encode(), "sha256")
