"""The layers, checked by import-linter."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PURE = ("config", "errors", "events", "filters", "history", "hooks", "model", "retry", "schedule", "select")
"""What knows neither Django nor pytest."""


def test_the_contracts_are_kept(tmp_path: Path) -> None:
    """Run as on the command line; what it prints says which import breaks which contract."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--no-logo", "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_pure_module_is_under_the_contract() -> None:
    """The contract names modules that exist; one that came later must not slip by."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = read["tool"]["importlinter"]["contracts"]
    (pure,) = (contract for contract in contracts if contract["id"] == "pure")
    package = ROOT / "src/greenroom"
    there = [name for name in PURE if (package / f"{name}.py").exists() or (package / name / "__init__.py").exists()]
    assert sorted(pure["source_modules"]) == [f"greenroom.{name}" for name in there]
