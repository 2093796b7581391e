"""Tests that need resources: skipped where one is missing, or failed where `--require` asks for it.

unittest and Django look at `__unittest_skip__` before they set anything up, of a class before its `setUpClass()`. Here it is
found out at that moment, as Django's own `skipUnlessDBFeature()` does.
"""

from __future__ import annotations

import functools
import inspect
import sys
import unittest
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from greenroom.cases.resources.registry import check, is_demanded, lack_of
from greenroom.collect.said import may_say

# unittest leaves out the frames of modules that have this: the reason is all there is to say.
__unittest = True

_Test = TypeVar("_Test", bound=Callable[..., object])
_SKIP, _WHY = "__unittest_skip__", "__unittest_skip_why__"


def requires(*names: str) -> Callable[[_Test], _Test]:
    """Say what a test needs; for a method, or for a class and so each of its tests.

    Where one of the resources is missing, the test is skipped before anything is set up for it, and says why; with
    `--require` it fails.

    Args:
        names: of resources, such as `"postgresql"`, `"redis"`, `"browser:chromium"`, `"command:gpg"`.

    Raises:
        TypeError: no name, or something else than names.
    """
    if not names or not all(isinstance(name, str) for name in names):
        raise TypeError('requires() takes the names of resources: @requires("redis")')

    def take(test: _Test) -> _Test:
        needed: Any = _checked_when_awaited(test) if inspect.iscoroutinefunction(test) else test
        needed.greenroom_requires = (*vars(needed).get("greenroom_requires", ()), *names)
        if isinstance(needed, type):
            # A mixin is looked after in the classes that use it.
            if issubclass(needed, unittest.TestCase):
                _guard(needed)
        else:
            _Marked.methods = True
            if not getattr(needed, _SKIP, False):
                setattr(needed, _SKIP, _MethodSkip(needed))
                setattr(needed, _WHY, f"needs {', '.join(names)}")
        return needed  # type: ignore[no-any-return]

    return take


def missing(name: str, reason: str) -> NoReturn:
    """Skip the running test or fixture, as a resource turned out to be missing; fail it where `--require` asks for it.

    Args:
        name: of the resource.
        reason: why it is missing, in a few words.

    Raises:
        SkipTest: the usual case.
        AssertionError: it is required.
    """
    if is_demanded(name):
        raise AssertionError(f"needs {name}: {reason}")
    raise unittest.SkipTest(f"needs {name}: {reason}")


def mark(cls: type) -> None:
    """Have the tests of a class skip themselves where what it asks for is missing; a class that asks for nothing stays.

    Raises:
        UnknownResourceError: it names a resource that does not exist.
    """
    needs = _needs(cls)
    by_method = _needs_of_methods(cls) if _Marked.methods else ()
    if not needs and not by_method:
        return
    for name in (*needs, *by_method):
        check(name, f"{cls.__module__}.{cls.__qualname__}")
    if issubclass(cls, unittest.TestCase):
        _guard(cls)


def _checked_when_awaited(test: Any) -> Any:
    """An asynchronous test that skips itself: what Django makes of one hides its attributes from unittest."""

    @functools.wraps(test)
    async def checked(*args: Any, **named: Any) -> Any:
        if lacking := list(_lacking(_needs(checked))):
            raise unittest.SkipTest(_words(lacking))
        return await test(*args, **named)

    return checked


class _Marked:
    methods = False
    """Whether any method of this process needs anything."""


def _needs(holder: Any) -> tuple[str, ...]:
    """What a class, or a method by itself, asks for."""
    if isinstance(holder, type):
        names = [name for base in holder.__mro__ for name in vars(base).get("greenroom_requires", ())]
    else:
        names = [*getattr(holder, "greenroom_requires", ())]
    plugins = getattr(holder, "required_sane_plugins", None) or ()
    return tuple(dict.fromkeys([*names, *([plugins] if isinstance(plugins, str) else plugins)]))


