"""The runner of `greenroom rerun`: the project's own, which takes up the tests of a recording only."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from greenroom.collect.suites import iter_test_cases
from greenroom.reporters.again import Again
from greenroom.runner import TestRunner

_SHOWN = 5
Rerunner: type[TestRunner] = TestRunner
"""What Django imports by this name; see `choose`."""


def choose(wanted: Again, runner: type[TestRunner]) -> None:
    """Make `Rerunner` of the project's runner."""
    globals()["Rerunner"] = type("Rerunner", (_Choosing, runner), {"greenroom_wanted": wanted, "__test__": False})


class _Choosing(TestRunner):
    """Of what a label has it takes the tests that are wanted, in the order of the recording."""

    greenroom_wanted: Again

    def build_suite(self, test_labels: Any = None, **kwargs: Any) -> Any:
        wanted = self.greenroom_wanted
        self._places = {test: place for place, test in enumerate(wanted.tests)}
        self._found: set[str] = set()
        labels = dict.fromkeys(label for test, group in wanted.tests.items() if (label := _label(test, group)))
        labels.update(dict.fromkeys(label for label in wanted.whole if _exists(label)))
        suite = super().build_suite(list(labels), **kwargs) if labels else self.test_suite()
        self._tell_missing()
        return suite

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        loaded = super().load_tests_for_label(label, discover_kwargs)
        tests = [test for test in iter_test_cases(loaded) if self._takes(test.id())]
        tests.sort(key=lambda test: self._places.get(test.id(), len(self._places)))
        return self.test_suite(tests)

    def _takes(self, test: str) -> bool:
        if test in self._found:
            return False  # Its class was named twice.
        whole = self.greenroom_wanted.whole
        taken = test in self._places or any(test.startswith((f"{name}.", f"{name}::")) for name in whole)
        if taken:
            self._found.add(test)
        return taken

    def _tell_missing(self) -> None:
        unloaded = {f"unittest.loader._FailedTest.{name}" for name in self.greenroom_wanted.whole if _exists(name)}
        missing = [test for test in self._places if test not in self._found and test not in unloaded]
        if missing:
            print(missing_line(missing), file=sys.stderr)


def missing_line(missing: list[str]) -> str:
    """What is said of tests that are not there."""
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    what = "1 test of the recording is" if len(missing) == 1 else f"{len(missing)} tests of the recording are"
    return f"greenroom: {what} not here: {', '.join(missing[:_SHOWN])}{more}"


def _label(test: str, group: str) -> str:
    """What to load for a test; empty where there is nothing of that name."""
    file = test.partition("::")[0]
    if "::" in test:
        return file if Path(file).is_file() else ""
    return group if _exists(group) else ""


def _exists(dotted: str) -> bool:
    """Whether a module or class can be loaded, or is there and fails: then the loader has the words for it."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        try:
            found: Any = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(f"{error.name}.")):
                continue
            return True
        except Exception:
            return True
        for part in parts[count:]:
            found = getattr(found, part, None)
        return found is not None
    return False
