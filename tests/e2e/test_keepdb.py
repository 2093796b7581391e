"""`--keepdb` and `--noinput` on a database in a file: what is kept, what is asked, what is destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.testing import differences, masked
from tests.e2e.options_project import write_options_project
from tests.e2e.support import SPAWN, Mode, in_every_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from greenroom.testing import Project, Ran

LABELS = ("shop.tests.test_rows", "shop.tests.test_unit")


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """The options' project, its database in a file."""
    return write_options_project(make_project(databases="file"))


def databases(project: Project) -> set[str]:
    """The names of the database files that lie in the project."""
    return {path.name for path in project.root.glob("*.sqlite3")}


def sequence(project: Project, runner: str, steps: Sequence[Sequence[str]], stdin: str = "") -> list[Ran]:
    """Run one after the other, the answers to questions typed each time."""
    return [project.manage_test(*LABELS, *args, runner=runner, stdin=stdin) for args in steps]


@pytest.mark.parametrize(
    "steps",
    [
        [["--keepdb"], ["--keepdb"]],
        [["--keepdb", "-v", "2"], ["--keepdb", "-v", "2"]],
        [["--keepdb", "--timing"], ["--noinput"]],
        [["--keepdb"], ["--noinput", "-v", "2"]],
        [["--keepdb", "--failfast"], ["--keepdb", "--shuffle", "4"], []],
    ],
    ids=lambda steps: ", ".join(" ".join(args) or "plain" for args in steps),
)
def test_sequences_are_like_stock(make_project: Callable[..., Project], steps: list[list[str]]) -> None:
    """Runs that keep, use again, replace and ask about a database print the same as stock and leave the same files."""
    ours, stocks = (write_options_project(make_project(databases="file")) for _ in range(2))
    pairs = zip(
        sequence(ours, "greenroom.TestRunner", steps, "yes\n"), sequence(stocks, "stock", steps, "yes\n"), strict=True
    )
    for ran, stock in pairs:
        assert ran.returncode == stock.returncode, ran
        assert ran.order == stock.order
        for which in ("stdout", "stderr"):
            text, stock_text = (
                masked(getattr(found, which).replace(str(project.root), "<project>"))
                for found, project in ((ran, ours), (stock, stocks))
            )
            difference = differences(text, stock_text, name=which)
            assert not difference, f"{difference}\n{ran}"
    assert databases(ours) == databases(stocks)


def test_saying_no_cancels(project: Project) -> None:
    """Where a test database is in the way and the answer is no, the tests are cancelled and the database stays."""
    project.manage_test(*LABELS, "--keepdb")
    before = (project.root / "test_real.sqlite3").read_bytes()
    ran = project.manage_test(*LABELS, stdin="no\n")
    stock = project.manage_test(*LABELS, runner="stock", stdin="no\n")
    assert ran.returncode == stock.returncode
    assert "Tests cancelled." in ran.output
    assert (project.root / "test_real.sqlite3").read_bytes() == before


@in_every_mode
def test_kept_databases_in_every_mode(project: Project, mode: Mode) -> None:
    """A second run with `--keepdb` uses what the first one kept, and comes to the same outcomes."""
    first, second = (
        project.manage_test(*LABELS, "--keepdb", *mode.args, start_method=mode.start_method) for _ in range(2)
    )
    assert "Using existing test database for alias 'default'" in second.output
    assert first.outcomes == second.outcomes
    assert "test_real.sqlite3" in databases(project)


@in_every_mode
def test_nothing_is_left_of_test_databases(project: Project, mode: Mode) -> None:
    """Without `--keepdb` neither the test database nor a clone of it outlives the run; the real one is never touched."""
    (project.root / "real.sqlite3").write_bytes(b"")
    ran = project.manage_test(*LABELS, *mode.args, start_method=mode.start_method)
    assert ran.outcomes
    assert databases(project) == {"real.sqlite3"}
    assert (project.root / "real.sqlite3").read_bytes() == b""


def test_spawned_workers_leave_no_file_of_a_database_in_memory(make_project: Callable[..., Project]) -> None:
    """Databases in memory reach spawned workers, and whatever file that takes is gone at the end."""
    project = write_options_project(make_project())
    ran = project.manage_test(*LABELS, *SPAWN.args, start_method="spawn")
    assert ran.outcomes
    assert databases(project) == set()
