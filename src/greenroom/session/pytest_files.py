"""Under Django's runner: the files that need pytest are kept from unittest, and given to pytest."""

from __future__ import annotations

import ast
import unittest
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from greenroom.collect.suites import iter_test_cases
from greenroom.config.schema import Config
from greenroom.errors import ConfigError, NoTestsError, did_you_mean
from greenroom.pytest_engine.finding import PATTERNS, is_configured, likely_patterns, names_patterns, walk
from greenroom.pytest_engine.need import Need, installed
from greenroom.select import parse_label
from greenroom.session.pytest_cov import refuse_cov

Load = Callable[[str, dict[str, Any]], Any]
LAST = "greenroom: pytest"
"""Stands for pytest's tests of all labels before it: by then unittest has imported what is its own."""


class Runner(Protocol):
    """What is asked of Django's runner."""

    greenroom_config: Config
    greenroom_root: Path
    test_name_patterns: Any
    reorder_by: Any
    buffer: bool
    verbosity: int
    parallel: int


def with_pytest(labels: Sequence[str] | None, runner: Runner) -> tuple[Sequence[str] | None, PytestFiles | None]:
    """The labels of a run, and who finds the files of pytest's among them; None where there is no pytest, or none is wanted.

    Args:
        labels: as they were given; from the first one on that begins with a dash they are options of pytest's.
        runner: of the run.

    Raises:
        ConfigError: pytest is wanted, and is not installed.
    """
    config = runner.greenroom_config
    given = list(labels or ())
    place = next((place for place, label in enumerate(given) if label.startswith("-")), len(given))
    given, args = given[:place], given[place:]
    if config.engine == "unittest" or not installed():
        if config.engine == "pytest" or args:
            why = "pytest is not installed" if not installed() else "the engine is unittest"
            raise ConfigError(
                f"there is no pytest to run tests or to take options: {why}", "Install greenroom[pytest]."
            )
        return given, None
    about = PytestAbout(
        tuple(runner.test_name_patterns or ()),
        runner.reorder_by,
        buffer=runner.buffer,
        verbosity=runner.verbosity,
        workers=runner.parallel > 1,
    )
    return [*(given or ["."]), LAST], PytestFiles(config, runner.greenroom_root, tuple(args), about)


class PytestAbout:
    """How Django's runner runs tests, as far as pytest is concerned.

    Args:
        names: the patterns of `-k`.
        buffer: as for unittest.
        verbosity: 0 to 3.
        bins: the classes of `DiscoverRunner.reorder_by`.
        workers: whether tests run in worker processes.
    """

    def __init__(
        self, names: Sequence[str], bins: Sequence[type], *, buffer: bool, verbosity: int, workers: bool
    ) -> None:  # fmt: skip
        self.names = tuple(names)
        self.bins = tuple(bins)
        self.buffer = buffer
        self.verbosity = verbosity
        self.workers = workers


