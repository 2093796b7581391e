"""From labels to doctests."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import os
import re
import sys
import unittest
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

from greenroom.config.schema import Config
from greenroom.doctests import files, finding
from greenroom.doctests.cases import SUFFIX, case_for, usable_databases
from greenroom.doctests.flags import flags_of, refuse_without_docstrings
from greenroom.doctests.reach import Reach
from greenroom.doctests.sources import docstrings
from greenroom.errors import GreenroomError, NoTestsError, did_you_mean

_UNLOADED: Any = unittest.loader._FailedTest  # type: ignore[attr-defined]
_LINE = re.compile(r"(?::\d+){1,2}$")
_TEST_FILE = re.compile(r"test.*\.py|.*_tests?\.py")
ModuleName = Callable[[Path, Path], str]


class Doctests:
    """Gathers the doctests of the labels of a run.

    Args:
        config: which ones are wanted, and their options.
        root: the folder of the project.
        top_level: where imports begin.
        patterns: those of `-k`; none: all.
        module_name: the dotted name of a file below a top-level folder.

    Raises:
        ConfigError: an option or a database does not exist, or Python runs without docstrings.
    """

    def __init__(
        self,
        config: Config,
        root: Path,
        top_level: str | None,
        patterns: Collection[str] | None,
        module_name: ModuleName,
    ) -> None:
        self._config = config
        self._root = root
        self._top_level = Path(top_level or ".").absolute()
        self._patterns = patterns
        self._module_name = module_name
        self._flags = flags_of(config.doctest_options)
        self._databases = usable_databases(config.doctest_databases)
        self._reach = Reach()
        self._found: dict[str, Any] = {}
        self._broken: dict[str, Any] = {}
        self._modules: dict[str, list[doctest.DocTest]] = {}
        self._elsewhere: set[str] = set()
        if config.doctest:
            refuse_without_docstrings()

    @property
    def label(self) -> str:
        """Stands for the doctests of all labels before it: by then it is known which ones a project runs by itself."""
        return "greenroom: doctests"

    # What a label names -----------------------------------------------------------------------------------------------

    def takes(self, label: str) -> bool:
        """Take up the doctests that a label names.

        Returns:
            Whether they are all that it can name: then nobody else is to be asked for it.

        Raises:
            NoTestsError: it names a doctest that does not exist.
        """
        if label == self.label:
            return True
        if Path(label).is_dir():
            self._folder(Path(label))
            return False
        path = _LINE.sub("", label)
        if not path.endswith(".py") and Path(path).is_file():
            self._file(Path(path), label)
            return True
        if label.endswith(SUFFIX):
            self._exactly(label.removesuffix(SUFFIX))
            return True
        if ".py" in label and Path(label.partition(".py")[0] + ".py").is_file():
            return self._source(label)
        return self._dotted(label)

    def saw(self, tests: Iterable[Any]) -> None:
        """Take note of the doctests that a project's own `load_tests()` brought: they are not run twice."""
        for test in tests:
            known = getattr(test, "_dt_test", None) if isinstance(test, doctest.DocTestCase) else None
            if known is not None:
                self._elsewhere |= {known.name, os.path.realpath(known.filename or "")}

    def suite(self, label: str) -> unittest.TestSuite:
        """For the last label, all that were taken up and that nobody else brought; empty for the others before it."""
        if label != self.label:
            return unittest.TestSuite()
        found = [
            test
            for test in self._found.values()
            if test.found.name not in self._elsewhere
            and (test.module or os.path.realpath(test.found.filename) not in self._elsewhere)
        ]
        return unittest.TestSuite([*self._broken.values(), *found])

    def _folder(self, folder: Path) -> None:
        patterns = self._config.doctest_glob or (files.USUAL if self._config.doctest else ())
        for path in files.walk(folder.absolute()):
            if files.matches(path, self._root, self._config.doctest_skip):
                continue
            if patterns and path.suffix != ".py" and files.matches(path, self._root, patterns):
                self._text(path)
            elif self._config.doctest and files.may_have_doctests(path):
                self._module_at(path)

    def _exactly(self, name: str) -> None:
        found = self._longest(name)
        if found is not None and self._named(found[0], name, within=False):
            return
        known = [test.name + SUFFIX for test in self._of(found[0])] if found is not None else []
        raise NoTestsError(f"no doctest matches the label {name + SUFFIX!r}", did_you_mean(name + SUFFIX, known))

    def _source(self, label: str) -> bool:
        """A label such as `shop/models.py`, with `:12` or `::Item::total` behind."""
        head, _, behind = label.partition(".py")
        path = Path(f"{head}.py").absolute()
        if not self._config.doctest or not path.is_file() or not files.may_have_doctests(path):
            return False
        line = re.fullmatch(r":(\d+)(?::\d+)?", behind)
        if line is not None:
            return self._at_line(path, int(line[1]))
        if not behind:
            self._module_at(path)
            return False
        module = self._import(path)
        name = ".".join((module.__name__, *behind.strip(":").split("::"))) if module is not None else ""
        return module is not None and self._named(module, name) and not _is_a_test(module, name)

    def _at_line(self, path: Path, line: int) -> bool:
        for docstring in docstrings(path.read_text(encoding="utf-8")):
            if docstring.line <= line <= docstring.last and ">>>" in docstring.text:
                module = self._import(path)
                name = f"{module.__name__}.{docstring.name}" if module is not None else ""
                return module is not None and self._named(module, name.rstrip("."), within=False)
        return False

    def _dotted(self, label: str) -> bool:
        found = self._longest(label)
        if found is None:
            return False
        module, rest = found
        if not rest and hasattr(module, "__path__"):
            for folder in module.__path__:
                self._folder(Path(folder))
            return False
        if not self._config.doctest:
            return False
        took = self._named(module, label)
        return took and bool(rest) and not _is_a_test(module, label)

    def _longest(self, label: str) -> tuple[ModuleType, str] | None:
        """The module that a dotted label begins with, and the rest; None where there is none that can be imported."""
        parts = label.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            try:
                if name in sys.modules or importlib.util.find_spec(name) is not None:
                    return importlib.import_module(name), ".".join(parts[length:])
            except (Exception, SystemExit):  # noqa: S112 - whoever loads tests will say what is wrong
                continue
        return None

    # What is in files -------------------------------------------------------------------------------------------------

    def _named(self, module: ModuleType, name: str, *, within: bool = True) -> bool:
        """Take up the doctest of that name, and those within it; whether there are any."""
        chosen = [
            test for test in self._of(module) if test.name == name or (within and test.name.startswith(f"{name}."))
        ]
        for test in chosen:
            self._add(test, module.__name__)
        return bool(chosen)

    def _module_at(self, path: Path) -> None:
        module = self._import(path)
        if module is not None:
            self._named(module, module.__name__)

    def _of(self, module: ModuleType) -> list[doctest.DocTest]:
        name = module.__name__
        if name not in self._modules:
            try:
                self._modules[name] = finding.of_module(module)
            except Exception as error:
                self._modules[name] = []
                self._fail(name, f"its doctests could not be found: {type(error).__name__}: {error}")
        return self._modules[name]

    def _import(self, path: Path) -> ModuleType | None:
        """The module of a file; None where it can't be had, which is a test that fails."""
        loaded = _loaded_from(path)
        if loaded is not None:
            return loaded
        try:
            name = self._module_name(path, self._top_level)
        except GreenroomError as error:
            self._fail(path.stem, f"it has examples, and {error.message}. doctest-skip can leave it out.")
            return None
        base = str(path.parents[name.count(".") + (path.name == "__init__.py")])
        if base not in sys.path:
            sys.path.insert(0, base)
        try:
            return importlib.import_module(name)
        except unittest.SkipTest:
            return None
        except (Exception, SystemExit):
            import traceback

            self._fail(name, f"Failed to import test module: {name}\n{traceback.format_exc()}")
            return None

    def _text(self, path: Path) -> bool:
        try:
            test = finding.of_file(path, files.relative_name(path, self._root))
        except (OSError, UnicodeDecodeError) as error:
            self._fail(path.name, f"{path} can't be read: {error}")
            return True
        if not finding.is_worth_it(test):
            return False
        self._add(test, "")
        return True

    def _file(self, path: Path, label: str) -> None:
        if not self._text(Path(os.path.abspath(path))):  # noqa: PTH100 - as the user sees it, links not followed
            raise NoTestsError(
                f"no test matches the label {label!r}: the file has no examples", "Examples begin with >>>."
            )

    def _add(self, test: doctest.DocTest, module: str) -> None:
        databases = self._databases
        if databases and not self._reach.leads_to_database(module, [example.source for example in test.examples]):
            databases = frozenset()
        case = case_for(module or test.name, databases)(test, module, self._flags)
        if self._patterns is None or any(fnmatchcase(case.id(), pattern) for pattern in self._patterns):
            self._found[case.id()] = case

    def _fail(self, name: str, text: str) -> None:
        # As the loader does with a module of tests; of two with the same name Django keeps one.
        self._broken[name] = _UNLOADED(name, ImportError(text))


def _loaded_from(path: Path) -> ModuleType | None:
    wanted = str(path)
    for module in _with_files():
        if module.__file__ == wanted:
            return module
    return None


def _with_files() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name != "__main__" and isinstance(getattr(module, "__file__", None), str):
            yield module


def _is_a_test(module: ModuleType, name: str) -> bool:
    """Whether a name stands for a test, or a class of them: those have more than a docstring."""
    found: Any = module
    parts = name.removeprefix(f"{module.__name__}.").split(".")
    if _TEST_FILE.fullmatch(Path(module.__file__ or "").name) and parts[-1].lower().startswith("test"):
        return True
    for part in parts:
        found = getattr(found, part, None)
        if isinstance(found, type) and issubclass(found, unittest.TestCase):
            return True
    return False
