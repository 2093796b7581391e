"""What a benchmark is given, and what a benchmark is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import Calls, warm_up
from benchmarks.projects import Body, Project, Shape, make_project
from benchmarks.rounds import run_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.model import Contender, Report, Results
    from benchmarks.toolbox import Toolbox


@dataclass(frozen=True)
class Session:
    """One run of `python -m benchmarks`, as a benchmark sees it."""

    toolbox: Toolbox
    work: Path
    """A temporary folder for its projects."""
    rounds: int = 5
    quick: bool = False
    """Leave out what is slow."""
    scale: float = 1.0
    """Share of the tests to generate, for trying a benchmark out."""
    labels: tuple[str, ...] = ()
    """For benchmarks of an existing suite: the parts to run."""
    say: Callable[[str], None] = print
    """Tells how far it is."""

    def calls(self, project: Project, env: Mapping[str, str] | None = None) -> Calls:
        """Command lines for a project."""
        return Calls(self.toolbox, project, env or {})

    def project(
        self, name: str, shape: Shape, body: Body, *, pytest: bool = False, env: Mapping[str, str] | None = None
    ) -> Calls:
        """Generate a project, at the session's scale, and warm it up.

        Args:
            name: its folder.
            shape: how many tests it has at full scale.
            body: what they do.
            pytest: whether pytest will run it, too.
            env: variables for its contenders.
        """
        scaled = shape if shape.total == 1 else shape.scaled(self.scale)
        calls = self.calls(make_project(self.work / name, scaled, body), env)
        warm_up(calls, pytest=pytest)
        return calls

    def measure(self, part: str, contenders: Sequence[Contender]) -> Results:
        """Let contenders take their turns."""
        self.say(part)
        return run_rounds(contenders, self.rounds, self.say)


@dataclass(frozen=True)
class Benchmark:
    """One thing that is measured."""

    name: str
    title: str
    intro: str
    """What is measured, and why; stands on the page above its tables."""
    run: Callable[[Session], Report]
    by_default: bool = True
    """Whether it runs when no benchmark is named."""
