"""The process around a run that is measured: it starts the run, and puts together what all processes have measured.

It stands outside, so that whatever becomes of the run, what was measured until then is reported.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from coverage import Coverage
from coverage.exceptions import CoverageException

from greenroom.errors import ExitCode
from greenroom.measuring.again import FRESH, MEASURED
from greenroom.measuring.child import run
from greenroom.measuring.orphans import adopt_orphans, outlast_orphans
from greenroom.measuring.plugin import BEGAN
from greenroom.measuring.results import combine, report
from greenroom.measuring.wish import Wish

_GRACE = 3.0
"""Seconds that processes may take to end after the run."""
_MONITORS, _MONITORS_BRANCHES = (3, 12), (3, 14)
"""From which Python on there is `sys.monitoring`, and coverage.py takes branches from it."""
_PROCESS_CONFIG = "COVERAGE_PROCESS_CONFIG"
"""What coverage.py looks for when Python starts."""


def main() -> None:
    """Carry out the wish that stands on the command line, and end with the exit code of the whole."""
    wish = msgspec.json.decode(sys.argv[1], type=Wish)
    folder = Path(tempfile.mkdtemp(prefix="greenroom-coverage-"))
    try:
        code = _carry_out(wish, folder)
    except CoverageException as error:
        print(f"greenroom: coverage: {error}", file=sys.stderr)
        code = ExitCode.USAGE
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def _carry_out(wish: Wish, folder: Path) -> int:
    data, news = folder / "data", folder / "news"
    data.mkdir()
    news.mkdir()
    environment = {
        **os.environ,
        MEASURED: str(news),
        FRESH: "true",
        "COVERAGE_RUN": "true",
        _PROCESS_CONFIG: process_config(data, contexts=wish.contexts),
    }
    adopt_orphans()
    code = run(wish.command, environment)
    outlast_orphans(_GRACE)
    if not (news / BEGAN).exists():
        # No test was reached: what an earlier run has measured stays.
        return code
    if not combine(data):
        return code or ExitCode.FAILED
    covered = report(wish)
    return code or covered


def process_config(data: Path, *, contexts: bool) -> str:
    """The project's configuration of coverage.py, as each process of the run is to have it.

    Args:
        data: the folder that each process writes a file of its own to.
        contexts: whether tests are told apart.

    Raises:
        CoverageException: the configuration can't be read.
    """
    config = Coverage().config
    # `coverage combine` goes by the name.
    config.data_file = str(data / Path(config.data_file).name)
    config.parallel = True
    # Processes may end by os._exit(), as forked ones do, by exec, or by a signal.
    config.patch = sorted({*config.patch, "_exit", "execv", "fork"} - {"subprocess"})
    config.sigterm = True
    # The patches do what this would do, for all processes.
    config.concurrency = [name for name in config.concurrency if name != "multiprocessing"]
    if contexts:
        # The tests' names are told by greenroom then.
        config.dynamic_context = None
    elif config.core is None and _may_monitor(config):
        config.core = "sysmon"
    return config.serialize()


def _may_monitor(config: Any) -> bool:
    """Whether coverage.py can use `sys.monitoring`, which costs a fraction of tracing, for all that is configured."""
    least = _MONITORS_BRANCHES if config.branch else _MONITORS
    return (
        sys.version_info >= least
        and not config.timid
        and not config.plugins
        and config.dynamic_context in {None, "none"}
        and set(config.concurrency) <= {"thread"}
    )
