"""What the variables `TCMS_*` make of a real server: plans, runs, prefixes, testers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kiwi.support import BEGAN, Told, ended, story

if TYPE_CHECKING:
    from tools.kiwi.server import KiwiServer

PLANS = """
    select p.name, t.name, p.parent_id, u.username from testplans_testplan p join management_product m on m.id = p.product_id
    join testplans_plantype t on t.id = p.type_id join auth_user u on u.id = p.author_id where m.name = ? order by p.id
"""


def user(server: KiwiServer, name: str) -> int:
    """The id of an account."""
    return int(server.query("select id from auth_user where username = ?", name)[0][0])


def plans(told: Told) -> list[tuple[object, ...]]:
    """Name, type, parent and author of the plans of a product."""
    return told.server.query(PLANS, told.product)


def test_the_records_are_those_of_kiwis_own_plugin(told: Told) -> None:
    """Their names, their types, and the state that cases have; the second run finds all of them, and makes a run alone."""
    for at in (BEGAN, BEGAN + 1):
        assert told.send(story(ended(0, "a.A.test_one"), at=at)).done
    assert plans(told) == [(f"[DJANGO] Plan for {told.product} (1.0)", "Integration", None, "tester")]
    assert len(told.found.runs) == 2
    about = """select v.value, b.name, r.summary, r.stop_date is not null, u.username from testruns_testrun r
               join management_build b on b.id = r.build_id join management_version v on v.id = b.version_id
               join auth_user u on u.id = r.default_tester_id where r.id = ?"""
    for run in told.found.runs:
        expected = ("1.0", "b1", f"[DJANGO] Results for {told.product}, 1.0, b1", 1, "tester")
        assert told.server.query(about, run) == [expected]
    case = """select p.value, s.name, c.is_automated from testcases_testcase c join management_priority p on p.id = c.priority_id
              join testcases_testcasestatus s on s.id = c.case_status_id
              join testcases_category g on g.id = c.category_id join management_product m on m.id = g.product_id
              where m.name = ?"""
    assert told.server.query(case, told.product) == [("P1", "CONFIRMED", 1)]


def test_a_prefix(told: Told) -> None:
    """`TCMS_PREFIX` stands before plans and runs; it may be empty."""
    assert told.send(story(ended(0, "a.A.test_one")), prefix="[NIGHTLY]").done
    assert told.send(story(ended(0, "a.A.test_one"), at=BEGAN + 1), prefix="").done
    assert [plan[0] for plan in plans(told)] == [
        f"[NIGHTLY] Plan for {told.product} (1.0)",
        f"Plan for {told.product} (1.0)",
    ]
    assert [told.found.of_run("summary", run) for run in told.found.runs] == [
        f"[NIGHTLY] Results for {told.product}, 1.0, b1",
        f"Results for {told.product}, 1.0, b1",
    ]
    assert len(told.found.cases) == 1


def test_a_plan_a_parent_and_a_tester(told: Told) -> None:
    """`TCMS_PLAN_ID`, `TCMS_PARENT_PLAN` and `TCMS_DEFAULT_TESTER_ID`."""
    assert told.send(story(ended(0, "a.A.test_one")), prefix="[FIRST]").done
    (plan,) = told.server.query(
        "select plan_id from testruns_testrun where id = ?", told.found.run
    )[0]  # fmt: skip
    admin = user(told.server, "admin")
    assert told.send(story(ended(0, "a.A.test_one"), at=BEGAN + 1), parent=plan, tester=admin).done
    assert plans(told)[1:] == [(f"[DJANGO] Plan for {told.product} (1.0)", "Integration", plan, "admin")]
    tester = "select tested_by_id from testruns_testexecution where run_id = ?"
    assert told.server.query(tester, told.found.runs[1]) == [(admin,)]
    # A plan that is given makes product and version needless; the build is looked for in its version.
    assert told.send(story(ended(0, "a.A.test_one"), at=BEGAN + 2), plan=plan).done
    assert len(plans(told)) == 2
    of_run = "select plan_id from testruns_testrun where id = ?"
    assert told.server.query(of_run, told.found.runs[2]) == [(plan,)]
    assert len(told.found.cases) == 1


def test_what_is_not_there_is_named(told: Told) -> None:
    """An id that no record has: nothing is made, and the journal is whole."""
    run = story(ended(0, "a.A.test_one"))
    assert told.send(run, run=999_999).trouble == "there is no test run 999999 (TCMS_RUN_ID)"
    assert told.send(run, plan=999_999).trouble == "there is no test plan 999999 (TCMS_PLAN_ID)"
    assert told.found.runs == []
    assert told.send(run).done
    # Who tests is a user; the server says which field is wrong.
    state = told.send(story(ended(0, "a.A.test_one"), at=BEGAN + 1), tester=999_999)
    assert "default_tester" in state.trouble
    assert not state.done
    assert len(told.found.runs) == 1
