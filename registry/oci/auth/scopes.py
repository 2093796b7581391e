"""Scopes of tokens: `repository:team/app:pull,push registry:catalog:*` (Docker's token specification)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from oci import grammar

ACTIONS = frozenset({"pull", "push", "delete"})
CATALOG = "catalog"
# A request for a token has one scope for each repository that it is about to use: this is plenty.
LIMIT = 50

_SCOPE = re.compile(r"(?P<type>[a-z]+)(?:\([a-z0-9]+\))?:(?P<name>[^\s]+):(?P<actions>[a-z*,]+)", re.ASCII)


@dataclass(frozen=True)
class Scope:
    """Actions in one repository, or in the registry itself."""

    type: str
    name: str
    actions: frozenset[str]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"

    def claim(self) -> dict[str, Any]:
        """As it is written in a token."""
        return {"type": self.type, "name": self.name, "actions": sorted(self.actions)}


def repository(name: str, *actions: str) -> Scope:
    """Actions in a repository."""
    return Scope("repository", name, frozenset(actions))


def catalog() -> Scope:
    """The list of repositories."""
    return Scope("registry", CATALOG, frozenset("*"))


def parse(texts: Iterable[str]) -> list[Scope]:
    """What a client asks for. What is malformed or unknown is left out, as there is nothing to be had for it."""
    found: dict[tuple[str, str], Scope] = {}
    for text in " ".join(texts).split()[:LIMIT]:
        scope = _one(text)
        if scope is not None:
            key = scope.type, scope.name
            before = found[key].actions if key in found else frozenset()
            found[key] = Scope(*key, scope.actions | before)
    return list(found.values())


def from_claims(claims: Any) -> list[Scope]:
    """The scopes of a token whose signature is verified."""
    return [Scope(claim["type"], claim["name"], frozenset(claim["actions"])) for claim in claims]


def _one(text: str) -> Scope | None:
    match = _SCOPE.fullmatch(text)
    if match is None:
        return None
    actions = frozenset(match["actions"].split(","))
    if match["type"] == "registry":
        return catalog() if match["name"] == CATALOG and "*" in actions else None
    if match["type"] != "repository" or not grammar.is_name(match["name"]):
        return None
    return repository(match["name"], *(ACTIONS if "*" in actions else actions & ACTIONS))
