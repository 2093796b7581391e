"""Items for test cases: those of pytest, which make what they hold when it is asked for.

pytest makes a request, a fixture closure, an instance and keywords for each test when it collects it. Most tests of a large
suite need none of them before they run, and on the fast path none at all.
"""

from __future__ import annotations

import types
import unittest
from typing import Any

import _pytest.unittest as stock
from _pytest.mark.structures import NodeKeywords, get_unpacked_marks
from _pytest.nodes import Node
from _pytest.stash import Stash

from greenroom.running.witnesses import testify

_EAGER = frozenset({"usefixtures", "parametrize"})
"""Marks of a function that its fixtures depend on."""
_INITS = (unittest.TestCase.__init__, unittest.IsolatedAsyncioTestCase.__init__)
STRUCTURED = "_id" in Node.__slots__
"""Whether nodes have a structured id: since pytest 9.1."""


class LightTest(stock.TestCaseFunction):
    """A test of a test case."""

    def __init__(self, name: str, parent: Any, **more: Any) -> None:
        found = parent.light_function(name)
        if more or found is None:
            super().__init__(name, parent, **more)
            return
        marks = get_unpacked_marks(found)
        if any(mark.name in _EAGER for mark in marks):
            super().__init__(name, parent)
            return
        self.name = self.originalname = name
        self.parent = parent
        self.config = parent.config
        self.session = parent.session
        self.path = parent.path
        if STRUCTURED:
            self._id = parent.id.child(name)
        else:
            self._nodeid = f"{parent.nodeid}::{name}"
        self.own_markers = list(marks)
        self.extra_keyword_matches = set()
        self._report_sections = []
        self.user_properties = []
        if parent.fixture_info is None:
            # Before any mark is added: what a mark that comes later asks for is not heard by pytest either.
            manager = self.session._fixturemanager  # noqa: SLF001 - where pytest's own constructor asks
            parent.fixture_info = manager.getfixtureinfo(self, found, parent.obj)

    def __getattr__(self, name: str) -> Any:
        make = _MAKERS.get(name)
        if make is None:
            # pytest asks each test for things that few of them have: the words are kept short.
            raise AttributeError(name)
        make(self)
        return object.__getattribute__(self, name)

    @property
    def cls(self) -> Any:
        """The class, without a look for it among all parents."""
        return self.parent.obj  # type: ignore[union-attr]

    @property
    def case(self) -> LightCase:
        """The class of the test."""
        return self.parent  # type: ignore[return-value]

    def setup(self) -> None:
        """Set fixtures up, and remember that those of the class are."""
        super().setup()
        self.case.set_up = self.session._setupstate.stack[self.case][0]  # noqa: SLF001 - there is no other account of it

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has asked for the fixtures of the test, so nobody has changed them."""
        return "fixturenames" not in self.__dict__

    @property
    def function(self) -> Any:
        """The function, without making an instance for it."""
        if "_obj" in self.__dict__:
            return super().function
        found = self.case.light_function(self.name)
        return super().function if found is None else found

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Where the test is: file, line, name."""
        known = self.__dict__.get("_location")
        if known is None:
            known = self.__dict__["_location"] = self._locate()
        return known

    def _locate(self) -> tuple[str, int | None, str]:
        function = self.case.light_function(self.name)
        if function is None or function.__dict__:
            # It may be wrapped, or say that it is somewhere else.
            return _stock_location(self)
        code = function.__code__
        folder: dict[str, tuple[str, str]] = self.case.locations
        known = folder.get(code.co_filename)
        if known is None:
            file, _, domain = _stock_location(self)
            known = folder[code.co_filename] = (file, domain.removesuffix(self.name))
        return known[0], code.co_firstlineno - 1, known[1] + self.name

    def addError(self, testcase: Any, rawexcinfo: Any) -> None:
        """Ask the witnesses of an error at once; pytest makes its report after `tearDown()`."""
        _ask(testcase, rawexcinfo)
        super().addError(testcase, rawexcinfo)

    def addFailure(self, testcase: Any, rawexcinfo: Any) -> None:
        """Ask the witnesses of a failure at once."""
        _ask(testcase, rawexcinfo)
        super().addFailure(testcase, rawexcinfo)


