"""The tests in a suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django.test.utils


def iter_test_cases(suite: Any) -> Iterator[Any]:
    """The tests of a suite, however nested, in order; Django's own function, which its stubs do not know."""
    tests: Iterator[Any] = vars(django.test.utils)["iter_test_cases"](suite)
    return tests
