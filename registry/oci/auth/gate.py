"""`REGISTRY["AUTHORIZE"] = "oci.auth.gate.authorize"`: asks for an account, and for what it may do."""

from django.http import HttpRequest

from oci.access import Action
from oci.auth import accounts, passwords, scopes, tokens
from oci.auth.accounts import ANONYMOUS, Account
from oci.auth.challenge import unauthorized
from oci.auth.permissions import Grants, grants
from oci.auth.scopes import Scope
from oci.auth.tokens import InvalidTokenError, Token
from oci.errors import DeniedError

_IDENTITY = "registry_identity"
_GRANTS = "registry_grants"


def authorize(request: HttpRequest, repository: str | None, action: Action) -> None:
    """See oci.access. Knows nothing of what exists: rules are about names."""
    identity = identify(request)
    if action is Action.BASE:
        # Clients learn here how to log in, so nobody passes without having said who it is; an anonymous token will do.
        if isinstance(identity, Account) and identity.is_anonymous:
            raise unauthorized(request)
        return
    wanted = scopes.repository(repository, action) if repository is not None else scopes.catalog()
    account = identity.account if isinstance(identity, Token) else identity
    if isinstance(identity, Token) and identity.covers(wanted):
        if action is Action.CATALOG:
            # The list shows what the account may pull, and the token names no repository.
            setattr(request, _IDENTITY, account)
        return
    allowed = not (grants_of(request, account).reduced(wanted).actions < wanted.actions)
    if allowed and not isinstance(identity, Token):
        return
    if account.is_anonymous or allowed:
        # Allowed, and not with this token: the client fetches a better one.
        error = "insufficient_scope" if isinstance(identity, Token) else ""
        raise unauthorized(request, _offered(wanted), error)
    raise DeniedError(detail=[wanted.claim()])


def identify(request: HttpRequest) -> Token | Account:
    """Who asks: by a token, by name and password, or nobody. Raises Unauthorized for what is wrong, TooManyRequests."""
    identity: Token | Account | None = getattr(request, _IDENTITY, None)
    if identity is None:
        identity = _identified(request)
        setattr(request, _IDENTITY, identity)
    return identity


def account_of(request: HttpRequest) -> Account:
    """Who asks, as far as it is known already. For logs: it raises nothing and looks up nothing."""
    identity: Token | Account | None = getattr(request, _IDENTITY, None)
    return identity.account if isinstance(identity, Token) else identity or ANONYMOUS


def use_session(request: HttpRequest) -> None:
    """For web pages: who asks is who is logged in there.

    The API never takes a session's cookie. Browsers send it with what other sites make them send.
    """
    setattr(request, _IDENTITY, accounts.of_user(request.user))


def grants_of(request: HttpRequest, account: Account) -> Grants:
    """What the account of this request may do, looked up once."""
    found: Grants | None = getattr(request, _GRANTS, None)
    if found is None:
        found = grants(account)
        setattr(request, _GRANTS, found)
    return found


def _identified(request: HttpRequest) -> Token | Account:
    scheme, _, rest = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    match scheme.lower():
        case "":
            return ANONYMOUS
        case "bearer":
            try:
                return tokens.verify(rest.strip())
            except InvalidTokenError:
                raise unauthorized(request, error="invalid_token", message="the token is not valid") from None
        case "basic":
            given = passwords.from_header(rest)
            account = passwords.check(request, *given) if given else None
            if account is not None:
                return account
    raise unauthorized(request, message="name or password is wrong")


def _offered(wanted: Scope) -> Scope:
    """What to ask for. Who pushes looks first at what is there already."""
    if "push" in wanted.actions:
        return scopes.repository(wanted.name, "pull", "push")
    return wanted
