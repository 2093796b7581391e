"""What an account may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Q

from oci import grammar, patterns
from oci.auth import accounts
from oci.auth.accounts import Account, Kind
from oci.auth.conf import conf
from oci.auth.models import Permission, Robot
from oci.auth.scopes import ACTIONS, Scope


@dataclass(frozen=True)
class Grants:
    """Patterns and what is allowed in the repositories that match, for one account at one moment."""

    rows: tuple[tuple[str, frozenset[str]], ...]
    is_anonymous: bool = False
    # Of a robot: what its owner has lent it, and what the owner may do.
    lent: tuple[tuple[str, frozenset[str]], ...] = ()
    owner: "Grants | None" = None

    def actions(self, repository: str) -> frozenset[str]:
        """Everything that is allowed in a repository."""
        found = _matching(self.rows, repository)
        if self.owner is not None and (lent := _matching(self.lent, repository)):
            found |= lent & self.owner.actions(repository)
        return found

    @property
    def catalog(self) -> bool:
        """Whether the list of repositories may be asked for: of those that may be pulled, whatever they are."""
        return not self.is_anonymous or bool(self.rows)

    def reduced(self, scope: Scope) -> Scope:
        """What of a scope is allowed."""
        if scope.type == "registry":
            return scope if self.catalog else Scope(scope.type, scope.name, frozenset())
        return Scope(scope.type, scope.name, scope.actions & self.actions(scope.name))


def grants(account: Account) -> Grants:
    """Look up what an account may do: one query, none for superusers; and for a robot what its owner may."""
    if account.superuser:
        return Grants((("**", ACTIONS),))
    rows: list[tuple[str, frozenset[str]]] = []
    if conf().anonymous_pull:
        rows.append(("**", frozenset({"pull"})))
    if conf().own_namespace and account.kind is Kind.USER and grammar.is_name(account.name):
        rows.append((f"{account.name}/**", ACTIONS))
    rows += [(row.pattern, row.actions) for row in Permission.objects.filter(_concerning(account))]
    if account.kind is Kind.ROBOT and (robot := _with_owner(account)) is not None:
        lent = tuple((pattern, robot.lent) for pattern in robot.repositories.split())
        return Grants(tuple(rows), lent=lent, owner=grants(accounts.of_user(robot.owner)))
    return Grants(tuple(rows), account.is_anonymous)


def _matching(rows: Iterable[tuple[str, frozenset[str]]], repository: str) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for pattern, actions in rows:
        if not actions <= found and patterns.matches(pattern, repository):
            found |= actions
    return found


def _with_owner(account: Account) -> Robot | None:
    """The robot, where it has an owner who lent it something."""
    robots = Robot.objects.select_related("owner").filter(pk=account.key, owner__isnull=False)
    return robots.exclude(repositories="").first()


def _concerning(account: Account) -> Q:
    concerning = Q(audience=Permission.Audience.EVERYBODY)
    if account.is_anonymous:
        return concerning
    members: dict[str, Any] = {"registry_robots" if account.kind is Kind.ROBOT else "user": account.key}
    groups = Group.objects.filter(**members)
    return (
        concerning | Q(audience=Permission.Audience.SIGNED_IN) | Q(audience=Permission.Audience.GROUP, group__in=groups)
    )
