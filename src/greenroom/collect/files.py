"""File labels: `path/to/test_x.py`, with `:120` or `::Case::test_x` behind, as dotted ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from greenroom.errors import NoTestsError, did_you_mean


class FileLabels:
    """Turns file labels into dotted labels.

    Args:
        module_name: the dotted name of a file below a top-level folder.
        tests_at: the `Class.method` at a line of a source text; None where there is none.
        nearest_to: the test nearest to a line, and its line.
    """

    def __init__(
        self,
        module_name: Callable[[Path, Path], str],
        tests_at: Callable[[str, int], list[str] | None],
        nearest_to: Callable[[str, int], tuple[str, int] | None],
    ) -> None:
        self._module_name = module_name
        self._tests_at = tests_at
        self._nearest_to = nearest_to

    def dotted(self, path: str, line: int | None, names: tuple[str, ...], top_level: str | None) -> list[str]:
        """The dotted labels of a file, of a line of it, or of a class or method in it.

        The folder that the file's imports begin at is put in front of `sys.path`, as unittest's discovery does.

        Raises:
            NoTestsError: there is no such file, or no test at that line.
        """
        file = Path(path).absolute()
        if not file.is_file():
            siblings = [str(Path(path).with_name(sibling.name)) for sibling in sorted(file.parent.glob("*.py"))]
            hint = did_you_mean(path, siblings) or "Labels are paths from the current folder, or dotted names."
            raise NoTestsError(f"no test matches the label {path!r}: there is no such file", hint)
        module = self._module_name(file, Path(top_level or ".").absolute())
        base = str(file.parents[module.count(".") if file.name != "__init__.py" else module.count(".") + 1])
        if base not in sys.path:
            sys.path.insert(0, base)
        if line is not None:
            return [f"{module}.{name}" for name in self._at_line(path, file, line)]
        return [".".join((module, *names))]

    def _at_line(self, path: str, file: Path, line: int) -> list[str]:
        source = file.read_text(encoding="utf-8")
        found = self._tests_at(source, line)
        if found is None:
            near = self._nearest_to(source, line)
            hint = f"The nearest test is {near[0]} at line {near[1]}." if near else "The file has no test."
            raise NoTestsError(f"there is no test at {path}:{line}", hint)
        return found
