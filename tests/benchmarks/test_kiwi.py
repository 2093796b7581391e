"""The benchmark of reports to Kiwi TCMS, with a real server at the smallest size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.catalog import kiwi
from benchmarks.measure import adopting_orphans
from benchmarks.model import ContenderFailed, Series
from benchmarks.processes import supported
from benchmarks.reported import orphans, own_figures, to_the_end, working_project
from benchmarks.session import Session
from benchmarks.toolbox import Toolbox

linux = pytest.mark.skipif(not supported(), reason="reads Linux's /proc")


def test_targets_take_their_figures_from_the_results() -> None:
    """Requests are counted, own times are compared; what was not measured is not claimed."""
    results = {
        kiwi.PLAIN: Series({0: {"own": 10.0}}),
        kiwi.NEW: Series({0: {"own": 10.1, "requests": 100}}),
        kiwi.KNOWN: Series({0: {"own": 10.3, "requests": 49}}),
    }

    verdicts = [target.verdict for target in kiwi.targets(results, 2_000)]

    assert verdicts == ["missed", "met", "met", "missed", *["not measured"] * 3]


def test_a_process_tells_of_itself(tmp_path: Path) -> None:
    """The time in which no processor was free is no time of its own; a run that tells nothing has no figures."""
    project = working_project(tmp_path, 1)
    assert project.tests == 100
    (tmp_path / "figures.json").write_text('{"cpu": 2.0, "waited": 1.5}')

    assert own_figures(project, 4.0) == {"wall": 4.0, "own": 2.5, "cpu": 2.0}
    with pytest.raises(ContenderFailed, match="no figures"):
        own_figures(project, 4.0)


@linux
def test_what_is_left_behind_is_found_and_waited_for() -> None:
    """By the module that it runs."""
    left = "import subprocess, sys; subprocess.Popen([sys.executable, '-m', 'timeit', '-n1', '-r1', 'import time; time.sleep(0.2)'])"
    with adopting_orphans():
        subprocess.run([sys.executable, "-c", left], check=True, start_new_session=True, stdout=subprocess.DEVNULL)
        (pid,) = orphans("timeit")
        assert orphans("of.nobody") == []
        cpu, waited = to_the_end(pid)
    assert cpu > 0
    assert waited > 0


@linux
@pytest.mark.one_pair
def test_a_whole_benchmark(tmp_path: Path) -> None:
    """All of them run, all results are accounted for, and those that were awaited have their requests counted."""
    toolbox = Toolbox(Path(sys.executable), {})
    session = Session(toolbox, tmp_path, rounds=1, quick=True, scale=0.05, say=lambda _: None)

    report = kiwi.run(session)

    assert report.failures == ()
    (results,) = report.results.values()
    assert list(results) == [kiwi.PLAIN, *kiwi.REPORTED]
    assert all(series.samples[0]["own"] > 0 for series in results.values())
    counted = [name for name, series in results.items() if "requests" in series.samples[0]]
    assert counted == [kiwi.NEW, kiwi.KNOWN]
    assert "not measured" not in [target.verdict for target in report.targets]
