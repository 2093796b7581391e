"""What stands for a test of pytest's where greenroom knows test cases of unittest's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from greenroom.pytest_engine.uses import databases_of


class Subject:
    """A test function, with what servers and browsers ask of a test case.

    Its attributes are those that `BrowserTestCase` documents: marks set them.

    Args:
        request: of a fixture of the test.
    """

    databases: Any = ()

    def __init__(self, request: Any) -> None:
        self._request = request
        self._testMethodName = ""

    def addCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Have something done when the test is over, the last one first."""
        self._request.addfinalizer(lambda: function(*args, **kwargs))

    def id(self) -> str:
        """The name that pytest has for the test."""
        return str(self._request.node.nodeid)


SUBJECT = pytest.StashKey[Subject]()
"""On a test that uses a server or a browser."""


def subject_of(request: Any, **attributes: Any) -> Any:
    """What stands for the test of a fixture: one for each test.

    Args:
        request: of the fixture, whose end is the end of what is added as a cleanup.
        attributes: of the stand-in.
    """
    item = request.node
    subject = item.stash.get(SUBJECT, None)
    if subject is None:
        # A class of its own: which databases a test may use is asked of its class.
        own = type("Subject", (Subject,), {"databases": set(databases_of(item))})
        subject = item.stash[SUBJECT] = own(request)
    subject._request = request  # noqa: SLF001 - ours
    vars(subject).update(attributes)
    return subject
