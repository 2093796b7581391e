"""Whether a test goes the fast path; the reason, where it does not.

Each function gives a reason, or an empty text where there is none.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from greenroom.pytest_engine.uses import SCOPED, django_class
from greenroom.pytest_plugin.fastpath import known
from greenroom.pytest_plugin.fastpath.items import LightCase, LightTest
from greenroom.pytest_plugin.fastpath.surround import Warned
from greenroom.pytest_plugin.run import PytestRun

_METHODS = frozenset(name for name in dir(LightTest) if callable(getattr(LightTest, name, None)))
METHODS_OF_FUNCTIONS = frozenset(
    name for name in dir(pytest.Function) if callable(getattr(pytest.Function, name, None))
)


def about_run(run: PytestRun) -> str:
    """Why no test of a run goes the fast path."""
    return next(_of_run(run), "")


def about_case(case: LightCase, run: PytestRun) -> str:
    """Why none of the tests of a class goes the fast path."""
    return next(_of_case(case, run), "")


def _of_run(run: PytestRun) -> Iterator[str]:
    config = run.pytest
    yield from _of_options(run)
    for name, option in known.OPTIONS.items():
        if config.getoption(name, False):
            yield f"{option} looks into each test"
    if run.is_worker or run.is_controller:
        yield "pytest-xdist runs the tests"
    if config.getoption("log_cli_level", None) is not None or _ini(config, "log_cli"):
        yield "log messages are shown live"
    if float(_ini(config, "faulthandler_timeout") or 0):
        yield "faulthandler_timeout watches each test"
    if "twisted.trial.unittest" in sys.modules:
        yield "twisted.trial is loaded"
    if not Warned.can():
        yield "this Python records warnings in a way that is not known"
    yield from _of_loop(config)


def _of_options(run: PytestRun) -> Iterator[str]:
    if not run.config.fast_path:
        yield "it is switched off (--no-fast-path)"
    if run.config.pipeline:
        yield "--pipeline looks at the kind of each test"
    if run.retries:
        yield "tests that fail are tried again (--retries)"


def _of_case(case: LightCase, run: PytestRun) -> Iterator[str]:
    if getattr(case.obj, "__unittest_skip__", False):
        yield "the class is skipped"
    yield from of_hooks(case)
    for mark in case.iter_markers():
        if mark.name in known.MARKS - {known.FIXTURES_OF_CLASSES}:
            yield f"the mark {mark.name!r}"
        if mark.name == "django_db" and django_class(case) is None:
            yield "the mark 'django_db'"
    if any("greenroom_requires" in base.__dict__ for base in case.obj.__mro__):
        yield "it needs something that may be missing (requires)"
    if run.config.flush_cache and django_class(case) is None:
        yield "--flush-cache empties caches before each test"
    if case.fixture_info is None:
        yield "each of its tests asks for fixtures"
    else:
        yield from _of_fixtures(case.fixture_info)


def about_test(item: LightTest) -> str:
    """Why one test of a class that may go the fast path does not."""
    function = item.case.light_function(item.name) or item.function
    attributes = getattr(function, "__dict__", None)
    for mark in item.own_markers:
        if mark.name in known.MARKS or mark.name == "django_db":
            return f"the mark {mark.name!r}"
    if attributes:
        if any("hypothesis" in name for name in attributes):
            return "it is a test of hypothesis"
        if "greenroom_requires" in attributes:
            return "it needs something that may be missing (requires)"
    if not item.is_untouched and item.fixturenames != item.case.fixture_info.names_closure:
        return "a hook changed its fixtures"
    if _METHODS.isdisjoint(item.__dict__):
        return ""
    return f"a hook replaced its {next(name for name in item.__dict__ if name in _METHODS)!r}"


def of_hooks(node: Any) -> Iterator[str]:
    """The hooks around the tests of a class or module that are not known to be harmless."""
    hooks = node.ihook
    for name in known.HOOKS:
        for implementation in getattr(hooks, name).get_hookimpls():
            module = getattr(implementation.function, "__module__", "")
            if name not in known.HARMLESS_HOOKS.get(module, ()):
                yield f"{name} of {implementation.plugin_name or module}"


def _of_fixtures(info: Any) -> Iterator[str]:
    for name in info.names_closure:
        if name == SCOPED:
            yield f"the fixture {name!r}"
        for fixture in info.name2fixturedefs.get(name, ()):
            module = getattr(fixture.func, "__module__", "")
            if fixture.scope == "function" and name not in known.FIXTURES.get(module, ()):
                yield f"the fixture {name!r} of {module}"


def _of_loop(config: Any) -> Iterator[str]:
    """Another one who runs the tests."""
    for implementation in config.hook.pytest_runtestloop.get_hookimpls():
        module = getattr(implementation.function, "__module__", "")
        mine = module == "_pytest.main" or module.startswith((__package__, "greenroom.pytest_plugin.workers"))
        if not mine and not implementation.wrapper and not implementation.hookwrapper:
            yield f"pytest_runtestloop of {implementation.plugin_name or module}"


def _ini(config: Any, name: str) -> Any:
    try:
        return config.getini(name)
    except (KeyError, ValueError):
        return None  # The plugin in question is off.


def summary(run: PytestRun, items: list[Any]) -> list[str]:
    """A line for each class of test cases: whether it goes the fast path, and why not."""
    general = about_run(run)
    lines = [f"no class goes the fast path: {general}"] if general else []
    by_class: dict[Any, list[Any]] = {}
    for item in items:
        if type(item) is LightTest:
            by_class.setdefault(item.parent, []).append(item)
    for case, tests in by_class.items():
        reason = about_case(case, run)
        if reason:
            lines.append(f"{case.nodeid}: ordinary path, for {reason}")
            continue
        others = Counter(reason for item in tests if (reason := about_test(item)))
        fast = len(tests) - others.total()
        lines.append(f"{case.nodeid}: fast path, {fast} of {len(tests)} tests")
        lines += [f"    {count} not, for {reason}" for reason, count in others.items()]
    return lines
