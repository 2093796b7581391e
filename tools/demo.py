"""The demo: the reference project, an OCI registry, tested by greenroom with two workers on SQLite.

    python -m tools.demo            what can be tested here; what lacks a program is skipped, and says so
    python -m tools.demo OPTIONS    the same with further options of `manage.py test`, such as `--kind unit`

The browser, Go and the servers that some of the tests need are installed where that can be done from here. Standard
library only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence

from tools.environments import ROOT, MissingProgramError, SetupError, prepare, say

RECORDING = ".greenroom/demo.jsonl"
REPORT = ".greenroom/report.html"


def main(options: Sequence[str]) -> int:
    """Run the demo; give its exit code."""
    try:
        try:
            primary = prepare(primary_only=True)[0]
        except MissingProgramError as error:
            say(f"{error}\nGoing on without; tests that need it are skipped.")
            primary = prepare(primary_only=True, drivers=False)[0]
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    if not shutil.which("go"):
        say("Go is not here (https://go.dev/dl): the official conformance suite of OCI registries is skipped.")
    say("The reference project in registry/, tested by greenroom:  manage.py test --parallel 2\n")
    command = [str(primary.python), "manage.py", "test", "--parallel", "2"]
    told = ["--events", RECORDING, "--report", f"html:{REPORT}"]
    page = ROOT / "registry" / REPORT
    page.unlink(missing_ok=True)
    code = subprocess.run(
        [*command, *told, *options], cwd=ROOT / "registry", env=primary.variables(), check=False
    ).returncode
    if (ROOT / "registry" / RECORDING).exists():
        say(f"\nEverything that happened is in registry/{RECORDING}; `greenroom replay` prints the report from it.")
    if page.exists():
        say(f"Open the report in a browser: {page.as_uri()}")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
