"""`REGISTRY["AUTHORIZE"] = "oci.auth.gate.authorize"`: asks for an account, and for what it may do."""

from django.http import HttpRequest

from oci import grammar
from oci.access import Action
from oci.auth import accounts, passwords, scopes, tokens
from oci.auth.accounts import ANONYMOUS, Account
from oci.auth.challenge import unauthorized
from oci.auth.permissions import Grants, grants
from oci.auth.scopes import Scope
from oci.auth.tokens import InvalidTokenError, Token
from oci.errors import DeniedError, RegistryError

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
    if isinstance(identity, Token):
        _by_token(request, identity, wanted, action)
    elif not _allows(request, identity, wanted):
        raise _refusal(request, identity, wanted)


def _by_token(request: HttpRequest, token: Token, wanted: Scope, action: Action) -> None:
    if action is Action.PULL and request.method == "POST":
        # A blob is to be mounted from here. Its scope was asked for below, where the client named the repository; where
        # it left the choice to the registry it could ask for none.
        if not _allows(request, token.account, wanted):
            raise _refusal(request, token.account, wanted)
        return
    missing = [scope for scope in (wanted, _mounted_from(request, token.account, action)) if scope is not None]
    missing = [scope for scope in missing if not token.covers(scope)]
    if missing and not _allows(request, token.account, wanted):
        raise _refusal(request, token.account, wanted)
    if missing:
        # Allowed, and not with this token: the client fetches one for all that the request needs.
        source = [scope for scope in missing if scope != wanted]
        raise unauthorized(request, _offered(wanted), *source, error="insufficient_scope")
    if action is Action.CATALOG:
        # The list shows what the account may pull, and the token names no repository.
        setattr(request, _IDENTITY, token.account)


def _mounted_from(request: HttpRequest, account: Account, action: Action) -> Scope | None:
    """The scope for the repository that a blob is to be mounted from, where that is one that the account may have."""
    source = request.GET.get("from", "") if action is Action.PUSH and "mount" in request.GET else ""
    scope = scopes.repository(source, "pull")
    return scope if grammar.is_name(source) and _allows(request, account, scope) else None


def _allows(request: HttpRequest, account: Account, wanted: Scope) -> bool:
    return wanted.actions <= grants_of(request, account).reduced(wanted).actions


def _refusal(request: HttpRequest, account: Account, wanted: Scope) -> RegistryError:
    return unauthorized(request, _offered(wanted)) if account.is_anonymous else DeniedError(detail=[wanted.claim()])


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
