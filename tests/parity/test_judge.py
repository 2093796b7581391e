"""What differs is looked at again before it is called a difference, and never drops out of the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from parity.catalogue import Package
from parity.judge import TOO_MANY, Judged, judge
from parity.recording import FAILING, Recording, Result
from parity.report import details, summary, table
from parity.runs import Bench, Engine, Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

A, B = "app.tests.Case.test_a", "app.tests.Case.test_b"


def run_of(outcomes: dict[str, str], log: Path) -> Run:
    """A run with these outcomes that says of itself what it should."""
    recording = Recording(tuple(Result(key, value) for key, value in outcomes.items()), len(outcomes))
    exit_code = int(any(value in FAILING for value in outcomes.values()))
    return Run(recording, 1.0, exit_code, len(outcomes), log)


@dataclass
class Scripted:
    """A bench whose runs are told beforehand: whole ones in order, the last one again and again."""

    log: Path
    stocks: list[dict[str, str]]
    others: list[dict[str, str]]
    alone: dict[tuple[str, str], str] = field(default_factory=dict)
    package: Package = field(default_factory=lambda: Package("suite", "1", ""))
    title: str = "suite"

    def run(self, engine: Engine, mode: str, labels: Sequence[str] | None = None) -> Run:
        """A run of the whole, or of one test."""
        del mode
        if labels is not None:
            [label] = labels
            return run_of({label: self.alone[engine, label]}, self.log)
        script = self.stocks if engine == "stock" else self.others
        return run_of(script.pop(0) if len(script) > 1 else script[0], self.log)

    def stock(self, mode: str, labels: Sequence[str] | None = None, *, fresh: bool = False) -> Run:
        """The same without a cache."""
        del fresh
        return self.run("stock", mode, labels)


def judged(bench: Scripted) -> Judged:
    """The judgement of a scripted bench."""
    bench.log.write_text("Ran some tests")
    return judge(cast("Bench", bench), "serial", None)


def test_equality(tmp_path: Path) -> None:
    """Nothing differs, nothing is run again, nothing is said."""
    found = judged(Scripted(tmp_path / "log", [{A: "passed"}], [{A: "passed"}]))
    assert (found.passed, found.failed, details(found)) == (1, 0, "")
    assert summary([found]) == "1 passed, 0 failed"


def test_a_difference_that_stays(tmp_path: Path) -> None:
    """Alone it is the same, so it is one; the report names it with both outcomes."""
    alone = {("stock", B): "passed", ("greenroom", B): "failed"}
    bench = Scripted(tmp_path / "log", [{A: "passed", B: "passed"}], [{A: "passed", B: "failed"}], alone)
    found = judged(bench)
    assert (found.passed, found.failed, found.unstable) == (1, 1, ())
    assert f"DIFFERENT in suite, serial: {B}\n    stock: passed\n    greenroom: failed" in details(found)


def test_a_difference_in_company_only(tmp_path: Path) -> None:
    """It passes alone and fails with the others, twice."""
    alone = {("stock", B): "passed", ("greenroom", B): "passed"}
    bench = Scripted(tmp_path / "log", [{A: "passed", B: "passed"}], [{A: "passed", B: "failed"}], alone)
    assert [one.id for one in judged(bench).different] == [B]


def test_an_unstable_test_is_named_and_counted(tmp_path: Path) -> None:
    """It failed once and then did not: no difference, but not hidden either."""
    alone = {("stock", B): "passed", ("greenroom", B): "passed"}
    others = [{A: "passed", B: "failed"}, {A: "passed", B: "passed"}]
    found = judged(Scripted(tmp_path / "log", [{A: "passed", B: "passed"}], others, alone))
    assert (found.passed, found.failed, [one.id for one in found.unstable]) == (1, 0, [B])
    assert f"UNSTABLE in suite, serial: {B}" in details(found)
    assert table([found]).splitlines()[2].split() == ["suite", "serial", "2", "2", "1", "0", "1", "1.0", "1.0"]


def test_a_lost_test_that_runs_alone_is_different(tmp_path: Path) -> None:
    """That it can be run does not say that it was."""
    alone = {("stock", B): "passed", ("greenroom", B): "passed"}
    bench = Scripted(tmp_path / "log", [{A: "passed", B: "passed"}], [{A: "passed"}], alone)
    assert [one.id for one in judged(bench).different] == [B]


def test_a_side_that_recorded_nothing_fails(tmp_path: Path) -> None:
    """Every test counts as lost, and the end of what was printed is shown."""
    found = judged(Scripted(tmp_path / "log", [{A: "passed"}], [{}]))
    assert found.failed == 2
    assert "greenroom: no test was recorded" in details(found)
    assert "Ran some tests" in details(found)


def test_two_sides_that_recorded_nothing_fail(tmp_path: Path) -> None:
    """Equal emptiness is not parity."""
    assert judged(Scripted(tmp_path / "log", [{}], [{}])).failed > 0


def test_very_many_differences_are_not_run_again(tmp_path: Path) -> None:
    """They are all different, and all of them are named."""
    ids = [f"app.tests.Case.test_{number}" for number in range(TOO_MANY + 1)]
    bench = Scripted(tmp_path / "log", [dict.fromkeys(ids, "passed")], [dict.fromkeys(ids, "error")])
    found = judged(bench)
    assert len(found.different) == TOO_MANY + 1
    assert all(key in details(found) for key in ids)
