"""Cache backends whose entries are one worker's: the classes are made here, so that settings can name them."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

_numbers = itertools.count(1)


def named(backend: type, mark: str) -> str:
    """The dotted path of a class like this backend, all of whose keys begin with a mark.

    `clear()` empties what is this worker's alone: from then on keys begin with another mark, and what was stored is found
    no more.

    Args:
        backend: the class of the project.
        mark: without colons, which separate the parts of a key.
    """

    class Isolated(backend):  # type: ignore[misc]
        greenroom_cleared = 0

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            own: Callable[..., str] = vars(self)["key_func"]
            self.key_func = lambda key, prefix, version: own(
                key, f"{mark}.{type(self).greenroom_cleared}.{prefix}", version
            )

        def clear(self) -> bool:
            # Of the class: each thread has an object of its own.
            type(self).greenroom_cleared += 1
            return True

    Isolated.__name__ = Isolated.__qualname__ = f"{backend.__name__}{next(_numbers)}"
    Isolated.__doc__ = backend.__doc__
    setattr(sys.modules[__name__], Isolated.__name__, Isolated)
    return f"{__name__}.{Isolated.__name__}"
