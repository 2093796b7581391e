"""`greenroom rerun` of a run of pytest's: its files, and of them the tests that are wanted."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from greenroom.cli.rerunner import missing_line
from greenroom.errors import NoTestsError
from greenroom.reporters.again import Again


@contextmanager
def chosen(wanted: Again) -> Iterator[list[str]]:
    """The arguments for pytest.

    Raises:
        NoTestsError: none of the files is here.
    """
    nodes = {test: _node(test, group) for test, group in wanted.tests.items()}
    files = dict.fromkeys(node.partition("::")[0] for node in nodes.values())
    here = [file for file in files if Path(file).is_file()]
    missing = [test for test, node in nodes.items() if node.partition("::")[0] not in here]
    if not here:
        raise NoTestsError(missing_line(missing).removeprefix("greenroom: "), "Call it in the project's root.")
    if missing:
        print(missing_line(missing), file=sys.stderr)
    kept = [node for node in nodes.values() if node.partition("::")[0] in here]
    with tempfile.TemporaryDirectory(prefix="greenroom-rerun-") as folder:
        file = Path(folder) / "tests.json"
        file.write_bytes(msgspec.json.encode(kept))
        yield [*here, "-p", "greenroom.pytest_plugin.only", f"--greenroom-only={file}"]


def _node(test: str, group: str) -> str:
    """The node id of a test: of a test case it is made of where it stands."""
    if "::" in test:
        return test
    if "::" in group:
        return f"{group}::{test.rpartition('.')[2]}"
    parts = test.split(".")
    for count in range(len(parts) - 1, 0, -1):
        file = "/".join(parts[:count]) + ".py"
        if Path(file).is_file():
            return "::".join([file, *parts[count:]])
    return test
