"""What no file of the repository may hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# In pieces, so that this file passes its own test.
HOME = re.compile(
    r"(?<![\w.:/~$}])(?:" + "/ho" + r"me/\w|" + "/ro" + r"ot/|" + "/Us" + r"ers/\w|[A-Z]:[\\/]+" + r"Users[\\/])"
)


def kept_files() -> list[Path]:
    """The files that git keeps or would keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_somebodys_folder() -> None:
    """A path of one machine is of use on no other."""
    found = []
    for path in kept_files():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if HOME.search(line)]
    assert found == []


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("cd /ho" + "me/ann/project", True),
        ('"/Us' + 'ers/ann"', True),
        ("/ro" + "ot/.cache", True),
        (r"C:\Us" + r"ers\ann", True),
        ("https://example.com/ho" + "me/ann", False),
        ("path('ho" + "me/', view)", False),
        ("~/project, $HOME/project", False),
    ],
)
def test_what_counts_as_such_a_path(line: str, *, bad: bool) -> None:
    """Addresses and relative paths do not."""
    assert bool(HOME.search(line)) is bad
