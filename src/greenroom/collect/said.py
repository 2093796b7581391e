"""What test methods say of themselves by their attributes: limits, tags, kinds, features, resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any


def may_say(bases: Iterable[type]) -> Iterator[tuple[str, Any]]:
    """The name and value of what stands in classes and may carry attributes of its own.

    These are the functions that do, and whatever is neither a function nor a class. A large suite has tens of thousands of
    methods, of which nearly none says anything: this is the one look at them.

    Args:
        bases: the classes; what they inherit is not looked at.
    """
    for base in bases:
        for name, value in vars(base).items():
            # By `type()`: to ask a lazy object for its class would wake it.
            kind = type(value)
            if kind is FunctionType:
                if value.__dict__:
                    yield name, value
            elif not issubclass(kind, type):
                yield name, value


def own_bases(cls: type, libraries: tuple[str, ...]) -> list[type]:
    """A class and its bases, without those of libraries.

    Args:
        cls: the class.
        libraries: what the names of their modules begin with.
    """
    return [base for base in cls.__mro__ if not base.__module__.startswith(libraries)]
