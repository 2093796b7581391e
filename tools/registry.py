"""The reference project's tests, as the check runs them: what a test needs and is missing is a failure.

    python -m tools.registry [OPTIONS of manage.py test]

Run it in the primary environment (`python -m tools.environments serve -m tools.registry`). One part may be left out: the
official conformance suite is a Go module, and where the module proxy does not give it, that is said loudly.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_SUITE = ("browser", "selenium", "playwright", "command:skopeo")
"""What the tests need besides the conformance suite."""


def suite_trouble() -> str:
    """Why the official conformance suite can't be had here; empty where it can."""
    from greenroom.config import Config
    from greenroom.config.folders import cache_folder
    from greenroom.conformance.oci import suite_program
    from greenroom.errors import GreenroomError

    try:
        suite_program("", cache_folder(Config(), ROOT / "registry"))
    except GreenroomError as error:
        return f"{error.message}\n{error.hint}"
    return ""


def main(options: Sequence[str]) -> int:
    """Run the tests; give their exit code."""
    trouble = suite_trouble()
    required = WITHOUT_SUITE if trouble else ("all",)
    if trouble:
        print(f"NOT TESTED HERE, the official conformance suite of OCI registries:\n{trouble}\n", flush=True)
    demands = [word for name in required for word in ("--require", name)]
    command = [sys.executable, "manage.py", "test", *demands, *options]
    return subprocess.run(command, cwd=ROOT / "registry", env=os.environ, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
