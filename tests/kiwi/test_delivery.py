"""What is in a real server after a journal was delivered; and what a fault on the way leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from greenroom import events
from greenroom.reporters.kiwi.connection import Connection
from tests.kiwi.support import BEGAN, Told, accounted, ended, over, planned, started, story
from tools.kiwi.network import relay

if TYPE_CHECKING:
    from tools.kiwi.server import KiwiServer


def test_a_run_is_there_with_all_that_is_known_of_it(told: Told) -> None:
    """Product, version, build, plan and run have the names that Kiwi's own plugin gives; dates are right where the server is."""
    state = told.send(story(ended(0, "a.A.test_one"), ended(1, "a.A.test_two", "failed", "why & <b>")))
    assert (state.done, state.delivered, state.total, state.trouble) == (True, 2, 2, "")
    found = told.found
    assert found.statuses() == {"test_one": "PASSED", "test_two": "FAILED"}
    assert found.cases == ["test_one (a.A.test_one)", "test_two (a.A.test_two)"]
    assert found.of_run("summary") == f"[DJANGO] Results for {told.product}, 1.0, b1"
    assert found.of_run("start_date") == "2025-10-09 14:38:20"  # The server keeps no fractions here.
    assert found.of_run("stop_date") == "2025-10-09 14:38:21.750000"
    assert found.times("test_two") == ("2025-10-09 14:38:21.250000", "2025-10-09 14:38:21.750000")
    assert found.comments("test_one") == []
    (comment,) = found.comments("test_two")
    assert "why & <b>" in comment


def test_the_same_again_changes_nothing(told: Told) -> None:
    """A journal, or a recording, can be sent as often as one likes."""
    run = story(ended(0, "a.A.test_one"), ended(1, "a.A.test_two", "error", "why & <b> at 0x7f0011223344"))
    for _ in range(3):
        assert told.send(run).done
    assert len(told.found.runs) == 1
    assert len(told.found.cases) == 2
    assert len(told.found.comments("test_two")) == 1


def test_a_given_run_three_times(told: Told) -> None:
    """Shards and reruns that share a TCMS_RUN_ID share its executions: the last result counts, no comment is doubled."""
    assert told.send(story(ended(0, "a.A.test_one", "failed", "why"))).done
    run = told.found.run
    for number in range(1, 4):
        assert told.send(story(ended(0, "a.A.test_one", "failed", "why"), at=BEGAN + number), run=run).done
    assert told.send(story(ended(0, "a.A.test_two"), at=BEGAN + 9), run=run).done
    assert told.found.runs == [run]
    assert told.found.statuses() == {"test_one": "FAILED", "test_two": "PASSED"}
    assert len(told.found.comments("test_one")) == 1
    assert told.send(story(ended(0, "a.A.test_one"), at=BEGAN + 10), run=run).done
    assert told.found.statuses()["test_one"] == "PASSED"


def test_cases_of_the_existing_plugin_are_its_cases(told: Told) -> None:
    """They are known by `str(test)`, whatever docstring stands below it, cut or not; also in another version's plan."""
    doc = "Does " + "very much of it, " * 30
    first = [started(), planned(0, "a.A.test_one", "What it was."), planned(1, "a.A.test_two", doc)]
    assert told.send([*first, ended(0, "a.A.test_one"), ended(1, "a.A.test_two"), over()]).done
    cases = told.found.cases
    assert cases[0] == "test_one (a.A.test_one)\nWhat it was."
    assert cases[1] == f"test_two (a.A.test_two)\n{doc}"[:255].rstrip()
    again = [started(BEGAN + 1), planned(0, "a.A.test_one", "What it is now."), planned(1, "a.A.test_two", doc)]
    assert told.send([*again, ended(0, "a.A.test_one"), ended(1, "a.A.test_two"), over()], version="2.0").done
    assert told.found.cases == cases
    assert len(told.found.runs) == 2


def test_names_that_are_equal_in_255_characters_are_two_cases(told: Told) -> None:
    """And a name that would be cut at a space is the same case the next time."""
    long = f"a.{'b' * 300}.test"
    names = [f"{long}_one", f"{long}_two"]
    spaced = "test with " + "x " * 130 + "(a.A.test)"
    tests = [ended(number, name) for number, name in enumerate(names)]
    for at in (BEGAN, BEGAN + 1):
        plans = [events.TestPlanned(planned(2, "a.A.test").spec, spaced)]
        assert told.send([started(at), *plans, *tests, ended(2, "a.A.test", name=spaced), over()]).done
    assert len(told.found.cases) == 3
    assert all(len(summary) <= 255 for summary in told.found.cases)


