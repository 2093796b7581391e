"""What is kept of a run for later ones: its recording, and what the history knows of its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from greenroom.collect.outline import outline
from greenroom.collect.specs import describe_tests
from greenroom.config.schema import Config
from greenroom.events import (
    ChecksFinished,
    GroupFinished,
    RunFinished,
    RunStarted,
    TestFinished,
    TestPlanned,
    TestsNotRun,
)
from greenroom.execute.api import name_and_doc
from greenroom.history import History, HistoryRecorder, make_folder, open_history, run_row
from greenroom.reporters.api import nothing_to_write, unneeded
from greenroom.reporters.recording import Recording
from greenroom.reporters.runs import FOLDER, RunRecording
from greenroom.session.options import RunOptions

if TYPE_CHECKING:
    from pathlib import Path

    from greenroom.hooks.context import Past
    from greenroom.session.dispatcher import Dispatcher

_MEGABYTE = 1_000_000


class Keeping:
    """Records a run, and adds it to the history.

    Args:
        options: of the run.
        dispatcher: tells of it.
        warn: is given one line for whatever can't be kept.

    Raises:
        GreenroomError: the file of `--events` can't be written.
    """

    def __init__(self, options: RunOptions, dispatcher: Dispatcher, warn: Callable[[str], None]) -> None:
        self._config = options.config
        self._folder = options.root / options.config.directory
        self._dispatcher = dispatcher
        self._warn = warn
        self._history: History | None = None
        self._listener: _HistoryListener | None = None
        self._recordings: list[Recording | RunRecording] = []
        self._runs: RunRecording | None = None
        if options.config.events:
            self._recordings.append(Recording(options.root / options.config.events))
        if (runs := run_recording(options.config, options.root)) is not None:
            self._runs = runs
            self._recordings.append(runs)
        for recording in self._recordings:
            dispatcher.listen(recording)

    @property
    def history(self) -> History | None:
        """What earlier runs took; None when it is not kept."""
        if self._history is None and self._config.history:
            self._history = open_history(self._folder, self._warn)
        return self._history

    def plan(
        self, tests: Sequence[Any], ids: Sequence[str], bins: Sequence[type], limits: dict[int, float], *, wanted: bool
    ) -> None:  # fmt: skip
        """The tests of the run are known.

        Args:
            tests: in Django's order.
            ids: theirs.
            bins: the classes of `DiscoverRunner.reorder_by`.
            limits: seconds that tests grant themselves, by index.
            wanted: whether a reporter wants to be told of each.
        """
        if wanted or self._config.events:
            for spec in describe_tests(tests, ids, bins, places=True, limits=limits):
                self._dispatcher.emit(TestPlanned(spec, *name_and_doc(tests[spec.index], spec.id)))
        elif self._runs is not None:
            self._runs.plan(outline(tests, ids, bins, limits), ids)

    def follow(self) -> None:
        """Take note of what tests take from now on."""
        if self._config.history:
            self._listener = _HistoryListener()
            self._dispatcher.listen(self._listener)

    def close(self, ids: Sequence[str], started: RunStarted | None, end: RunFinished | None) -> None:
        """The run is over.

        Args:
            ids: of its tests.
            started: how it began.
            end: how it ended; None where it was broken off.
        """
        dispatcher = self._dispatcher
        dispatcher.flush()
        for recording in self._recordings:
            recording.close()
            if recording.trouble:
                self._warn(recording.trouble)
        if self._listener is not None and self.history is not None:
            passed = ((index, ids[index], dispatcher.finished[index]) for index in dispatcher.quietly)
            run = run_row(started.at, end) if started is not None else None
            self._listener.recorder.flush(self.history, passed, run)


def past_of(config: Config, root: Path, warn: Callable[[str], None]) -> Past | None:
    """What earlier runs say about tests; None where no history is kept."""
    return open_history(root / config.directory, warn).past if config.history else None


def run_recording(config: Config, root: Path) -> RunRecording | None:
    """What records a run in the project's own folder; None where no recordings are kept."""
    if not config.keep_runs:
        return None
    folder = root / config.directory
    with suppress(OSError):  # The recording will say so.
        make_folder(folder)
    return RunRecording(folder / FOLDER, config.keep_runs, config.keep_runs_size * _MEGABYTE)


class _HistoryListener:
    """Lets the history's recorder listen to a run."""

    def __init__(self) -> None:
        self.wants: frozenset[type] | None = frozenset({TestFinished, GroupFinished, ChecksFinished, TestsNotRun})
        self.recorder = HistoryRecorder()
        self.handle: Callable[[Any], None] = self.recorder.handle
        self.quick_pass = unneeded
        # The history is written at the end.
        self.flush: Callable[[], None] = nothing_to_write

    def close(self) -> None:
        """The history is written at the end."""
