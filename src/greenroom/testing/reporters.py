"""What must hold of every reporter, and a way to see what one reports; for authors of plugins.

Example:
    def test_my_reporter(tmp_path):
        check_reporter(MyReporter, tmp_path)
        assert report_of(MyReporter, sample_run(), tmp_path).out.startswith("...")
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

from greenroom.config.schema import Config
from greenroom.events import Event, RunFinished, RunStarted, TestFinished
from greenroom.hooks.context import ReporterContext, ReporterFactory
from greenroom.reporters.api import Need
from greenroom.testing.sample_run import BEGAN, ROOT, sample_run

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ud800-\udfff]")
"""What no report may hold. (Escape begins a section of a log in GitLab.)"""


@dataclass(frozen=True)
class Report:
    """All that a reporter wrote."""

    out: str
    """To standard output."""
    err: str
    """To standard error."""
    files: Mapping[str, str]
    """By their path below the path that it was given, or below `.greenroom`."""

    @property
    def text(self) -> str:
        """All of it in one."""
        return "\n".join([self.out, self.err, *self.files.values()])


def report_of(
    make: ReporterFactory,
    events: Iterable[Event],
    folder: Path,
    *,
    path: str = "",
    environ: Mapping[str, str] | None = None,
    each: bool = True,
    replay: bool = False,
    **about: Any,
) -> Report:
    """What a reporter makes of a run.

    Args:
        make: a reporter class, or a function that makes one.
        events: the run.
        folder: an empty or new folder that files are written to.
        path: what stands after the colon of `--report NAME:PATH`, below the folder; empty: nothing.
        environ: the environment variables.
        each: whether it is told to write after each event; else only at the end.
        replay: whether it is told that this is a replay.
        about: fields of `ReporterContext`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    out, err = io.StringIO(), io.StringIO()
    context = ReporterContext(
        path=folder / path if path else None,
        out=out,
        err=err,
        root=about.pop("root", Path(ROOT)),
        config=Config(directory=str(folder / "kept")),
        environ=environ or {},
        replay=replay,
        **about,
    )
    reporter = make(context)
    for event in events:
        wants = reporter.wants
        if wants is None or type(event) in wants:
            reporter.handle(event)
        if each:
            reporter.flush()
    reporter.flush()
    reporter.close()
    del reporter
    found = {
        str(file.relative_to(folder)): file.read_bytes().decode()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    return Report(out.getvalue(), err.getvalue(), found)


def check_reporter(make: ReporterFactory, folder: Path, *, path: str = "report") -> None:
    """Assert what must hold of every reporter, on a run with all that a test can come to.

    The report of a recorded stream is that of the live one; it does not depend on when it is written; a run that was
    killed, one that ended before its first test, and one without tests are reported without an exception; a flaky test is
    told apart from one that passed; what it writes is UTF-8 without control characters, unless it is for a terminal, where
    what a test says is shown as unittest shows it.

    Args:
        make: a reporter class, or a function that makes one.
        folder: an empty folder for files.
        path: what stands after the colon of `--report NAME:PATH`.

    Raises:
        AssertionError: naming what does not hold.
    """
    run = sample_run()
    numbers = iter(range(1_000_000))

    def report(events: Iterable[Event], **about: Any) -> Report:
        return report_of(make, events, folder / str(next(numbers)), path=path, **about)

    whole = report(run)
    assert whole.text.strip(), "nothing is reported at all"
    found = None if getattr(make_one(make, folder / "one"), "terminal", False) else _FORBIDDEN.search(whole.text)
    assert not found, f"the report holds {found[0]!r}, which no report may: see greenroom.reporters.output.clean"
    assert report(_recorded(run), replay=True) == whole, "the report of a recorded run is not that of the live one"
    assert report(run, each=False) == whole, "the report depends on when it is written"
    assert report(run).text == whole.text, "the report of the same run differs from one time to the next"
    _check_flaky(report)
    for cut in range(1, len(run)):
        report(run[:cut])
    started = run[0]
    assert isinstance(started, RunStarted)
    report([started, RunFinished(BEGAN, 0.0, 2, 0, aborted="ConfigError: no")])
    report([started, RunFinished(BEGAN, 0.0, 130, 0, interrupted=True)])
    report([started, RunFinished(BEGAN, 0.0, 4, 0)])
    report([])
    _check_attributes(make, folder / "attributes")


def _recorded(run: Iterable[Event]) -> list[Event]:
    """The events as they come back from a file."""
    decoder = msgspec.json.Decoder(Event)
    return [decoder.decode(msgspec.json.encode(event)) for event in run]


def _check_flaky(report: Callable[..., Report]) -> None:
    started = sample_run()[0]
    once = TestFinished(BEGAN, "shop.tests.Case.test_x", 0, 0.5, "passed")
    end = RunFinished(BEGAN + 1, 1.0, 0, 1)
    flaky = msgspec.structs.replace(once, flaky=True, attempts=2), msgspec.structs.replace(end, flaky=1)
    assert report([started, once, end]).text != report([started, *flaky]).text, (
        "a flaky test looks like one that passed"
    )


def make_one(make: ReporterFactory, folder: Path) -> Any:
    """A reporter that writes into a folder."""
    folder.mkdir()
    return make(
        ReporterContext(
            path=folder / "report", out=io.StringIO(), err=io.StringIO(), root=Path(ROOT), config=Config(), environ={}
        )
    )


def _check_attributes(make: ReporterFactory, folder: Path) -> None:
    reporter = make_one(make, folder)
    unknown = set(getattr(reporter, "needs", ())) - set(get_args(Need))
    assert not unknown, f"needs {', '.join(sorted(unknown))}, which is none of {', '.join(get_args(Need))}"
    known = set(get_args(Event))
    assert reporter.wants is None or reporter.wants <= known, "wants what is no event"
    reporter.close()