def test_text_that_no_server_takes_is_made_fit(told: Told) -> None:
    """Colours go; NUL and lone surrogates are spelt out, in names as in comments."""
    bad = "\x1b[31mred\x1b[0m \x00 \ud800 ``` end"
    name = "test_\x00\ud800 (a.A.test)"
    assert told.send(story(ended(0, "a.A.test", "failed", bad, name=name))).done
    assert told.found.cases == ["test_\\x00\\ud800 (a.A.test)"]
    (comment,) = told.found.comments("test_%")
    assert "red \\x00 \\ud800 ``` end" in comment


def test_a_case_that_is_disabled_is_refused_alone(told: Told) -> None:
    """The others are there; what is not is named, in the notes of the run as well."""
    assert told.send(story(ended(0, "a.A.test_one"))).done
    with told.server.writing() as db:
        db.execute("update testcases_testcase set case_status_id = 3 where summary = ?", ["test_one (a.A.test_one)"])
        db.execute("update testcases_testcase set case_status_id = case_status_id")
    tests = [ended(number, f"a.A.test_{name}") for number, name in enumerate(("one", "two", "three"))]
    state = told.send(story(*tests, at=BEGAN + 1))
    with told.server.writing() as db:
        db.execute("update testcases_testcase set case_status_id = 2")
    assert list(state.refused) == ["test_one (a.A.test_one)"]
    run = told.found.runs[-1]
    assert told.found.statuses(run) == {"test_two": "PASSED", "test_three": "PASSED"}
    assert "Not recorded: test_one (a.A.test_one): TC-" in told.found.of_run("notes", run)
    # What was refused is put right, and the same is sent again.
    assert not told.send(story(*tests, at=BEGAN + 1)).refused
    assert len(told.found.statuses(run)) == 3


def test_an_inactive_build_is_said_to_be_one(told: Told) -> None:
    """Nothing is made in another's stead."""
    assert told.send(story(ended(0, "a.A.test_one"))).done
    with told.server.writing() as db:
        db.execute(
            "update management_build set is_active = 0 where id = (select build_id from testruns_testrun where id = ?)",
            [told.found.run],
        )
    state = told.send(story(ended(0, "a.A.test_one"), at=BEGAN + 1))
    assert not state.done
    assert "the build b1 is inactive" in state.trouble
    assert len(told.found.runs) == 1


def test_a_class_that_can_not_be_set_up_is_told_of_on_its_tests(told: Told) -> None:
    """And on no other; a tear-down that fails is a result of its own."""
    names = ["a.A.test_one", "a.B.test_two", "a.B.test_three"]
    broken = events.FixtureFinished(BEGAN, "setUpClass (a.B)", "error", 0, (events.Problem("error", "no class"),))
    late = events.FixtureFinished(BEGAN, "tearDownClass (a.A)", "error", 0, (events.Problem("error", "no end"),))
    plans = [planned(number, name) for number, name in enumerate(names)]
    not_run = events.TestsNotRun(BEGAN, tuple(names[1:]), "a class or module fixture failed")
    assert told.send([started(), *plans, ended(0, names[0]), late, broken, not_run, over(not_run=2)]).done
    statuses = told.found.statuses()
    assert statuses == {"test_one": "PASSED", "test_two": "ERROR", "test_three": "ERROR", "tearDownClass": "ERROR"}
    assert "no class" in told.found.comments("test_two")[0]
    assert told.found.comments("test_one") == []


def test_subtests_body_and_tear_down_all_count(told: Told) -> None:
    """The worst of them is the status, and each has its text."""
    problems = (
        events.Problem("failure", "first", "(n=1)"),
        events.Problem("error", "second"),
        events.Problem("error", "third", late=True, sql="SELECT 1"),
    )
    assert told.send(story(ended(0, "a.A.test_one", "error", problems=problems))).done
    assert told.found.statuses() == {"test_one": "ERROR"}
    (comment,) = told.found.comments("test_one")
    assert all(text in comment for text in ("in the subtest (n=1)", "first", "second", "third", "SELECT 1"))


def test_a_skip_that_was_never_started(told: Told) -> None:
    """Python 3.12.1 tells of what a decorator skips without starting it: no other test has its verdict, or its time."""
    names = [f"a.A.test_{name}" for name in ("before", "skipped", "after")]
    skipped = ended(1, names[1], "skipped", "by its decorator", counted=False)
    assert told.send(story(ended(0, names[0]), skipped, ended(2, names[2]))).done
    assert told.found.statuses() == {"test_before": "PASSED", "test_skipped": "WAIVED", "test_after": "PASSED"}
    assert [len(told.found.comments(name)) for name in told.found.statuses()] == [0, 1, 0]
    assert "by its decorator" in told.found.comments("test_skipped")[0]


