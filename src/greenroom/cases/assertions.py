"""Assertions in snake case, and under the names that they had: aliases of unittest's and Django's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

# So that a failed assertion's traceback ends where the test made it, as with unittest's own.
__unittest = True

FORMER = {
    "assertEquals": "assertEqual",
    "assertNotEquals": "assertNotEqual",
    "assertAlmostEquals": "assertAlmostEqual",
    "assertNotAlmostEquals": "assertNotAlmostEqual",
    "assertRegexpMatches": "assertRegex",
    "assertNotRegexpMatches": "assertNotRegex",
    "assertRaisesRegexp": "assertRaisesRegex",
    "assertItemsEqual": "assertCountEqual",
    "assertQuerysetEqual": "assertQuerySetEqual",
    "assertFormsetError": "assertFormSetError",
    "assert_": "assertTrue",
}
"""Names that unittest and Django have dropped, and those of today."""


class Assertions:
    """Adds the aliases to a test class: `assert_equal` for `assertEqual`, `assert_xml_equal` for `assertXMLEqual`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for base in cls.__mro__:
            if base is cls or not issubclass(base, Assertions):
                _add(cls, base)
        for former, name in FORMER.items():
            if hasattr(cls, name):
                for alias in {former, *spellings(former)}:
                    if alias not in vars(cls) and (former not in vars(cls) or alias != former):
                        setattr(cls, alias, _calling(name, alias))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def assertDictContainsSubset(self, subset: Any, dictionary: Any, msg: Any = None) -> None:  # noqa: N802
        """Fail unless a mapping has all items of another one; unittest had this until Python 3.12."""
        self.assertEqual(dictionary, {**dictionary, **subset}, msg)  # noqa: PT009

    assert_dict_contains_subset = assertDictContainsSubset


def _add(cls: Any, base: type) -> None:
    """Give a class aliases of the assertions of one of its bases, or of its own."""
    for name, value in list(vars(base).items()):
        if not name.startswith("assert") or "_" in name or not callable(value):
            continue
        for alias in spellings(name):
            if base is cls and alias not in vars(cls):
                setattr(cls, alias, value)
            elif base is not cls and not hasattr(cls, alias):
                setattr(cls, alias, _calling(name, alias))


def spellings(name: str) -> set[str]:
    """A name in snake case: by words, and by single capitals, as django-sane-testing wrote it."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return {words, re.sub("([A-Z])", r"_\1", name).lower()} - {name}


def _calling(name: str, alias: str) -> Callable[..., Any]:
    """A method that calls the one of this name, whichever class overrides it."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, name)(*args, **kwargs)

    call.__name__ = alias
    call.__qualname__ = f"Assertions.{alias}"
    call.__doc__ = f"`{name}()`."
    return call
