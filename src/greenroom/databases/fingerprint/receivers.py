"""The project's receivers of signals that are sent while a database is made."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterator
from typing import Any

import msgspec

from greenroom.databases.fingerprint.stable import digest_of_text, plain

_SIMPLE = (str, int, float, bool, bytes, type(None))


class Receiver(msgspec.Struct, frozen=True):
    """Something that is called when a signal is sent."""

    name: str
    """Its dotted path."""
    module: str
    signal: str
    sender: str
    """The app or the model whose signals it gets; empty if it gets those of all."""
    sender_module: str
    """The module of that model, or of the models of that app."""
    digest: str
    """Of what it is bound to, besides its code."""


def receivers() -> Iterator[Receiver]:
    """All of the project's and of third parties, in the order in which they are called, signal by signal.

    Those of `pre_migrate`, `post_migrate` and `connection_created`, and of what is sent when models are used.
    """
    from django.apps import apps
    from django.db.backends.signals import connection_created
    from django.db.models import signals

    senders: dict[int, tuple[str, str]] = {}
    for config in apps.get_app_configs():
        senders[id(config)] = (config.label, getattr(config.models_module, "__name__", ""))
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        senders[id(model)] = (model._meta.label, model.__module__)
    watched = {
        "pre_migrate": signals.pre_migrate,
        "post_migrate": signals.post_migrate,
        "connection_created": connection_created,
        "pre_init": signals.pre_init,
        "post_init": signals.post_init,
        "pre_save": signals.pre_save,
        "post_save": signals.post_save,
        "pre_delete": signals.pre_delete,
        "post_delete": signals.post_delete,
        "m2m_changed": signals.m2m_changed,
    }
    everyone = id(None)
    for name, signal in watched.items():
        for key, reference, *_ in list(signal.receivers):
            target = reference() if isinstance(reference, weakref.ReferenceType) else reference
            if target is None:
                continue
            module, path = _place(target)
            if module.partition(".")[0] in {"django", "greenroom"}:
                continue
            known = senders.get(key[1])
            sender, sender_module = known or (("", "") if key[1] == everyone else ("another sender", ""))
            state = digest_of_text(repr(list(_bound(target))))
            yield Receiver(f"{module}.{path}", module, name, sender, sender_module, state)


def _place(target: Any) -> tuple[str, str]:
    """The module and the name in it of whatever can be called."""
    while isinstance(target, functools.partial):
        target = target.func
    if hasattr(target, "__self__") and not isinstance(target.__self__, type(functools)):
        owner = target.__self__ if isinstance(target.__self__, type) else type(target.__self__)
        return owner.__module__, f"{owner.__qualname__}.{target.__name__}"
    if not hasattr(target, "__qualname__"):
        target = type(target)
    return str(target.__module__), str(target.__qualname__)


def _bound(target: Any) -> Iterator[object]:
    """Simple values that a function was made with: two of one factory are not the same."""
    if isinstance(target, functools.partial):
        yield from (value for value in target.args if isinstance(value, _SIMPLE))
        yield from (pair for pair in sorted(target.keywords.items()) if isinstance(pair[1], _SIMPLE))
        yield from _bound(target.func)
    function = getattr(target, "__func__", target)
    code = getattr(function, "__code__", None)
    if code is not None:
        yield plain(code)
        for value in function.__defaults__ or ():
            yield value if isinstance(value, _SIMPLE) else type(value).__name__
    for cell in getattr(function, "__closure__", None) or ():
        try:
            value = cell.cell_contents
        except ValueError:
            continue
        yield value if isinstance(value, _SIMPLE) else type(value).__name__
