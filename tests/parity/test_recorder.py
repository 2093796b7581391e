"""The recorder says of each test the worst that the result class was told of it."""

from __future__ import annotations

import io
import unittest
from typing import TYPE_CHECKING

import pytest

from parity.recorder import RecordingResult
from parity.recording import Recording, read_stock

if TYPE_CHECKING:
    from pathlib import Path


class Everything(unittest.TestCase):
    """One test for each way to end. Not for pytest to collect, as the next ones."""

    __test__ = False

    def test_passed(self) -> None:
        """It says nothing."""

    def test_failed(self) -> None:
        """It fails."""
        self.fail("boom")

    def test_error(self) -> None:
        """It raises."""
        raise ValueError

    def test_skipped(self) -> None:
        """It skips itself."""
        self.skipTest("why")

    @unittest.expectedFailure
    def test_expected_failure(self) -> None:
        """It fails as it should."""
        self.fail("as known")

    @unittest.expectedFailure
    def test_unexpected_success(self) -> None:
        """It should have failed."""

    def test_subtests(self) -> None:
        """Of a failure, an error and a skip the error counts."""
        with self.subTest(n=1):
            self.assertEqual(1, 2)
        with self.subTest(n=2):
            int("two")
        with self.subTest(n=3):
            self.skipTest("why")


class NoClass(unittest.TestCase):
    """A class whose fixture fails."""

    __test__ = False

    @classmethod
    def setUpClass(cls) -> None:
        """Fails."""
        raise ValueError

    def test_never(self) -> None:
        """Is never started."""


class SkippedClass(unittest.TestCase):
    """A class whose fixture skips."""

    __test__ = False

    @classmethod
    def setUpClass(cls) -> None:
        """Skips."""
        raise unittest.SkipTest("all of it")

    def test_never(self) -> None:
        """Is never started."""


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """What the recorder writes of a run of all of the above."""
    file = tmp_path / "record.jsonl"
    monkeypatch.setenv("PARITY_RECORD", str(file))
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    suite = unittest.TestSuite([load(Everything), load(NoClass), load(SkippedClass)])
    unittest.TextTestRunner(io.StringIO(), resultclass=RecordingResult).run(suite)
    return read_stock(file)


def test_outcomes(recorded: Recording) -> None:
    """Each test ends in what its name says."""
    outcomes = {one.id.rpartition(".")[2]: one.outcome for one in recorded.results if not one.fixture}
    assert outcomes.pop("test_subtests") == "error"
    assert outcomes == {name: name.removeprefix("test_") for name in outcomes}
    assert len(outcomes) == 6


def test_fixtures(recorded: Recording) -> None:
    """Fixtures go by unittest's name for them; their tests were not run and are not there."""
    fixtures = {one.id: one.outcome for one in recorded.results if one.fixture}
    assert fixtures == {
        f"setUpClass ({__name__}.NoClass)": "error",
        f"setUpClass ({__name__}.SkippedClass)": "skipped",
    }


def test_the_end_is_recorded(recorded: Recording) -> None:
    """With the number of tests that unittest counted."""
    assert recorded.ran == recorded.tests == 7


def test_texts(recorded: Recording) -> None:
    """Tracebacks and reasons are kept for the report."""
    texts = {one.id.rpartition(".")[2]: one.text for one in recorded.results}
    assert "AssertionError: boom" in texts["test_failed"]
    assert texts["test_skipped"] == "why"
