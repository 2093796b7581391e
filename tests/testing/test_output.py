"""unittest's report taken apart and made comparable."""

from __future__ import annotations

from greenroom.testing import differences, masked, parse_report, section_differences, unordered
from greenroom.testing.output import GREENROOM_LINE, THICK, THIN, without_clones

REPORT = f"""\
Creating test database for alias 'default'...
.F.Eu
{THICK}
ERROR: test_b (m.C.test_b)
The docstring.
{THIN}
Traceback (most recent call last):
  File "m.py", line 3, in test_b
ValueError: <object at 0x7f0011>

{THICK}
FAIL: test_a (m.C.test_a) (n=1)
{THIN}
AssertionError

{THICK}
UNEXPECTED SUCCESS: test_u (m.C.test_u)
{THIN}
Ran 5 tests in 0.012s

FAILED (failures=1, errors=1, expected failures=2, unexpected successes=1)
Destroying test database for alias 'default'...
"""


def test_a_report_is_taken_apart() -> None:
    """Progress, sections, summary and what follows are told from each other."""
    report = parse_report(REPORT)
    assert report.progress == "Creating test database for alias 'default'...\n.F.Eu\n"
    assert [(section.flavour, section.title) for section in report.sections] == [
        ("ERROR", "test_b (m.C.test_b)"),
        ("FAIL", "test_a (m.C.test_a) (n=1)"),
        ("UNEXPECTED SUCCESS", "test_u (m.C.test_u)"),
    ]
    assert report.sections[0].body.startswith(f"The docstring.\n{THIN}\nTraceback")
    assert report.ran == 5
    assert report.counts == {"failures": 1, "errors": 1, "expected failures": 2, "unexpected successes": 1}
    assert report.rest.strip() == "Destroying test database for alias 'default'..."
    assert [section.flavour for section in report.of("m.C.test_a")] == ["FAIL"]


def test_what_is_not_there_is_empty() -> None:
    """Output without a report gives an empty report, not an error."""
    report = parse_report("usage: manage.py test\n")
    assert (report.sections, report.ran, report.verdict) == ((), -1, "")
    assert report.progress == "usage: manage.py test\n"


def test_masks() -> None:
    """Times, addresses, savepoints and greenroom's own line do not count as differences."""
    text = (
        'Ran 5 tests in 0.012s\n(0.001) SAVEPOINT "s140_x1"; at 0x7f00\n0.350s     test_three (x)\n'
        "greenroom: 5 tests, 1 failure, 0 errors, 2 skipped in 1.23 s (2 workers, seed 123)\n"
    )
    assert masked(text) == (
        'Ran 5 tests in <seconds> \n(<seconds>) SAVEPOINT "<savepoint>"; at 0x<address>\n<seconds> test_three (x)\n'
    )


def test_the_line_of_greenroom() -> None:
    """The last line is known in each of its forms, and only there."""
    for line in (
        "greenroom: 12 tests, 1 failure, 0 errors, 2 skipped in 1.23 s",
        "greenroom: 1 test, 0 failures, 1 error, 0 skipped in 61.2 s (2 workers)",
        "greenroom: 12 tests, 1 failure, 0 errors, 2 skipped, 3 not run in 1.23 s (2 workers, seed 5)",
    ):
        assert GREENROOM_LINE.search(f"{line}\n"), line
    assert not GREENROOM_LINE.search("greenroom: the history could not be read")


def test_clones_are_left_out() -> None:
    """Lines about copied databases go; the one about the end of the database itself stays, once."""
    text = (
        "Creating test database for alias 'default'...\nCloning test database for alias 'default'...\n"
        "Destroying test database for alias 'default'...\nDestroying test database for alias 'default'...\n"
    )
    assert without_clones(text) == (
        "Creating test database for alias 'default'...\nDestroying test database for alias 'default'...\n"
    )


def test_order_does_not_show() -> None:
    """Two reports that differ in the order of tests alone are the same unordered, and others are not."""
    report = parse_report(REPORT)
    first, second, third = (f"{THICK}\n{section}" for section in report.sections)
    swapped = REPORT.replace(".F.Eu", "uE..F").replace(first + second + third, third + second + first)
    swapped = swapped.replace("0.012s", "1.234s")
    assert [section.flavour for section in parse_report(swapped).sections] == ["UNEXPECTED SUCCESS", "FAIL", "ERROR"]
    assert unordered(swapped) == unordered(REPORT)
    assert unordered(REPORT.replace("ValueError", "TypeError")) != unordered(REPORT)
    assert unordered(REPORT.replace(".F.Eu", ".F.Es")) != unordered(REPORT)


def test_differences_are_a_diff() -> None:
    """What differs is shown as a diff from stock to greenroom."""
    assert differences("a\nb\n", "a\nb\n") == ""
    assert "-c" in differences("a\nb\n", "a\nc\n")
    assert "+++ greenroom output" in differences("a\nb\n", "a\nc\n")


def test_sections_can_be_ignored() -> None:
    """Sections of tests whose text may differ are left out of a comparison."""
    ours, stocks = parse_report(REPORT), parse_report(REPORT.replace("ValueError", "TypeError"))
    assert section_differences(ours, stocks)
    assert not section_differences(ours, stocks, ignore=["m.C.test_b"])