class PytestFiles:
    """Finds the files of a run that are pytest's, and has pytest collect them.

    Args:
        config: of the run.
        root: the folder of the project.
        args: options of pytest's own.
        about: how the tests run.
    """

    def __init__(self, config: Config, root: Path, args: tuple[str, ...], about: PytestAbout) -> None:
        self._need = Need(root, config.engine)
        self._all = config.engine == "pytest"
        self._coverage = config.coverage
        self._root = root
        self._args = args
        self._about = about
        self._files: dict[Path, None] = {}
        self._names: list[tuple[str, tuple[str, ...]]] = []
        self._whole: set[Path] = set()
        self._folders: list[Path] = []
        self._others = False
        """Whether unittest found any test."""
        self.engine: Any = None
        """pytest, as soon as it was needed."""

    def load(self, label: str, runner: Runner) -> unittest.TestSuite | None:
        """What a label comes to that is pytest's alone; None for all others.

        Args:
            label: any; the last one stands for the tests of all files that were taken up.
            runner: of the run; with tests of pytest's it orders by what takes these in.

        Raises:
            GreenroomError: a label matches nothing, or pytest refuses its configuration.
        """
        if label == LAST:
            suite = self._suite()
            if self.engine is not None:
                from greenroom.pytest_engine.cases import standing

                runner.reorder_by = tuple(map(standing, self._about.bins))
            return suite
        if not label.startswith("greenroom: ") and self._takes(label):
            return unittest.TestSuite()
        return None

    # Labels -----------------------------------------------------------------------------------------------------------

    def _takes(self, label: str) -> bool:
        """Whether a label names a file of pytest's, or something in one; it is taken up.

        Raises:
            NoTestsError: there is no test at the line that it names.
        """
        parsed = parse_label(label)
        if parsed.kind == "file" and not Path(label).is_dir():
            file = Path(parsed.path).absolute()
            if not file.is_file() or not self._need(file):
                return False
            self._take(file, _at_line(label, file, parsed.line) if parsed.line else parsed.names)
            return True
        if parsed.kind == "directory":
            return False
        return self._takes_dotted(label)

    def _takes_dotted(self, label: str) -> bool:
        head, bracket, parameters = label.partition("[")
        file, names = _module_file(head.split("."))
        if file is None or not self._need(file) or (bracket and not names):
            return False
        if bracket:
            names[-1] += bracket + parameters
        self._take(file, tuple(names))
        return True

    def _take(self, file: Path, names: tuple[str, ...] = ()) -> None:
        self._files[file] = None
        if names:
            self._names.append((str(file), names))
        else:
            self._whole.add(file)

    def around(self, load: Load, loader: Any) -> Load:
        """Django's way to load a label, without the files of pytest's, which are taken up.

        Args:
            load: Django's `DiscoverRunner.load_tests_for_label`.
            loader: unittest's loader, which it uses.
        """

        def load_others(label: str, discover_kwargs: dict[str, Any]) -> Any:
            seen: set[Path] = set()
            with self._withheld(loader, seen):
                tests = load(label, discover_kwargs)
            self._others = self._others or next(iter_test_cases(tests), None) is not None
            folder = _folder(label)
            if folder is not None:
                self._folders.append(folder)
                if self._all or self._files or self._need.has_conftest(folder) or is_configured(self._root):
                    self._look_further(folder, seen)
            return tests

        return load_others

    @contextmanager
    def _withheld(self, loader: Any, seen: set[Path]) -> Iterator[None]:
        stock = loader._match_path  # noqa: SLF001 - unittest says: "override this method to use alternative matching"

        def match(path: str, full_path: str, pattern: str) -> bool:
            if not stock(path, full_path, pattern):
                return False
            if not path.endswith(".py"):
                return True
            file = Path(full_path)
            seen.add(file)
            if not self._need(file):
                return True
            self._take(file)
            return False

        loader._match_path = match  # noqa: SLF001
        try:
            yield
        finally:
            vars(loader).pop("_match_path", None)

    def _look_further(self, folder: Path, seen: set[Path]) -> None:
        """Take up what unittest does not come to."""
        patterns: Sequence[str] = PATTERNS
        if names_patterns(self._root):
            if self.engine is None and not self._any_further(folder, seen):
                return
            patterns = self._start().patterns
        for file in walk(folder, patterns):
            if file not in seen and self._need(file):
                self._take(file)

    def _any_further(self, folder: Path, seen: set[Path]) -> bool:
        """Whether any file may be taken up, whatever pytest makes of its configuration."""
        return any(file not in seen and self._need(file) for file in walk(folder, likely_patterns(self._root)))

    # pytest -----------------------------------------------------------------------------------------------------------

    def _suite(self) -> unittest.TestSuite:
        """The tests of all files that were taken up; an empty suite where there are none.

        Raises:
            NoTestsError: a label names a test that is not in its file.
            ConfigError: pytest refuses its configuration.
        """
        if not self._files and not self._others:
            # Before a run without any test: are there files where unittest does not look?
            for folder in self._folders:
                self._look_further(folder, set())
        if not self._files:
            if self._args:
                raise ConfigError(
                    f"{' '.join(self._args)}: options of pytest's, and no file of this run is pytest's",
                    "A file is where it imports pytest, has test functions, or has a conftest.py above it.",
                )
            return unittest.TestSuite()
        from greenroom.pytest_engine.choice import Wish

        names = [(file, each) for file, each in self._names if Path(file) not in self._whole]
        wish = Wish(tuple(map(str, self._files)), tuple(names))
        patterns = self._about.names
        chosen = (lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)) if patterns else None
        return unittest.TestSuite(self._start().collect(wish, chosen))

    def _start(self) -> Any:
        if self.engine is None:
            from greenroom.pytest_engine.engine import PytestEngine, PytestStart

            about = self._about
            start = PytestStart(self._args, str(Path.cwd()), about.buffer, about.verbosity)
            self.engine = PytestEngine(start, about.bins)
            self.engine.open()
            if self.engine.session is not None:
                option = self.engine.session.config.option
                refuse_cov(option, workers=about.workers, coverage=self._coverage)
        return self.engine


def _module_file(parts: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The file of the module that a dotted name begins with, and what of the name is left; nothing is imported but packages."""
    for length in range(1, len(parts) + 1):
        try:
            spec = find_spec(".".join(parts[:length]))
        except Exception:
            break  # It will be told when it is loaded.
        if spec is None:
            break
        if spec.submodule_search_locations is None:
            file = Path(spec.origin or "")
            return (file if file.suffix == ".py" else None), list(parts[length:])
    return None, []


def _folder(label: str) -> Path | None:
    """The folder that a label stands for: by its path, or as a package."""
    path = Path(label)
    if path.exists():
        return path.absolute() if path.is_dir() else None
    try:
        spec = find_spec(label)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).absolute()


def _at_line(label: str, file: Path, line: int) -> tuple[str, ...]:
    """The class and function at a line, decorators included."""
    found: list[str] = []
    body: list[Any] = ast.parse(file.read_bytes()).body
    known: list[str] = []
    while body:
        named = [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
        known += [f"{node.name} at line {node.lineno}" for node in named if node.name.lower().startswith("test")]
        body = []
        for node in named:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno) and node.name.lower().startswith("test"):
                found.append(node.name)
                body = node.body if isinstance(node, ast.ClassDef) else []
    if not found:
        raise NoTestsError(f"there is no test at {label}", did_you_mean(str(line), known) or "")
    return tuple(found)
