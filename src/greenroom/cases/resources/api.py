"""What a resource is."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[[str], str | None]
"""Looks for a resource, once in each process, when the first test that needs it comes up.

It is given what follows the colon of the name (an empty text where nothing does), and returns why the resource is missing, in a
few words, or None where it is there. Raising counts as missing, with the exception as the reason.
"""
