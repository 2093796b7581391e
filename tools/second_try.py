"""A second try for the few tests that failed among thousands.

Most tests start processes of their own, two at a time, and a machine that does other things besides can make one miss what
it waits for. Such a test is tried again, alone. It is named as flaky then, and never passed over in silence; what fails
again fails the stage, and so do more failures than chance would have.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

MOST = 3
"""How many tests of a stage are tried again."""
TESTS_FAILED = 1
"""pytest's exit code where tests ran, and some failed."""


def remembering(folder: Path) -> tuple[str, ...]:
    """Options by which pytest remembers in a folder what failed. What is there from an earlier run is dropped."""
    shutil.rmtree(folder, ignore_errors=True)
    return ("-o", f"cache_dir={folder}")


def failed(folder: Path) -> list[str]:
    """The tests that failed; none where there is nothing to read."""
    try:
        return sorted(json.loads((folder / "v/cache/lastfailed").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def worth_it(code: int, tests: Sequence[str]) -> bool:
    """Whether to try again, by pytest's exit code and what failed."""
    return code == TESTS_FAILED and 0 < len(tests) <= MOST


def alone(command: Sequence[str]) -> list[str]:
    """The same command for what failed, one at a time."""
    return [*command, "-n", "0", "--last-failed", "--last-failed-no-failures", "none"]
