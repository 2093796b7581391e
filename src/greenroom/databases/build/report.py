"""What is told about a build."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class BuildReport:
    """How the migrations of a block were run."""

    slow: str = ""
    """Why they were run as stock runs them; empty where they were not."""
    migrations: int = 0
    """How many were applied or unapplied by the fast executor."""
    eager: list[str] = field(default_factory=list)
    """The migrations (`app.name`) with operations that are not Django's own, and were given full states."""
    bare: int = 0
    """How often `before_post_migrate` was called."""
