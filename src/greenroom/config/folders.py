"""Where greenroom keeps what the checkouts of a user share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from greenroom.config.schema import Config


def cache_folder(config: Config, root: Path) -> Path:
    """Where snapshots of databases and built programs are kept: equal sources make equal ones, whoever asks.

    Args:
        config: of the run.
        root: of the project.
    """
    if config.cache:
        return root / Path(config.cache).expanduser()
    if sys.platform == "darwin":
        usual = Path.home() / "Library" / "Caches"
    else:
        usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return usual / "greenroom"