LightTest.__name__ = LightTest.__qualname__ = "TestCaseFunction"  # as `--collect-only` shows it


def _ask(testcase: Any, rawexcinfo: Any) -> None:
    if isinstance(rawexcinfo, tuple) and isinstance(rawexcinfo[1], BaseException):
        testify(rawexcinfo[1], testcase)


class LightCase(stock.UnitTestCase):
    """A test case whose tests are light."""

    def collect(self) -> Any:
        """The tests, as pytest finds them."""
        self.fixture_info: Any = None
        self.set_up: Any = None
        self.locations: dict[str, tuple[str, str]] = {}
        found = stock.TestCaseFunction
        # pytest's own method makes the tests: it is told of which class.
        stock.TestCaseFunction = LightTest  # type: ignore[misc, assignment]
        try:
            return list(super().collect())
        finally:
            stock.TestCaseFunction = found  # type: ignore[misc]

    def is_set_up(self) -> bool:
        """Whether the fixtures of the class are set up, by one of its tests that ran before."""
        stack = self.session._setupstate.stack  # noqa: SLF001 - there is no other account of it
        entry = stack.get(self)
        return entry is not None and entry[0] is self.set_up and next(reversed(stack)) is self

    def light_function(self, name: str) -> Any:
        """The function of a test, where it is nothing but a function; None else."""
        found = getattr(self.obj, name, None)
        return found if type(found) is types.FunctionType else None


LightCase.__name__ = LightCase.__qualname__ = "UnitTestCase"  # as `--collect-only` shows it


def lighten(node: Any) -> None:
    """Have the tests of a test case that pytest is about to collect be light, as far as its class is an ordinary one."""
    cls: Any = node.obj
    meta: Any = type(cls)
    plain = (
        cls.__init__ in _INITS
        and cls.__new__ is object.__new__
        and cls.__getattribute__ is object.__getattribute__
        and not hasattr(cls, "__getattr__")
        and meta.__getattribute__ is type.__getattribute__
        and not hasattr(meta, "__getattr__")
    )
    if plain:
        node.__class__ = LightCase


def fixture_names(item: Any) -> Any:
    """The names of the fixtures of a test, without having it make a list of its own."""
    if type(item) is LightTest and item.is_untouched and item.case.fixture_info is not None:
        return item.case.fixture_info.names_closure
    return getattr(item, "fixturenames", ())


def fixtures_of(item: Any) -> Any:
    """The fixtures of a test by their names, as far as they are known before it runs; an empty mapping where it has none."""
    if type(item) is LightTest and item.is_untouched and item.case.fixture_info is not None:
        return item.case.fixture_info.name2fixturedefs
    return getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})


def _stock_location(item: LightTest) -> tuple[str, int | None, str]:
    return stock.TestCaseFunction.location.func(item)  # type: ignore[attr-defined, no-any-return]


def _make_keywords(item: Any) -> None:
    item.keywords = NodeKeywords(item)
    item.keywords.update((mark.name, mark) for mark in item.own_markers)
    item.keywords.update(getattr(item.parent.obj, item.name).__dict__)


def _make_fixture_info(item: Any) -> None:
    shared = item.parent.fixture_info
    # An own one for each test, as hooks change them.
    own = type(shared)(shared.argnames, shared.initialnames, list(shared.names_closure), dict(shared.name2fixturedefs))
    item._fixtureinfo = own  # noqa: SLF001 - what pytest's own constructor does
    item.fixturenames = own.names_closure


def _make_request(item: Any) -> None:
    item._initrequest()  # noqa: SLF001 - what pytest's own constructor does


def _make_stash(item: Any) -> None:
    item.stash = item._store = Stash()  # noqa: SLF001 - what pytest's own constructor does


_MAKERS: dict[str, Any] = {
    "keywords": _make_keywords,
    "fixturenames": _make_fixture_info,
    "_fixtureinfo": _make_fixture_info,
    "_request": _make_request,
    "funcargs": _make_request,
    "stash": _make_stash,
    "_store": _make_stash,
}
