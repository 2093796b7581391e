"""Tokens: JSON Web Tokens as Docker's token specification describes them, and refresh tokens of the same make."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from oci.auth import accounts, keys, scopes
from oci.auth.accounts import Account
from oci.auth.conf import conf
from oci.auth.scopes import Scope

# The one algorithm that is accepted. What a token's own header says is never asked.
_ALGORITHM = "HS256"
_REQUIRED = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti"]
# Seconds that the clocks of several machines may differ.
_LEEWAY = 10
# A longer text is no token of ours.
_MAX_LENGTH = 16_384

Use = Literal["access", "refresh"]


class InvalidTokenError(Exception):
    """Forged, expired, for another service, or of an account that is gone."""


@dataclass(frozen=True)
class Token:
    """A verified token: who asks, and for what it is good."""

    account: Account
    scopes: tuple[Scope, ...] = ()

    def covers(self, wanted: Scope) -> bool:
        """Whether it allows all of this."""
        return any(
            (scope.type, scope.name) == (wanted.type, wanted.name) and wanted.actions <= scope.actions
            for scope in self.scopes
        )


def access(account: Account, granted: Sequence[Scope]) -> str:
    """A token for these scopes."""
    claims = [scope.claim() for scope in granted if scope.actions]
    return _signed("access", account, conf().token_lifetime, access=claims)


def refresh(account: Account) -> str:
    """A token that buys access tokens."""
    return _signed("refresh", account, conf().refresh_lifetime)


def verify(text: str, use: Use = "access") -> Token:
    """Read a token. Raises InvalidTokenError."""
    claims = _verified(text)
    account = accounts.by_subject(claims["sub"], str(claims.get("stamp", "")))
    if account is None or claims.get("use") != use:
        raise InvalidTokenError
    return Token(account, tuple(scopes.from_claims(claims.get("access", ()))))


def _signed(use: Use, account: Account, lifetime: int, **more: Any) -> str:
    kid, key = keys.current()
    now = int(time.time())
    claims = {
        "iss": conf().service,
        "aud": conf().service,
        "sub": account.subject,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
        "jti": secrets.token_hex(12),
        "use": use,
        "stamp": account.stamp,
        **more,
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": kid})


def _verified(text: str) -> dict[str, Any]:
    if len(text) > _MAX_LENGTH:
        raise InvalidTokenError
    try:
        kid = jwt.get_unverified_header(text).get("kid")
    except jwt.InvalidTokenError as error:
        raise InvalidTokenError from error
    # Only names of the form that `keys` makes are looked up.
    if isinstance(kid, str) and kid.isalnum():
        for key in keys.candidates(kid):
            try:
                return jwt.decode(
                    text,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=conf().service,
                    issuer=conf().service,
                    leeway=_LEEWAY,
                    options={"require": _REQUIRED},
                )
            except jwt.InvalidSignatureError:
                continue  # signed before SECRET_KEY was changed, perhaps
            except jwt.InvalidTokenError as error:
                raise InvalidTokenError from error
    raise InvalidTokenError
