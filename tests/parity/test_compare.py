"""The comparison must find what differs, and must not take nothing for equality."""

from __future__ import annotations

from parity.compare import Seen, compare, faults_of_process, verdict
from parity.recording import Recording, Result


def recording(*results: Result, ran: int | None = -1) -> Recording:
    """A recording with these results, whose runner counts them as they are unless told otherwise."""
    tests = sum(not result.fixture for result in results)
    return Recording(results, tests if ran == -1 else ran)


A = Result("app.tests.Case.test_a", "passed")
B = Result("app.tests.Case.test_b", "skipped", "not today")
BROKEN_SET_UP = Result("setUpClass (app.tests.Case)", "error", "Traceback", fixture=True)


def test_equal_recordings_are_equal_in_any_order() -> None:
    """Parallel runs end in any order; only what was said of each test counts."""
    found = compare(recording(A, B), recording(B, A))
    assert (found.equal, found.differences, found.faults) == (2, (), ())


def test_a_changed_outcome_is_found_with_both_texts() -> None:
    """The two outcomes and what each side said are what one needs to begin with."""
    found = compare(recording(A, B), recording(A, Result(B.id, "error", "boom")))
    [one] = found.differences
    assert (one.id, one.stock, one.other) == (B.id, ("skipped",), ("error",))
    assert (one.stock_text, one.other_text) == ("not today", "boom")
    assert found.equal == 1


def test_a_lost_test_is_found() -> None:
    """A test that was not run must not pass for one that had nothing to say."""
    [one] = compare(recording(A, B), recording(A)).differences
    assert (one.id, one.stock, one.other) == (B.id, ("skipped",), ())


def test_an_extra_test_is_found() -> None:
    """So is one that stock doesn't have."""
    [one] = compare(recording(A), recording(A, B)).differences
    assert (one.stock, one.other) == ((), ("skipped",))


def test_a_test_that_ran_twice_is_found() -> None:
    """Ids need not be unique, so their number counts as well."""
    found = compare(recording(A, B), recording(A, A, B))
    [one] = found.differences
    assert (one.stock, one.other, one.weight) == (("passed",), ("passed", "passed"), 1)
    assert found.equal == 2


def test_two_tests_of_one_id_with_one_changed_outcome() -> None:
    """Of two results under one id the one that is the same still counts as the same."""
    twin = Result(A.id, "failed")
    found = compare(recording(A, twin), recording(A, A))
    [one] = found.differences
    assert (one.stock, one.other, one.weight, found.equal) == (("failed", "passed"), ("passed", "passed"), 1, 1)


def test_a_lost_fixture_error_is_found() -> None:
    """A class fixture that failed under stock has failed, though no test of its class ran."""
    found = compare(recording(A, BROKEN_SET_UP), recording(A))
    assert [one.id for one in found.differences] == [BROKEN_SET_UP.id]


def test_two_empty_recordings_are_no_evidence() -> None:
    """Nothing equals nothing: a run that could not even start must not count as parity."""
    faults = compare(recording(), recording()).faults
    assert faults == ("stock: no test was recorded", "greenroom: no test was recorded")


def test_fixtures_alone_are_no_evidence() -> None:
    """A recording of fixture errors has no test in it."""
    assert "stock: no test was recorded" in compare(recording(BROKEN_SET_UP), recording(BROKEN_SET_UP)).faults


def test_recordings_that_broke_off_are_faults_even_when_equal() -> None:
    """What comes after the break is not known on either side."""
    faults = compare(recording(A, ran=None), recording(A, ran=None)).faults
    assert faults == ("stock: the run broke off before its end", "greenroom: the run broke off before its end")


def test_a_count_that_is_not_what_was_recorded_is_a_fault() -> None:
    """The runner's own count is a second witness to the recording's completeness."""
    faults = compare(recording(A, B), recording(A, B, ran=3)).faults
    assert faults == ("greenroom: says that it ran 3 tests, and recorded 2",)


def test_a_fixture_without_name_takes_the_name_of_its_class_fixture() -> None:
    """Django's parallel runs lose the name; the class and the outcome still have to agree."""
    nameless = Result("? (app.tests.Case)", "error", "Traceback", fixture=True)
    assert not compare(recording(A, nameless), recording(A, BROKEN_SET_UP)).differences
    module = Result("setUpModule (app.tests)", "error", fixture=True)
    assert not compare(recording(A, nameless), recording(A, module)).differences


def test_a_fixture_without_name_does_not_match_everything() -> None:
    """Neither another class's fixture, nor another outcome, nor one fixture for two, nor no fixture at all."""
    nameless = Result("? (app.tests.Case)", "error", fixture=True)
    other_class = Result("setUpClass (app.tests.CaseTwo)", "error", fixture=True)
    skipped = Result(BROKEN_SET_UP.id, "skipped", fixture=True)
    assert len(compare(recording(A, nameless), recording(A, other_class)).differences) == 2
    assert len(compare(recording(A, nameless), recording(A, skipped)).differences) == 2
    assert len(compare(recording(A, nameless, nameless), recording(A, BROKEN_SET_UP)).differences) == 1
    assert len(compare(recording(A, nameless), recording(A)).differences) == 1


def test_the_process_has_to_say_what_its_recording_says() -> None:
    """An exit code of 0 over a failed test, or another count on the terminal, is a fault of its own."""
    failed = recording(A, Result(B.id, "failed"))
    assert not faults_of_process("greenroom", failed, 1, 2)
    assert faults_of_process("greenroom", failed, 0, 2)
    assert faults_of_process("greenroom", failed, 1, None)
    assert faults_of_process("greenroom", recording(A), 1, 1)
    assert faults_of_process("greenroom", recording(A, BROKEN_SET_UP), 0, 1)


PASSED, FAILED = ("passed",), ("failed",)


def test_what_differs_each_time_is_different() -> None:
    """Alone or in company: the same difference twice is one."""
    twice = Seen({PASSED}, {FAILED})
    assert verdict(twice, None) == "different"
    assert verdict(twice, Seen({PASSED}, {FAILED})) == "different"


def test_what_passes_alone_but_fails_in_company_is_different() -> None:
    """Else a fault in what surrounds a test, such as a database not reset, would be hidden."""
    assert verdict(Seen({PASSED}, {FAILED}), Seen({PASSED}, {PASSED})) == "different"


def test_what_agreed_once_is_unstable() -> None:
    """Either side may be the one that varies."""
    assert verdict(Seen({PASSED, FAILED}, {FAILED}), None) == "unstable"
    assert verdict(Seen({PASSED}, {PASSED, FAILED}), Seen({PASSED}, {PASSED})) == "unstable"


def test_what_differs_alone_is_different_though_it_agreed_in_company() -> None:
    """Alone nothing else can be at fault."""
    assert verdict(Seen({PASSED, FAILED}, {FAILED}), Seen({PASSED}, {FAILED})) == "different"
