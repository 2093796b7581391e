"""The whole check of the project, stage by stage; what `make test` runs.

    python -m tools.run_tests               every stage
    python -m tools.run_tests ruff mypy     these alone, in the order below

It stops at the first stage that fails. On success its last line is `N passed, 0 failed`: the tests of each stage that
runs any, added up. Standard library only, because it makes the environments itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import second_try
from tools.environments import ROOT, Environment, SetupError, prepare, program

TAIL = 64 * 1024
"""How many bytes of a stage's output are kept to read its closing lines from."""

SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")
"""Most tests wait for a process of their own: two at a time take little more than half as long."""

EACH_PAIR = (
    "tests/cases",
    "tests/databases/leases",
    "tests/pytest_plugin/fastpath",
    "tests/pytest_engine",
    "tests/e2e/test_coverage.py",
    "tests/e2e/test_retries.py",
    "tests/doctests",
    "tests/servers",
    "tests/e2e/test_options.py",
    "tests/e2e/test_api.py",
    "tests/e2e/test_databases.py",
    "tests/e2e/test_xml.py",
    "tests/e2e/test_outcomes.py",
    "tests/pytest_plugin/test_outcomes.py",
    "tests/e2e/test_repeats.py",
    "tests/e2e/test_capture.py",
    "tests/databases/snapshots",
    "tests/kiwi/test_outcomes.py",
)
"""The tests that run with each Python and with each Django: where these could differ. The primary pair runs all.

The longest come first: two files run at a time. What is marked `one_pair` is left out.
"""

BRIEFLY = (
    "tests/e2e/test_options.py",
    "tests/e2e/test_databases.py",
    "tests/e2e/test_outcomes.py",
    "tests/pytest_plugin/test_outcomes.py",
    "tests/cases",
)
"""The tests for a pair whose Python and whose Django other pairs have: that the two go together."""

COLOUR = re.compile(r"\x1b\[[\d;]*m")
PYTEST_END = re.compile(r"^=*\s*((?:\d+ [a-z ]+(?:, )?)+) in [\d.]+s\b.*$", re.MULTILINE)
GREENROOM_END = re.compile(r"^greenroom: (\d+) tests?, 0 failures, 0 errors, (\d+) skipped", re.MULTILINE)
PARITY_END = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)

Count = Callable[[str], int | None]
"""Reads from a stage's output how many tests passed; None where it does not say."""


@dataclass(frozen=True)
class Stage:
    """One command of the check, and how to count what it tested."""

    name: str
    title: str
    environment: Environment
    command: tuple[str, ...]
    """A program of the environment, and its arguments."""
    count: Count | None = None
    """None for a stage that runs no tests."""
    variables: tuple[tuple[str, str], ...] = ()
    """What its process environment has besides."""

    @property
    def remembered(self) -> Path | None:
        """Where pytest remembers what failed; None for a command that is not pytest's."""
        tried_again = self.command[0] == "pytest"
        return ROOT / ".cache" / "failed" / f"{self.name}-{self.environment.folder.name}" if tried_again else None


@dataclass(frozen=True)
class Ended:
    """How a stage went."""

    code: int
    tail: str
    """The end of its output, without colours."""


class StageError(Exception):
    """A stage failed; the text says which, and how to run it alone."""


def pytest_count(output: str) -> int | None:
    """Read pytest's closing line; skipped and expected failures are not passes."""
    ends = PYTEST_END.findall(output)
    if not ends:
        return None
    passed = re.search(r"(\d+) passed", ends[-1])
    return int(passed[1]) if passed else 0


def parity_count(output: str) -> int | None:
    """Read the comparison's closing line."""
    ends = PARITY_END.findall(output)
    return int(ends[-1][0]) if ends else None


def greenroom_count(output: str) -> int | None:
    """Read greenroom's own last line; a skipped test is not a pass."""
    ends = GREENROOM_END.findall(output)
    return int(ends[-1][0]) - int(ends[-1][1]) if ends else None


def stages(environments: Sequence[Environment]) -> list[Stage]:
    """List the stages in their order, cheapest first.

    Args:
        environments: those that are ready, the primary one first.
    """
    primary, *others = environments
    tests = ("pytest", "-q", *SIDE_BY_SIDE, "tests", "--ignore=tests/wheel")
    pairs = ("pytest", "-q", *SIDE_BY_SIDE, "-m", "not one_pair")
    firsts = first_of_their_kind(environments)
    registry = ("python", "-m", "tools.registry", "--parallel", "2", "--no-color")
    elsewhere = (("REGISTRY_DATABASE", "postgresql://registry@127.0.0.1:1/registry"),)
    on_postgresql = ("python", "-m", "parity", "fixed", "--database", "postgresql")
    return [
        Stage("ruff", "ruff check", primary, ("ruff", "check", ".")),
        Stage("format", "ruff format --check", primary, ("ruff", "format", "--check", ".")),
        Stage("mypy", "mypy", primary, ("mypy",)),
        Stage("layers", "lint-imports", primary, ("lint-imports", "--no-logo")),
        Stage("kiwi", "a Kiwi TCMS server for the tests", primary, ("python", "-m", "tools.kiwi")),
        Stage("tests", "pytest tests", primary, tests, pytest_count),
        *(
            Stage("e2e", "the front doors", other, (*pairs, *(EACH_PAIR if other in firsts else BRIEFLY)), pytest_count)
            for other in others
        ),
        Stage("wheel", "the built wheel", primary, ("pytest", "-q", "tests/wheel"), pytest_count),
        Stage("registry", "the reference project", primary, registry, greenroom_count),
        Stage(
            "registry-postgresql", "the reference project on a private PostgreSQL", primary,
            (*registry, "--db-server", "always"), greenroom_count, elsewhere,
        ),
        Stage("parity", "Django's own suite", primary, ("python", "-m", "parity", "fixed"), parity_count),
        Stage("parity-postgresql", "Django's own suite on PostgreSQL", primary, on_postgresql, parity_count),
    ]  # fmt: skip