def _needs_of_methods(cls: type) -> tuple[str, ...]:
    values = (value for _, value in may_say(cls.__mro__) if hasattr(value, "greenroom_requires"))
    return tuple(name for value in values for name in _needs(value))


def _lacking(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        lack = lack_of(name)
        if lack:
            yield name, lack


def _words(lacking: list[tuple[str, str]]) -> str:
    return "; ".join(f"needs {name}: {lack}" for name, lack in lacking)


class _ClassSkip:
    """A class's `__unittest_skip__`: whether anything that it needs is missing, or its own skip says so.

    Args:
        cls: the class that it is put into.
        name: of the attribute that it stands for.
    """

    def __init__(self, cls: type, name: str) -> None:
        self._cls = cls
        self._name = name
        self._own = vars(cls).get(name)

    def given(self, owner: type) -> Any:
        """What the attribute would be without needs."""
        bases = owner.__mro__[owner.__mro__.index(self._cls) + 1 :]
        value: Any = self._own
        if value is None:
            value = next((vars(base)[self._name] for base in bases if self._name in vars(base)), None)
        if isinstance(value, _ClassSkip):
            return value.given(owner)
        return value.__get__(None, owner) if hasattr(type(value), "__get__") else value

    def __get__(self, instance: object, owner: type) -> Any:
        given = self.given(owner)
        if given:
            return given
        lacking = list(_lacking(_needs(owner)))
        return _words(lacking) if self._name == _WHY else bool(lacking)


class _MethodSkip:
    """A method's `__unittest_skip__`, true where something that it needs is missing."""

    def __init__(self, method: Any) -> None:
        self._method = method

    def __bool__(self) -> bool:
        lacking = list(_lacking(_needs(self._method)))
        if lacking:
            setattr(self._method, _WHY, _words(lacking))
        return bool(lacking)


def _guard(cls: Any) -> None:
    """Look for what the tests of a class need before they run."""
    own = vars(cls).get(_SKIP)
    if not isinstance(own, _ClassSkip) and own is not True:
        skip, why = _ClassSkip(cls, _SKIP), _ClassSkip(cls, _WHY)
        setattr(cls, _SKIP, skip)
        setattr(cls, _WHY, why)
    if hasattr(cls.run, "greenroom_guards"):
        return
    own_run = cls.run

    @functools.wraps(own_run)
    def run(test: Any, result: Any = None) -> Any:
        found = _found(test) if result is not None else None
        return own_run(test, result) if found is None else _tell(test, result, *found)

    run.greenroom_guards = True  # type: ignore[attr-defined]
    cls.run = run


def _found(test: Any) -> tuple[str, bool] | None:
    """Why a test can't run, and whether that is a failure; None where it can, or its class is skipped anyway."""
    cls = type(test)
    method: Any = getattr(cls, test._testMethodName, None)
    skip = next((vars(base)[_SKIP] for base in cls.__mro__ if _SKIP in vars(base)), None)
    if skip.given(cls) if isinstance(skip, _ClassSkip) else skip:
        return None
    if getattr(method, _SKIP, None) is True:
        return str(getattr(method, _WHY, "")), False
    of_method = _needs(method) if hasattr(method, "greenroom_requires") else ()
    lacking = list(_lacking((*_needs(cls), *of_method)))
    return (_words(lacking), any(is_demanded(name) for name, _ in lacking)) if lacking else None


def _tell(test: Any, result: Any, reason: str, failed: bool) -> Any:
    """What unittest says of a test that is skipped, or of one that fails."""
    result.startTest(test)
    try:
        if not failed:
            result.addSkip(test, reason)
            return result
        try:
            unittest.TestCase.fail(test, reason)
        except test.failureException:
            result.addFailure(test, sys.exc_info())
        if hasattr(result, "addDuration"):
            result.addDuration(test, 0.0)
    finally:
        result.stopTest(test)
    return result
