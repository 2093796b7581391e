"""The `greenroom` command: one module per subcommand."""

from greenroom.cli.main import main

__all__ = ["main"]
