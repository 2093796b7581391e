"""Starts a script or a module as `__main__`, after choosing how multiprocessing starts its processes.

    python parity_launch.py METHOD script.py ARGUMENT…
    python parity_launch.py METHOD -m MODULE ARGUMENT…

`METHOD` is a start method, or `default`. What runs sees what it would have seen without this: `sys.argv`, `sys.path[0]`
and `__main__`, which the children of spawn import again.
"""

from __future__ import annotations

import multiprocessing
import runpy
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Do as the module says."""
    method, *rest = arguments
    if method != "default":
        multiprocessing.set_start_method(method, force=True)
    if rest[0] == "-m":
        sys.path[0] = str(Path.cwd())
        sys.argv = rest[1:]
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    else:
        script = Path(rest[0]).resolve()
        sys.path[0] = str(script.parent)
        sys.argv = [str(script), *rest[1:]]
        runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
