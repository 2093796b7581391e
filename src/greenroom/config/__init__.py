"""The configuration: `[tool.greenroom]`, then `GREENROOM_*` variables, then the command line."""

from greenroom.config.load import RESERVED, Loaded, load
from greenroom.config.schema import Config

__all__ = ["RESERVED", "Config", "Loaded", "load"]
