"""Files that code reads: found by their names, which the code says."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH117, PTH118, PTH119, PTH120, PTH122

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from greenroom.databases.fingerprint import facts as told
from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.places import Surroundings

_SKIPPED = frozenset({"node_modules", "bower_components"})
_ENDING = re.compile(r"[^/\\]*(\.\w{1,8})\Z")
_CODE = frozenset({".py", ".pyc", ".pyo", ".so", ".pyd"})


class _Sought(NamedTuple):
    """Which files code may read."""

    names: frozenset[str]
    endings: frozenset[str]
    folders: frozenset[str]
    """Those in which it may read everything."""

    def has(self, below: str) -> bool:
        """Whether it may read a file, by its path below the folder where data is sought."""
        *above, name = below.split("/")
        ending = os.path.splitext(name)[1]
        if name in self.names or ending in self.endings:
            return True
        return ending not in _CODE and not self.folders.isdisjoint(above)


class Data:
    """Finds the data that code may read.

    Args:
        files: through which folders are looked at.
        around: the project.
    """

    def __init__(self, files: Files, around: Surroundings) -> None:
        self._files = files
        self._around = around
        self._trees: dict[str, list[str]] = {}
        self._labels = frozenset(app.label for app in around.apps) | {app.name for app in around.apps}
        self._fixtures: list[tuple[str, str, str]] | None = None

    def read_by(
        self, strings: frozenset[str], flags: int, trees: Iterable[str], roots: Iterable[str], label: str
    ) -> dict[str, str]:
        """The files that code which says these strings may read: their paths, by a name that is the same everywhere.

        Args:
            strings: its constants.
            flags: of its facts.
            trees: folders of its packages; its data may be anywhere in them.
            roots: folders that hold much else; its data may be in those of its folders that it names.
            label: of the app that it belongs to, or empty.
        """
        found: dict[str, str] = {}
        if flags & told.FILES:
            names = frozenset(part for text in strings for part in re.split(r"[/\\]", text) if part)
            sought = _Sought(
                names,
                frozenset(match[1] for text in strings if (match := _ending(text))) - _CODE,
                names - self._labels if flags & told.FOLDERS else frozenset(),
            )
            for folder in trees:
                for path in self.tree(folder):
                    below = os.path.relpath(path, folder).replace(os.sep, "/")
                    if sought.has(below):
                        found[f"{os.path.basename(folder)}/{below}"] = path
            for folder in (*roots, *self._around.folders):
                for path, _ in self._walk(folder, names.__contains__):
                    below = os.path.relpath(path, folder).replace(os.sep, "/")
                    if sought.has(below) and ("/" in below or below in names):
                        found[below] = path
            found.update((text, text) for text in strings if os.path.isabs(text) and self._is_file(text))
        if flags & (told.FILES | told.FIXTURES):
            found.update(self._fixture_files(strings, label if flags & told.FIXTURES else ""))
        return found

    def tree(self, folder: str) -> list[str]:
        """All files below a folder, except in hidden folders and in packages of JavaScript."""
        if folder not in self._trees:
            steps = self._walk(folder, lambda name: name[0] != "." and name not in _SKIPPED)
            self._trees[folder] = [path for path, _ in steps if path[-1] != "~"]
        return self._trees[folder]

    def _walk(self, folder: str, enter: Callable[[str], bool]) -> Iterator[tuple[str, int]]:
        """The files below a folder and how deep they are; only some of its folders are entered, and none twice."""
        todo, seen = [(folder, 0)], set()
        while todo:
            current, depth = todo.pop()
            real = os.path.realpath(current)
            if real in seen:
                continue
            seen.add(real)
            listed = self._files.folder(current, whole=True)
            yield from ((os.path.join(current, name), depth) for name in listed.files)
            todo += [(os.path.join(current, name), depth + 1) for name in listed.folders if enter(name)]

    def _is_file(self, path: str) -> bool:
        return os.path.basename(path) in self._files.folder(os.path.dirname(path), whole=True).files

    def _fixture_files(self, strings: frozenset[str], label: str) -> Iterator[tuple[str, str]]:
        """The fixtures of an app, and those of others whose name is said, with or without its ending."""
        stems = {os.path.basename(text).partition(".")[0] for text in strings} - {""}
        for owner, name, path in self._all_fixtures():
            if (label and owner == label) or os.path.basename(path).partition(".")[0] in stems:
                yield name, path
        for text in strings:
            folder, name = os.path.split(text)
            if os.path.isabs(text) and name:
                beside = self._files.folder(folder, whole=True).files
                same = (other for other in beside if other.partition(".")[0] == name.partition(".")[0])
                yield from ((os.path.join(folder, other), os.path.join(folder, other)) for other in same)

    def _all_fixtures(self) -> list[tuple[str, str, str]]:
        """The label of the app, a name, and the path of each fixture."""
        if self._fixtures is None:
            places = [(app.label, os.path.join(app.path, "fixtures")) for app in self._around.apps]
            places += [("", folder) for folder in self._around.fixture_dirs]
            self._fixtures = [
                (label, f"{label or 'FIXTURE_DIRS'}/{os.path.relpath(path, folder)}", path)
                for label, folder in places
                for path in self.tree(folder)
            ]
        return self._fixtures


def _ending(text: str) -> re.Match[str] | None:
    """The ending of `*.sql`, `.sql` and of what an f-string leaves of a name."""
    match = _ENDING.match(text.replace("\\", "/").rpartition("/")[2])
    return match if match is not None and (text == match[1] or "*" in text) else None