def test_tests_that_never_ran_are_idle(told: Told) -> None:
    """And the notes of the run say why."""
    names = ["a.A.test_one", "a.A.test_two"]
    plans = [planned(number, name) for number, name in enumerate(names)]
    cut = events.TestFinished(BEGAN + 1, names[1], 1, 0.1, "error", interrupted=True)
    assert told.send([started(), *plans, ended(0, names[0]), cut, over(interrupted=True)]).done
    assert told.found.statuses() == {"test_one": "PASSED", "test_two": "IDLE"}
    assert "The run was interrupted: 1 tests did not run." in told.found.of_run("notes")
    # A run that was killed has no end.
    assert told.send([started(BEGAN + 1), *plans, ended(0, names[0])]).done
    assert "The run was killed: 1 tests have no result." in told.found.of_run("notes", told.found.runs[-1])


def test_verdicts_that_are_no_outcomes(told: Told) -> None:
    """Flaky tests passed; a failure in quarantine is waived; a test that ran often counts by its worst."""
    tried = events.AttemptFailed(
        BEGAN, "a.A.test_flaky", 0, 1, 3, 0.1, "failed", 0, (events.Problem("failure", "once"),)
    )
    plans = [
        planned(0, "a.A.test_flaky"),
        planned(1, "a.A.test_known"),
        planned(2, "a.A.test_often"),
        planned(3, "a.A.test_often"),
        planned(4, "a.A.test_often"),
    ]
    ends = [
        tried,
        ended(0, "a.A.test_flaky", attempts=2, flaky=True),
        ended(1, "a.A.test_known", "failed", "as ever", quarantined=True, quarantine="bug 7"),
        ended(2, "a.A.test_often"),
        ended(3, "a.A.test_often", "failed", "the second time"),
        ended(4, "a.A.test_often"),
    ]
    assert told.send([started(), *plans, *ends, over()]).done
    assert told.found.statuses() == {"test_flaky": "PASSED", "test_known": "WAIVED", "test_often": "FAILED"}
    assert "once" in told.found.comments("test_flaky")[0]
    assert "bug 7" in told.found.comments("test_known")[0]


FIVE = story(*(ended(number, f"a.A.test_{number}", "failed", f"why {number}") for number in range(5)))


@pytest.fixture(scope="module")
def order(server: KiwiServer, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is asked for, one after the other, to deliver five failures to a product that is new."""
    asked: list[str] = []
    ask = Connection.ask

    def noting(self: Connection, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Any:
        # Not from the server's log: there a request stands when its answer has arrived, or a moment later.
        asked.append(headers["Referer"])
        return ask(self, method, path, headers, body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Connection, "ask", noting)
        assert Told(server, "order of requests", tmp_path_factory.mktemp("order"), patch).send(FIVE).done
    return asked


@pytest.mark.parametrize(
    "lost",
    [
        "Product.create",
        "TestPlan.create",
        "TestRun.create",
        "TestCase.create",
        "TestPlan.add_case",
        "TestExecution.update",
        "TestExecution.add_comment",
        "TestRun.update",
    ],
)
def test_an_answer_that_is_lost_doubles_nothing(told: Told, lost: str, order: list[str]) -> None:
    """What was asked for has been done: it is looked up before it is asked for again."""
    with relay(told.server.port, lose=[1 + order.index(lost)]) as network:
        state = told.send(FIVE, url=network.url)
    assert state.done, state
    assert accounted(told.found, told.folder, 5) == (5, 5)
    assert set(told.found.statuses().values()) == {"FAILED"}
    assert all(len(told.found.comments(f"test_{number}")) == 1 for number in range(5))


def test_who_may_not_is_told_so(told: Told) -> None:
    """A wrong password, a user without rights, another kind of server: one line each, and nothing is lost."""
    run = story(ended(0, "a.A.test_one"))
    wrong = told.send(run, env={"TCMS_PASSWORD": "guessed"})
    assert wrong.trouble == "the server refuses the password of tester"
    assert "guessed" not in "".join(path.read_text() for path in told.folder.iterdir())
    rights = told.send(run, env={"TCMS_USERNAME": "outsider"})
    assert "the user outsider has no right to Priority.filter" in rights.trouble
    address = told.send(run, url=f"http://127.0.0.1:{told.server.port}/elsewhere/")
    assert "there is no Kiwi TCMS at http" in address.trouble
    assert "(status 404)" in address.trouble
    assert accounted(told.found, told.folder, 1) == (0, 1)
    assert told.send(run).done
    assert told.found.statuses() == {"test_one": "PASSED"}


def test_a_server_that_hangs_or_is_not_there(told: Told) -> None:
    """Is given up once the run is over; the journal is whole, and goes to a server that is."""
    run = story(ended(0, "a.A.test_one"))
    with relay(0) as network:
        hanging = told.send(run, url=network.url, timeout=0.3)
        port = network.port
    assert hanging.trouble == "the server did not answer in 0.3 seconds"
    gone = told.send(run, url=f"http://127.0.0.1:{port}/")
    assert gone.trouble.startswith("the server can't be reached: ")
    assert accounted(told.found, told.folder, 1) == (0, 1)
    assert told.send(run).done
    assert told.found.statuses() == {"test_one": "PASSED"}
