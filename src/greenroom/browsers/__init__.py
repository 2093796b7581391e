"""Browsers for tests: found, started, driven by Selenium or Playwright, asked for evidence, and taken away."""

from greenroom.browsers.api import NAMES, BrowserError, Evidence, Found, Launch, Library, Session, Wishes
from greenroom.browsers.finding import available, find, first
from greenroom.browsers.matrix import browsers, spread

__all__ = [
    "NAMES",
    "BrowserError",
    "Evidence",
    "Found",
    "Launch",
    "Library",
    "Session",
    "Wishes",
    "available",
    "browsers",
    "find",
    "first",
    "spread",
]
