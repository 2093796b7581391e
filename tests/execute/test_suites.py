"""`QuickSuite` does what unittest's own suite does, told by the calls that reach a result and the fixtures."""

from __future__ import annotations

import sys
import types
import unittest
from typing import Any

import pytest

from greenroom.execute.suites import QuickSuite

SUITES = [unittest.TestSuite, QuickSuite]


class Told(unittest.TestResult):
    """Writes down every call."""

    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.told = told

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.told.append(f"start {test.id()}")

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        self.told.append(f"stop {test.id()}")

    def addSuccess(self, test: Any) -> None:
        self.told.append("success")

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.told.append(f"error {test} {err[1]!r}")

    def addSkip(self, test: Any, reason: str) -> None:
        super().addSkip(test, reason)
        self.told.append(f"skip {test} {reason}")


def cases(told: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, type[unittest.TestCase]]:
    """Classes in two modules, whose fixtures write down when they run, and some of which fail or skip."""

    def fixtures(name: str, trouble: BaseException | None = None) -> dict[str, Any]:
        def enter(*cls: object) -> None:
            told.append(f"set up {name}")
            if trouble is not None:
                raise trouble

        def leave(*cls: object) -> None:
            told.append(f"tear down {name}")

        return {"setUpClass": classmethod(enter), "tearDownClass": classmethod(leave)}

    troubles: dict[str, BaseException | None] = {
        "A": None,
        "B": ValueError("no"),
        "C": unittest.SkipTest("not here"),
        "D": None,
    }
    found: dict[str, type[unittest.TestCase]] = {}
    for number, module in enumerate(("suite_one", "suite_two")):
        fake: Any = types.ModuleType(module)
        fake.setUpModule = lambda module=module: told.append(f"set up {module}")
        fake.tearDownModule = lambda module=module: told.append(f"tear down {module}")
        monkeypatch.setitem(sys.modules, module, fake)
        for name, trouble in troubles.items():
            tests = {f"test_{n}": (lambda self, n=n: told.append(f"body {n}")) for n in range(3)}
            full = f"{name}{number}"
            space = {**tests, **fixtures(full, trouble), "__module__": module, "__qualname__": full}
            found[full] = type(full, (unittest.TestCase,), space)
    return found


def orders(found: dict[str, type[unittest.TestCase]], suite: type[unittest.TestSuite]) -> dict[str, unittest.TestSuite]:
    """The same tests put together in several ways."""

    def flat(*names: str) -> list[unittest.TestCase]:
        return [found[name](f"test_{n}") for name in names for n in range(3)]

    mixed = [found[name](f"test_{n}") for n in range(3) for name in found]
    return {
        "flat": suite(flat(*found)),
        "one class": suite(flat("A0")),
        "mixed": suite(mixed),
        "nested": suite([suite(flat("A0")), suite(flat("A0", "B0")), *flat("D1"), suite([suite(flat("D1", "A1"))])]),
        "tests beside suites": suite([*flat("A0"), suite(flat("D0")), *flat("A0")]),
        "empty": suite([suite([]), suite()]),
    }


@pytest.mark.parametrize("order", ["flat", "one class", "mixed", "nested", "tests beside suites", "empty"])
def test_the_same_calls_as_unittests_own(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixtures, tests and results come in the same order, whatever the suite is made of."""
    stories = []
    for cls in SUITES:
        told: list[str] = []
        suite = orders(cases(told, monkeypatch), cls)[order]
        count = suite.countTestCases()
        suite.run(Told(told))
        assert suite.countTestCases() == count
        kept: list[Any] = list(suite)
        told.append(f"keeps {[test.id() for test in kept if isinstance(test, unittest.TestCase)]}")
        stories.append(told)
    assert stories[0] == stories[1]


def test_stopping_leaves_out_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """`shouldStop` is asked before each test, and the fixtures are torn down."""
    stories = []
    for cls in SUITES:
        told: list[str] = []
        result = Told(told)

        found = cases(told, monkeypatch)
        tests = [found["A0"]("test_0"), found["A0"]("test_1"), found["D0"]("test_0")]
        result.addSuccess = lambda test, result=result: result.stop()  # type: ignore[method-assign, misc]
        cls(tests).run(result)
        stories.append(told)
    assert stories[0] == stories[1]
    assert stories[1].count("body 0") == 1
    assert "body 1" not in stories[1]


def test_debugging_raises_what_a_test_raises() -> None:
    """`debug()` goes unittest's way."""

    class Fails(unittest.TestCase):
        def test_a(self) -> None:
            raise KeyError("here")

    with pytest.raises(KeyError):
        QuickSuite([Fails("test_a")]).debug()
