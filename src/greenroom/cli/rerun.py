"""`greenroom rerun`: the tests of a recorded run again, all or those that failed."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from greenroom.cli.recordings import WHICH, recording
from greenroom.errors import ExitCode, MissingExtraError
from greenroom.reporters.again import Again, again
from greenroom.reporters.recording import read_recording

_HELP = f"""usage: greenroom rerun [RECORDING] [--failed] [options]

Run the tests of a recorded run again, in its order, and with its seed where it was shuffled.

  RECORDING  {WHICH} Defaults to last.
  --failed   Only those that failed or errored, or never came to their end.
  options    Those of `greenroom test`; of pytest, where the run was one of pytest's."""


def run(arguments: Sequence[str]) -> int:
    """Run the tests.

    Returns:
        As `greenroom test`, or as pytest; 0 where no test failed, of which `--failed` is to run again.
    """
    given = list(arguments)
    if {"-h", "--help"} & set(given):
        print(_HELP)
        return ExitCode.OK
    path = recording(given.pop(0) if given and not given[0].startswith("-") else "last")
    failed = "--failed" in given
    given = [argument for argument in given if argument != "--failed"]
    wanted = again(read_recording(path), failed=failed)
    if not wanted.tests:
        return _nothing(path, wanted)
    count = "1 test" if len(wanted.tests) == 1 else f"{len(wanted.tests)} tests"
    print(f"greenroom: {path}: {count} to run{' that failed or did not run' if failed else ''}", file=sys.stderr)
    return _with_pytest(wanted, given) if wanted.front_door == "pytest" else _with_django(wanted, given)


def _nothing(path: Path, wanted: Again) -> int:
    """No test is to run; that is fine only where the whole run was."""
    if wanted.exit_code is None:
        why = "it ends in the middle, before its first test"
    elif wanted.aborted:
        why = f"the run ended before its first test: {wanted.aborted}"
    elif wanted.exit_code:
        why = f"no test failed, and yet the run ended with exit code {wanted.exit_code}"
    else:
        why = "no test failed"
    print(f"greenroom: {path}: {why}. Nothing is to run again.", file=sys.stderr)
    return ExitCode.BROKEN if wanted.exit_code is None else wanted.exit_code


def _with_django(wanted: Again, given: list[str]) -> int:
    from greenroom.cli import test
    from greenroom.cli.django_project import set_up_django

    set_up_django(given)
    from greenroom.cli import rerunner

    rerunner.choose(wanted, test.runner_class(given))
    if wanted.seed is not None and not any(argument.split("=")[0] == "--shuffle" for argument in given):
        given = [f"--shuffle={wanted.seed}", *given]
    kept = [argument for argument in given if argument.split("=")[0] != "--testrunner"]
    return test.run([f"--testrunner={rerunner.__name__}.Rerunner", *kept])


def _with_pytest(wanted: Again, given: list[str]) -> int:
    if importlib.util.find_spec("pytest") is None:
        raise MissingExtraError(
            "the recorded run was one of pytest's, which is not installed", "Install greenroom[pytest]."
        )
    from greenroom.cli.rerun_pytest import chosen

    with chosen(wanted) as more:
        # A process of its own: pytest wants to see modules before they are imported.
        before = signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for pytest, which tells of it.
        try:
            return subprocess.run([sys.executable, "-m", "pytest", *more, *given], check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)
