"""Which reporters a run gets: those asked for, those of plugins, and one at the terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from greenroom.config.schema import Config
from greenroom.errors import ExitCode
from greenroom.events import RunFinished, TestPlanned
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.api import BaseReporter, Reporter
from greenroom.reporters.choosing import Reporting, open_reporting, paths_from_here
from greenroom.testing import sample_run

PLUGIN = """
from greenroom.reporters.api import BaseReporter

HEARD = []

class Listener(BaseReporter):
    needs = frozenset({"queries"})
    def handle(self, event):
        HEARD.append(event)
        if event.__class__.__name__ == "TestFinished" and FAIL:
            raise ValueError("no")

class Dots(BaseReporter):
    terminal = True
    def __init__(self, context):
        HEARD.append("made")

FAIL = False

def greenroom_listener(context):
    return Listener()

def greenroom_reporters():
    return {"dots": Dots}
"""


class Terminal(BaseReporter):
    """What stands at the terminal by default."""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Reporting]]:
    """Makes the reporting of a run in a project with a plugin."""
    (tmp_path / "greenroom_plugins.py").write_text(PLUGIN)

    def make(*report: str, replay: bool = False, plugins: tuple[str, ...] = ()) -> Reporting:
        config = Config(report=report, plugins=plugins)

        def context() -> ReporterContext:
            return ReporterContext(
                path=None, out=io.StringIO(), err=io.StringIO(), root=tmp_path, config=config, environ={}, replay=replay
            )

        return open_reporting(config, tmp_path, context, Terminal)

    yield make
    sys.modules.pop("greenroom_plugins", None)


def tell(reporters: list[Reporter]) -> None:
    """Tell of a run."""
    for event in sample_run():
        for reporter in reporters:
            if reporter.wants is None or type(event) in reporter.wants:
                reporter.handle(event)
            reporter.flush()
    for reporter in reporters:
        reporter.close()


def test_a_listener_is_told_without_being_asked_for(make: Callable[..., Reporting]) -> None:
    """Of each event; what it needs is asked for."""
    reporting = make()
    assert isinstance(reporting.reporters[0], Terminal)
    assert reporting.needs == {"queries"}
    assert reporting.wants(TestPlanned)
    tell(reporting.reporters)
    assert list(sample_run()) == sys.modules["greenroom_plugins"].HEARD
    assert reporting.end(None, ExitCode.OK) is ExitCode.OK


def test_a_listener_is_not_told_of_a_replay(make: Callable[..., Reporting]) -> None:
    """What was told once is not told again."""
    tell(make(replay=True).reporters)
    assert sys.modules["greenroom_plugins"].HEARD == []


def test_a_listener_that_raises(make: Callable[..., Reporting], capsys: pytest.CaptureFixture[str]) -> None:
    """Its plugin is named, and the exit code says so."""
    reporting = make()
    vars(sys.modules["greenroom_plugins"])["FAIL"] = True
    tell(reporting.reporters)
    assert (
        "the report of the plugin greenroom_plugins is incomplete: its reporter raised ValueError: no"
        in capsys.readouterr().err
    )
    assert reporting.end(None, ExitCode.OK) is ExitCode.PLUGIN_FAILED
    assert reporting.end(None, ExitCode.FAILED) is ExitCode.FAILED


def test_a_plugin_can_replace_a_reporter(make: Callable[..., Reporting]) -> None:
    """Of two by one name, the plugin's goes before greenroom's; it stands at the terminal, and nobody else does."""
    reporting = make("dots", plugins=())
    assert sys.modules["greenroom_plugins"].HEARD == ["made"]
    assert not any(isinstance(reporter, Terminal) for reporter in reporting.reporters)


def test_the_same_twice_is_one(make: Callable[..., Reporting], tmp_path: Path) -> None:
    """Two with different paths are two."""
    tell(make("tap:a", "tap:a", "tap:b").reporters)
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text()


def test_without_any_there_is_the_terminal_alone(tmp_path: Path) -> None:
    """And nothing else is loaded."""
    reporting = open_reporting(Config(), tmp_path, lambda: pytest.fail("no context is needed"), Terminal)
    assert [type(reporter) for reporter in reporting.reporters] == [Terminal]
    assert reporting.plugins is None or reporting.sources is not None
    assert reporting.end(RunFinished(1.0, 1.0, 0, 1), ExitCode.OK) is ExitCode.OK


def test_paths_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are from where one is."""
    monkeypatch.chdir(tmp_path)
    assert paths_from_here(["junit:x.xml", "tap", "json:/abs/e.jsonl"]) == [
        f"junit:{tmp_path}/x.xml",
        "tap",
        "json:/abs/e.jsonl",
    ]
    assert paths_from_here(None) is None
