"""The records that results hang on: product, version, build, plan and run, found or made."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from greenroom.reporters.kiwi.connection import DeniedError
from greenroom.reporters.kiwi.rpc import Client, Fault, call
from greenroom.reporters.kiwi.settings import Target

MADE_BY = "Made by greenroom"
_NAME = 255


class Place(msgspec.Struct, frozen=True):
    """A run in the server, and what results need to be put into it."""

    run: int
    plan: int
    product: int
    category: int
    priority: int
    confirmed: int
    statuses: dict[str, int]
    tester: int
    methods: frozenset[str]
    fresh: bool
    """Whether the run was made just now: there is nothing in it."""
    fresh_plan: bool = False
    zone: tzinfo = UTC
    """The server's own."""


def moment(at: float, zone: tzinfo) -> str:
    """A time as the server wants it: in its own zone, without saying so; it keeps more than milliseconds, but tells no more."""
    return _said(datetime.fromtimestamp(at, zone))


def moment_in(said: object, zone: tzinfo) -> str:
    """A time that the server tells, in the form of `moment()`; empty where it is none."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return ""
    # A server may be configured to know of time zones; it then tells them.
    return _said(found.astimezone(zone) if found.tzinfo else found)


def _said(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def zone_of(client: Client) -> tzinfo:
    """The server's time zone; UTC, its default, where it does not tell or this machine does not know it.

    Raises:
        UnreachableError: the server does not answer.
    """
    try:
        return ZoneInfo(client.time_zone())
    except (LookupError, ValueError, OSError):
        return UTC


def marker(uid: str) -> str:
    """What the notes of a run hold that was made for one run of tests: it is found by it when sending goes on later."""
    return f"greenroom:{uid}"


def find_place(client: Client, target: Target, uid: str, started: float) -> Place:
    """Find the run of the server that results go to, or make it with all that is above it.

    Args:
        client: asks and makes.
        target: what was configured.
        uid: what the run of tests is known by.
        started: when it began, in seconds since the epoch.

    Raises:
        UnreachableError: the server does not answer.
        DeniedError: something is not there and can't be made; the text says what.
    """
    return _Finder(client, target).find(uid, started)


class _Finder:
    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        self._target = target
        self._new_plan = False
        self._zone: tzinfo = UTC

    def find(self, uid: str, started: float) -> Place:
        priorities, cases, executions, methods = self._all(
            ("Priority.filter", {}), ("TestCaseStatus.filter", {"is_confirmed": True}),
            ("TestExecutionStatus.filter", {}), ("system.listMethods",),
        )  # fmt: skip
        self._zone = zone_of(self._client)
        run, fresh = self._run(uid, started)
        plan = self._target.plan or run["plan"]
        product = self._one("TestPlan.filter", {"pk": plan}, f"there is no test plan {plan}")["product"]
        category = self._one("Category.filter", {"product": product}, "the product has no category for test cases")
        named = sorted(cases, key=lambda status: status["name"] != "CONFIRMED")
        if not priorities or not named:
            raise DeniedError("the server has no priorities, or no confirmed status of test cases")
        return Place(
            run["id"], plan, product, category["id"], priorities[0]["id"], named[0]["id"], _statuses(executions),
            self._target.tester, frozenset(methods), fresh, fresh and self._new_plan, self._zone,
        )  # fmt: skip

    def _run(self, uid: str, started: float) -> tuple[dict[str, Any], bool]:
        target = self._target
        if target.run:
            return self._one(
                "TestRun.filter", {"pk": target.run}, f"there is no test run {target.run} (TCMS_RUN_ID)"
            ), False
        made = self._client.call("TestRun.filter", {"notes__contains": marker(uid)})
        if made:
            return min(made, key=_id), False
        plan = self._plan()
        version, value = plan["product_version"], plan["product_version__value"]
        build = self._build(version)
        manager = plan["author"]
        values = {
            "summary": f"{target.prefix} Results for {plan['product__name']}, {value}, {target.build}".strip(),
            "manager": manager,
            "default_tester": target.tester or manager,
            "plan": plan["id"],
            "build": build,
            "start_date": moment(started, self._zone),
            "notes": "\n".join(filter(None, [MADE_BY, target.job, marker(uid)])),
        }
        self._client.call("TestRun.create", values)
        # Another sender of the same results may have been as quick: both take the first.
        made = self._client.call("TestRun.filter", {"notes__contains": marker(uid)})
        return min(made, key=_id), len(made) == 1

    def _plan(self) -> dict[str, Any]:
        target = self._target
        if target.plan:
            return self._one(
                "TestPlan.filter", {"pk": target.plan}, f"there is no test plan {target.plan} (TCMS_PLAN_ID)"
            )
        product = self._product()
        version = self._made("Version", {"product": product, "value": target.version})["id"]
        name = f"{target.prefix} Plan for {target.product} ({target.version})"[:_NAME].strip()
        query = {"name": name, "product": product, "product_version": version}
        plans = self._client.call("TestPlan.filter", query)
        if not plans:
            kind = self._made("PlanType", {"name": "Integration"})["id"]
            extra = {"author": target.tester} if target.tester else {}
            extra |= {"parent": target.parent} if target.parent else {}
            mine = self._client.call(
                "TestPlan.create", {**query, "text": MADE_BY, "is_active": True, "type": kind, **extra}
            )
            plans = self._client.call("TestPlan.filter", query)
            self._new_plan = True
            if len(plans) > 1 and mine["id"] != min(plans, key=_id)["id"]:
                # Another sender was quicker; a plan can't be taken away.
                self._client.batch([call("TestPlan.update", mine["id"], {"is_active": False})])
        record: dict[str, Any] = min(plans, key=_id)
        return record

    def _product(self) -> int:
        name = self._target.product
        found = self._client.call("Product.filter", {"name": name})
        if not found:
            kinds = self._client.call("Classification.filter", {})
            if not kinds:
                raise DeniedError(
                    "the server has no classification, and without one no product can be made: add one there"
                )
            return int(self._made("Product", {"name": name}, {"classification": min(kinds, key=_id)["id"]})["id"])
        return int(found[0]["id"])

    def _build(self, version: int) -> int:
        name = self._target.build
        if not name:
            raise DeniedError("TCMS_BUILD is not set, and without a build no run can be made")
        build = self._made("Build", {"name": name, "version": version})
        if not build.get("is_active", True):
            raise DeniedError(f"the build {name} is inactive: make it active there, or set another TCMS_BUILD")
        return int(build["id"])

    def _made(self, kind: str, query: dict[str, Any], more: dict[str, Any] | None = None) -> dict[str, Any]:
        """A record that is there, or one that is made, by us or meanwhile by another."""
        found = self._client.call(f"{kind}.filter", query)
        if not found:
            answer = self._client.batch([call(f"{kind}.create", {**query, **(more or {})})])[0]
            found = self._client.call(f"{kind}.filter", query)
            if not found:
                raise DeniedError(f"{kind}.create: {answer.text if isinstance(answer, Fault) else 'nothing was made'}")
        record: dict[str, Any] = min(found, key=_id)
        return record

    def _one(self, method: str, query: dict[str, Any], missing: str) -> dict[str, Any]:
        found = self._client.call(method, query)
        if not found:
            raise DeniedError(missing)
        record: dict[str, Any] = min(found, key=_id)
        return record

    def _all(self, *asked: tuple[Any, ...]) -> list[Any]:
        answers = self._client.batch([call(method, *params) for method, *params in asked])
        for (method, *_), answer in zip(asked, answers, strict=True):
            if isinstance(answer, Fault):
                raise DeniedError(self._client.no_right(method) if answer.denied else f"{method}: {answer.text}")
        return answers


def _id(record: dict[str, Any]) -> int:
    return int(record["id"])


def _statuses(records: list[dict[str, Any]]) -> dict[str, int]:
    """The id of each status; where one of ours was renamed, any of its kind."""
    found = {record["name"]: record["id"] for record in records}
    good = [record["id"] for record in records if record["weight"] > 0]
    bad = [record["id"] for record in records if record["weight"] < 0]
    for name, others in (("PASSED", good), ("WAIVED", good), ("FAILED", bad), ("ERROR", bad)):
        if name not in found and others:
            found[name] = others[0]
    return found
