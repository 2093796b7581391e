"""One test in several browsers: each is a test of its own, with the browser in its name.

`test_login` of a class with `browsers = ("chromium", "firefox")` becomes `test_login[chromium]` and
`test_login[firefox]`, methods of the class like any other: each runner finds them, by name too, in any process. The
function as it was written stays to be called, as `super().test_login()` does; loaders do not take it for a test.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any, TypeVar

from greenroom.browsers.api import NAMES, BrowserError
from greenroom.errors import did_you_mean

BROWSER = "greenroom_browser"
"""The attribute by which a generated method names its browser."""
_SOURCE = "greenroom_source"
_GENERATED = re.compile(r"(?P<name>test\w*)\[\w+\]")
_T = TypeVar("_T")


class Written:
    """A test as it was written, hidden from loaders: from the class it can't be called, from an instance it can."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        functools.update_wrapper(self, function)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self.function, instance)


def browsers(*names: str) -> Callable[[_T], _T]:
    """Have a test, or all tests of a class, run in each of these browsers.

    Args:
        names: such as "chromium" and "firefox".

    Raises:
        BrowserError: there is no such browser.
    """
    _check(names)

    def mark(target: Any) -> Any:
        target.browsers = names
        if inspect.isclass(target):
            spread(target)
        return target

    return mark


def spread(cls: Any, usual: Sequence[str] = ()) -> None:
    """Give a class a test for each browser, in place of each test that is to run in several. Doing it twice is fine.

    Args:
        cls: with `browsers` on it or on its methods.
        usual: the browsers for tests that name none themselves.

    Raises:
        BrowserError: it names a browser that there is not.
    """
    of_class = tuple(getattr(cls, "browsers", ()))
    _check(of_class)
    for name in [name for name in dir(cls) if name.startswith("test") and "[" not in name]:
        raw = inspect.getattr_static(cls, name)
        function = raw.function if isinstance(raw, Written) else raw
        if not callable(function) or inspect.isclass(function):
            continue
        wanted = tuple(dict.fromkeys(getattr(function, "browsers", ()) or of_class or usual))
        if len(wanted) > 1:
            _replace(cls, name, function, wanted)
        elif isinstance(raw, Written):
            setattr(cls, name, function)
            _hide(cls, name, ())


def _replace(cls: Any, name: str, function: Any, wanted: Sequence[str]) -> None:
    for browser in wanted:
        generated = f"{name}[{browser}]"
        present = inspect.getattr_static(cls, generated, None)
        if getattr(present, _SOURCE, None) is not function:
            setattr(cls, generated, _copy(function, generated, browser))
    _hide(cls, name, wanted)
    if not isinstance(inspect.getattr_static(cls, name), Written):
        setattr(cls, name, Written(function))


def _hide(cls: Any, name: str, wanted: Sequence[str]) -> None:
    """Take away what was generated for other browsers, in this class and not in its bases."""
    keep = {f"{name}[{browser}]" for browser in wanted}
    for other in dir(cls):
        match = _GENERATED.fullmatch(other)
        if match and match["name"] == name and other not in keep and getattr(cls, other) is not None:
            setattr(cls, other, None)


def _copy(function: Any, name: str, browser: str) -> Any:
    if isinstance(function, FunctionType):
        # The same code: what asks whether it is asynchronous, or where it was written, is told as before.
        made: Any = FunctionType(
            function.__code__, function.__globals__, name, function.__defaults__, function.__closure__
        )
        made.__kwdefaults__ = function.__kwdefaults__
        made = functools.update_wrapper(made, function)
    else:

        @functools.wraps(function)
        def made(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function.__get__(self, type(self))(*args, **kwargs)

    made.__name__ = name
    made.__qualname__ = f"{getattr(function, '__qualname__', name).rpartition('.')[0]}.{name}".lstrip(".")
    setattr(made, BROWSER, browser)
    setattr(made, _SOURCE, function)
    return made


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in NAMES:
            raise BrowserError(f"there is no browser {name!r}", did_you_mean(name, NAMES))
