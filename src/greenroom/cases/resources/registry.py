"""The resources by name."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any

from greenroom.cases.resources.api import Probe
from greenroom.errors import UnknownResourceError, did_you_mean
from greenroom.running.place import place

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "greenroom.resources"
"""The entry points by which a package brings a resource."""

_FAMILIES = {
    "browser": "browser:NAME",
    "command": "command:NAME",
    "database": "database:VENDOR",
    "env": "env:NAME",
    "module": "module:NAME",
    "server": "server:HOST:PORT",
}
"""How those that need something after a colon are written; each is a module of this package, as is each of `_SINGLE`."""
_SINGLE = ("redis",)
_ALIASES = {
    **{vendor: f"database:{vendor}" for vendor in ("mariadb", "mysql", "oracle", "postgresql", "sqlite")},
    **{name: f"module:{name}" for name in ("cheroot", "playwright", "selenium", "twill", "uvicorn")},
    "cherrypyliveserver": "module:cheroot",
}
_ALWAYS = ("django", "http", "djangoliveserver", "sanetestselection")
"""Plugins of django-sane-testing whose work greenroom itself does."""

_registered: dict[str, Probe] = {}
_found: dict[str, str | None] = {}
"""What the probes of this process came to."""


def register(name: str, probe: Probe) -> None:
    """Add a resource; one that was registered with this name before is replaced.

    Args:
        name: how tests ask for it, without a colon. Those that ask for `name:ARGUMENT` have the argument passed on.
        probe: looks for it.

    Raises:
        ValueError: the name is empty, has a colon, or is one of greenroom's own.
    """
    if not name or ":" in name or name in _own():
        raise ValueError(f"a resource can't be registered as {name!r}")
    _registered[name] = probe
    for known in [known for known in _found if known.partition(":")[0] == name]:
        del _found[known]


def check(name: str, who: str) -> None:
    """Make sure that a resource exists, whether or not it is there.

    Args:
        name: of the resource.
        who: names it, to begin the message with.

    Raises:
        UnknownResourceError: there is none of this name.
    """
    head, _, argument = name.partition(":")
    if head in _FAMILIES:
        if not argument:
            raise UnknownResourceError(
                f"{who}: {name!r} is only the beginning of a resource", f"It is {_FAMILIES[head]}."
            )
    elif (argument and head in _own()) or not _exists(head):
        raise UnknownResourceError(f"{who}: there is no resource {name!r}", did_you_mean(head, _names()))


def check_required(names: Collection[str]) -> None:
    """Make sure that what `--require` names exists; a family may be named as a whole.

    Raises:
        UnknownResourceError: there is none of this name.
    """
    for name in names:
        if name != "all" and name not in _FAMILIES:
            check(name, "--require")


def lack_of(name: str) -> str | None:
    """Why a resource is missing, in a few words; None where it is there."""
    if name not in _found:
        _found[name] = _look_for(name)
    return _found[name]


def is_demanded(name: str) -> bool:
    """Whether the absence of a resource is a failure."""
    demanded = set(place().config.require)
    if _forced():
        demanded |= {"selenium", "browser"}
    return bool(demanded & {"all", name, name.partition(":")[0]})


def _look_for(name: str) -> str | None:
    head, _, argument = name.partition(":")
    try:
        check(name, "it")
        if head in _ALWAYS:
            return None
        if head in _ALIASES:
            head, _, argument = _ALIASES[head].partition(":")
        lack = _probe(head)(argument)
    except UnknownResourceError as error:
        return str(error.message).removeprefix("it: ")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return str(lack) if lack else None


def _probe(head: str) -> Probe:
    if head in _FAMILIES or head in _SINGLE:
        probe: Probe = importlib.import_module(f"greenroom.cases.resources.{head}").probe
        return probe
    if head in _registered:
        return _registered[head]
    loaded: Probe = _brought()[head].load()
    return loaded


def _own() -> set[str]:
    return {*_FAMILIES, *_SINGLE, *_ALIASES, *_ALWAYS}


def _exists(head: str) -> bool:
    return head in _own() or head in _registered or head in _brought()


def _names() -> list[str]:
    return [*(_own() - {*_FAMILIES}), *_FAMILIES.values(), *_registered, *_brought()]


@cache
def _brought() -> dict[str, EntryPoint]:
    # Imported here: it brings a dozen modules, and nearly all runs ask for no such resource.
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


def _forced() -> bool:
    """The setting of django-sane-testing."""
    from django.conf import settings

    forced: Any = getattr(settings, "FORCE_SELENIUM_TESTS", False) if settings.configured else False
    return bool(forced)
