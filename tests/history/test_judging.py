"""What the last runs of tests say about them."""

from __future__ import annotations

from greenroom.history.judging import flakiest, slowest, steadiness, trend, typical
from greenroom.model import PastRun


def past(letters: str, *seconds: float) -> list[PastRun]:
    """Runs by letters as `greenroom history` prints them."""
    outcomes = {".": "passed", "F": "failed", "s": "skipped", "~": "passed"}
    times = seconds or (0.1,) * len(letters)
    return [
        PastRun(float(at), outcomes[letter], took, letter == "~")
        for at, (letter, took) in enumerate(zip(letters, times, strict=True))
    ]


def test_steadiness() -> None:
    """What breaks and is mended once is steady."""
    mended, torn, flaky = (steadiness("t", past(letters)) for letters in ("..FF..", ".F.F.s", "..~.."))
    assert (mended.failed, mended.changes, mended.suspect) == (2, 2, False)
    assert (torn.runs, torn.changes, torn.suspect) == (5, 4, True)
    assert (flaky.flaky, flaky.failed, flaky.suspect) == (1, 0, True)


def test_the_flakiest_come_first() -> None:
    """By their share; steady ones are none."""
    known = {"steady": past("......"), "broken": past("...FFF"), "some": past("..~..."), "much": past(".F.F~F")}
    assert [each.test for each in flakiest(known, 10)] == ["much", "some"]
    assert [each.test for each in flakiest(known, 1)] == ["much"]


def test_the_slowest_come_first() -> None:
    """By their median: one slow run is no slow test."""
    known = {"once": past("...", 0.1, 9.0, 0.1), "always": past("...", 1.0, 1.0, 1.0), "never": past("s")}
    assert slowest(known, 2) == [("always", 1.0), ("once", 0.1)]
    assert typical(known["never"]) == 0.0


def test_a_trend() -> None:
    """The newer half as a ratio to the older, where there are runs enough."""
    assert trend(past("......", 1.0, 1.0, 1.0, 3.0, 3.0, 3.0)) == 3.0
    assert trend(past(".....", 1.0, 1.0, 1.0, 3.0, 3.0)) is None
    assert trend(past("......", 0.0, 0.0, 0.0, 3.0, 3.0, 3.0)) is None
