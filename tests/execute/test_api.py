"""How tests call themselves."""

from __future__ import annotations

import unittest

import pytest

from greenroom.execute.api import default_name, name_and_doc


class Usual(unittest.TestCase):
    def test_a(self) -> None:
        """
        The first line.

        And more.
        """

    def test_b(self) -> None: ...


setattr(Usual, "test_with_1.5", Usual.test_b)


class Named(Usual):
    def __str__(self) -> str:
        return "a name of its own"


class Described(Usual):
    def shortDescription(self) -> str:  # noqa: N802 - unittest's name
        return "a text of its own"


class Failing(Usual):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("test", "name", "doc"),
    [
        (Usual("test_a"), "", "The first line."),
        (Usual("test_b"), "", ""),
        (Usual("test_with_1.5"), f"test_with_1.5 ({__name__}.Usual.test_with_1.5)", ""),
        (Named("test_a"), "a name of its own", "The first line."),
        (Described("test_b"), "", "a text of its own"),
        (Failing("test_a"), "", ""),
    ],
)
def test_names(test: unittest.TestCase, name: str, doc: str) -> None:
    """A name is told where it does not follow from the id; nothing that a test raises gets out."""
    assert name_and_doc(test, test.id()) == (name, doc)
    if not name and type(test) is not Failing:
        assert default_name(test.id()) == str(test)
