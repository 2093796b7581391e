"""What becomes of tests between their loading and their run: classes get what they ask for, and some are not chosen."""

from __future__ import annotations

import unittest
from typing import Any

from greenroom.cases.choosing import chosen
from greenroom.cases.fitting import fit
from greenroom.cases.resources.needs import mark
from greenroom.cases.resources.registry import check_required
from greenroom.collect.suites import iter_test_cases
from greenroom.config.schema import Config


def take_up(suite: Any, config: Config) -> Any:
    """Take up the tests of a label.

    Args:
        suite: as it was loaded.
        config: of the run.

    Returns:
        The same suite, or one of the tests that were chosen.

    Raises:
        UnknownResourceError: a test, or the configuration, names a resource that does not exist.
    """
    check_required(config.require)
    loaded = list(iter_test_cases(suite))
    tests = chosen(loaded, config)
    # What does not run needs nothing, and so nothing is loaded for it.
    for cls in dict.fromkeys(map(type, tests)):
        fit(cls)
        mark(cls)
    return suite if len(tests) == len(loaded) else unittest.TestSuite(tests)