def first_of_their_kind(environments: Sequence[Environment]) -> list[Environment]:
    """Pick as few pairs as have each Python and each Django, the primary pair first."""
    firsts: list[Environment] = []
    rest = list(environments)
    seen: set[str] = set()
    while new := max(rest, key=lambda one: len(_kinds(one) - seen), default=None):
        if _kinds(new) <= seen:
            break
        seen |= _kinds(new)
        firsts.append(new)
        rest.remove(new)
    return firsts


def _kinds(environment: Environment) -> set[str]:
    return {f"Python {environment.interpreter.minor}", f"Django {environment.django}"}


def chosen(every: Sequence[Stage], names: Sequence[str]) -> list[Stage]:
    """Pick the stages of these names; all where none is named.

    Raises:
        StageError: there is no stage of that name.
    """
    known = list(dict.fromkeys(stage.name for stage in every))
    unknown = sorted(set(names) - set(known))
    # Without an interpreter for a second pair there are no end-to-end stages, but the name is right all the same.
    if set(unknown) - {"e2e"}:
        raise StageError(f"there is no stage {', '.join(unknown)}. Known: {', '.join(known)}.")
    return [stage for stage in every if not names or stage.name in names]


def carry_out(stage: Stage, given: Sequence[str] = ()) -> Ended:
    """Run a stage's command, or another one in its place, and pass its output on as it comes."""
    name, *arguments = given or stage.command
    command = [str(program(stage.environment.folder, name)), *arguments]
    tail = b""
    variables = {**stage.environment.variables(), **dict(stage.variables)}
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        # read1 rather than lines: dots show as they come.
        while chunk := process.stdout.read1(TAIL):  # type: ignore[attr-defined]
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            tail = (tail + chunk)[-TAIL:]
    return Ended(process.returncode, COLOUR.sub("", tail.decode(errors="replace")))


def carry_out_twice(stage: Stage) -> tuple[Ended, list[str]]:
    """Run a stage's command, and what failed once more where that may have been by chance.

    Returns:
        How the stage went, and the tests that passed at their second try.
    """
    memory = stage.remembered
    if memory is None:
        return carry_out(stage), []
    command = [*stage.command, *second_try.remembering(memory)]
    ended = carry_out(stage, command)
    tests = second_try.failed(memory)
    if not second_try.worth_it(ended.code, tests):
        return ended, []
    say(f"\n-- {len(tests)} failed; once more, alone:")
    again = carry_out(stage, second_try.alone(command))
    if again.code or pytest_count(again.tail) != len(tests):
        return Ended(again.code or ended.code, again.tail), []
    return Ended(0, ended.tail), tests


def run_stage(stage: Stage) -> int:
    """Announce a stage, run it, and say how many of its tests passed.

    Raises:
        StageError: it ended badly, or ended well without saying what it had tested.
    """
    say(f"== {stage.title} ({stage.environment.title})")
    started = time.monotonic()
    ended, flaky = carry_out_twice(stage)
    if ended.code:
        folder = stage.environment.folder.relative_to(ROOT)
        alone = " ".join([str(program(folder, stage.command[0])), *stage.command[1:]])
        where = f"{stage.title} ({stage.environment.title})"
        raise StageError(f"{where}, exit code {ended.code}. To run it alone:\n  {alone}")
    passed = stage.count(ended.tail) if stage.count else 0
    if passed is None:
        raise StageError(f"{stage.title} ({stage.environment.title}): it ended well but named no count of tests")
    passed += len(flaky)
    tested = f", {passed} passed" if stage.count else ""
    for test in flaky:
        say(f"-- FLAKY, failed beside others and passed alone: {test}")
    say(f"-- {stage.title}: ok{tested}, {time.monotonic() - started:.0f} s\n")
    return passed


def say(text: str) -> None:
    """Print in order with the output of the stages, which goes around the text layer."""
    print(text, flush=True)


def check(names: Sequence[str]) -> int:
    """Run the stages of these names, or all; give the number of tests that passed.

    Raises:
        StageError: one failed.
        SetupError: there is nothing to run them in.
    """
    say("== environments")
    only_primary = bool(names) and "e2e" not in names
    todo = chosen(stages(prepare(primary_only=only_primary)), names)
    say("")
    return sum(run_stage(stage) for stage in todo)


def main(arguments: Sequence[str]) -> int:
    """Run what the command line names; give the exit code."""
    try:
        passed = check(arguments)
    except (StageError, SetupError) as error:
        say(f"\nFAILED: {error}")
        return 1
    except KeyboardInterrupt:
        say("\ninterrupted")
        return 130
    say(f"{passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
