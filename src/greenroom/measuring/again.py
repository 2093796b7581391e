"""Begins a run again under coverage.py.

When Django comes to its runner, settings, apps and models are imported already: what was not measured from the first
line of the process is not measured at all. So the process gives way to one that starts the same command under coverage.py.
"""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

import msgspec

import greenroom
from greenroom.config.schema import Config
from greenroom.errors import ConfigError
from greenroom.measuring.wish import wish_of

MEASURED = "GREENROOM_MEASURED"
"""Tells the process that is measured that it is. It holds the folder for what processes have to say of the run."""
FRESH = "GREENROOM_FRESH_DB"
"""Migrations run, whatever snapshots there are: how much is covered must not depend on what ran before."""
PLUGIN = "greenroom.measuring.plugin"
"""What keeps what is measured safe, and knows the tests."""

_LAUNCH = "import sys; sys.path.append(sys.argv[2]); from greenroom.measuring.launch import main; main()"


def measured(config: Config, root: Path, *, verbosity: int) -> Config:
    """See to it that this process is measured, at the very beginning of a run.

    Args:
        config: of the run, with `coverage` on.
        root: of the project.
        verbosity: 0 to 3.

    Returns:
        The configuration for the rest of the run. Where this process is not measured yet, it does not return: the same
        command is begun again.

    Raises:
        GreenroomError: it can't be measured.
    """
    folder = os.environ.pop(MEASURED, "")
    if folder:
        os.environ.pop(FRESH, None)
        return _settled(config, folder)
    wish = wish_of(config, _command(), root, table=verbosity > 0)
    from coverage import Coverage

    if Coverage.current() is not None:
        print("greenroom: this run is measured already, which --coverage leaves as it is", file=sys.stderr)
        return msgspec.structs.replace(config, coverage=False)
    _give_way([sys.executable, "-c", _LAUNCH, msgspec.json.encode(wish).decode(), _import_folder()])
    raise AssertionError  # pragma: no cover - exec does not return


def _settled(config: Config, folder: str) -> Config:
    from coverage import Coverage

    from greenroom.measuring import plugin

    if Coverage.current() is None:
        raise ConfigError(
            "coverage.py was not started with Python: its a1_coverage.pth is not read in this environment",
            "Install coverage where Django is installed, and start Python without -S and -I.",
        )
    os.environ[plugin.FOLDER] = folder
    return msgspec.structs.replace(config, plugins=(*config.plugins, PLUGIN))


def _import_folder() -> str:
    """Where greenroom is imported from, for a process whose path may not have it."""
    return str(Path(greenroom.__file__).resolve().parents[1])


def _command() -> list[str]:
    """The command line of this process.

    Raises:
        ConfigError: it has none that could be given again.
    """
    main = sys.modules.get("__main__")
    given = sys.orig_argv
    if getattr(main, "__file__", None) is None and "-c" not in given:
        raise ConfigError("--coverage begins the run again, which an interactive Python can't", "Use manage.py test.")
    return [sys.executable, *given[1:]]


def _give_way(command: list[str]) -> None:
    """Replace this process. What its code wants done at the end of a process is done."""
    atexit._run_exitfuncs()  # noqa: SLF001 - exec leaves no other chance
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], command)  # noqa: S606 - there is no shell to want
