"""Putting back what a test changed, in the place of `flush`."""

from greenroom.databases.reset.api import Flush, Policy, ResetReport
from greenroom.databases.reset.hook import Resets, install, installed, uninstall

__all__ = ["Flush", "Policy", "ResetReport", "Resets", "install", "installed", "uninstall"]
