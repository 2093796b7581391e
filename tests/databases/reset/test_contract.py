"""After any test the database is what stock's flush leaves, on every backend."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.databases.reset.conftest import HERE, Drive

BODIES = re.findall(r"^def (\w+)\(\) -> None:", (HERE / "lab" / "bodies.py").read_text(), re.MULTILINE)
RUNS = [
    pytest.param(("sqlite-memory", "none", ""), id="sqlite-memory"),
    pytest.param(("sqlite-memory", "none", "types last"), id="sqlite-memory, types last"),
    pytest.param(("sqlite-memory", "counting", ""), id="sqlite-memory, a receiver that only reads"),
    pytest.param(("sqlite-memory", "touching", ""), id="sqlite-memory, a receiver that makes a permission"),
    pytest.param(("sqlite-file", "none", ""), id="sqlite-file"),
    pytest.param(("postgresql", "none", ""), id="postgresql", marks=pytest.mark.postgresql),
    pytest.param(("postgresql", "counting", ""), id="postgresql, a receiver", marks=pytest.mark.postgresql),
    pytest.param(("mariadb", "none", ""), id="mariadb", marks=pytest.mark.mysql),
    pytest.param(("mariadb", "counting", ""), id="mariadb, a receiver", marks=pytest.mark.mysql),
]
STOCK_S = {"without_autocommit", "in_atomic"}
"""The bodies after which only stock's own flush will do."""
DDL = {"creates_a_table", "alters_a_table"}


def both(drive: Drive, run: tuple[str, str, str], names: tuple[str, ...] = ()) -> tuple[list[Any], list[Any]]:
    """The outcomes under stock, and under greenroom."""
    backend, receivers, order = run
    return tuple(drive(backend, policy, receivers, order, names) for policy in ("stock", "compat"))


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("run", RUNS)
def test_a_reset_leaves_what_stock_leaves(drive: Drive, run: tuple[str, str, str], name: str) -> None:
    """Errors, calls of the project's receivers, rows, sequences, and the queries of the next look-ups."""
    stock, ours = both(drive, run)
    place = 1 + BODIES.index(name)
    assert stock[place]["name"] == ours[place]["name"] == name
    for part in ("errors", "calls", "states"):
        assert ours[place][part] == stock[place][part]


@pytest.mark.parametrize("run", RUNS)
def test_stock_flushes_only_where_it_must(drive: Drive, run: tuple[str, str, str]) -> None:
    """Once to learn what a flush leaves, again after another schema or new sequences, and where a transaction was left open."""
    _, ours = both(drive, run)
    slow = {outcome["name"] for outcome in ours[1:] if any(how != "fast" for _, how, _ in outcome["how"])}
    assert slow == {"nothing", "two_databases", "reset_sequences", *STOCK_S, *DDL}
    assert not [why for outcome in ours[1:] for _, how, why in outcome["how"] if how == "fast" and why]


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.sampled_from(BODIES), min_size=20, max_size=30))
def test_any_order_of_tests_leaves_what_stock_leaves(drive: Drive, names: list[str]) -> None:
    """No reset depends on what came before it."""
    stock, ours = both(drive, ("sqlite-memory", "counting", ""), tuple(names))
    for then, now in zip(stock, ours, strict=True):
        assert {**now, "how": 0} == {**then, "how": 0}


@pytest.mark.parametrize(
    "backend",
    [
        "sqlite-memory",
        "sqlite-file",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mariadb", marks=pytest.mark.mysql),
    ],
)
def test_baseline_is_the_state_right_after_migrate(drive: Drive, backend: str) -> None:
    """Rows of migrations, of tables without models, and the next value of each sequence."""
    names = tuple(name for name in BODIES if name not in STOCK_S | DDL | {"receiver_fails", "few_available_apps"})
    before, *after = drive(backend, "baseline", "counting", "", names)
    assert before["states"]["default"]["rows"]["shop_country"]
    for outcome in after:
        if not outcome["how"]:
            continue
        assert [how for _, how, _ in outcome["how"]] == ["fast"] * len(outcome["how"]), outcome["how"]
        for alias, *_ in outcome["how"]:
            for part in ("rows", "sequences"):
                assert outcome["states"][alias][part] == before["states"][alias][part], outcome["name"]
