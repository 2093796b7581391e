"""What the queries of a test say: which are repeated, from which line, and what would save them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from greenroom.events import Query

MANY = 4
"""So many statements of one shape from one line, with other values each, look like one for each row of another query."""

_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_LIST = re.compile(r"\(\?(?:, ?\?)+\)")
_TABLE = re.compile(r'\bFROM ["`]?(\w+)["`]?', re.IGNORECASE)
_EQUALS = re.compile(r'WHERE \(?["`]?(\w+)["`]?\.["`]?(\w+)["`]? = \?', re.IGNORECASE)
_JOIN = re.compile(r'INNER JOIN ["`]?(\w+)["`]? ON', re.IGNORECASE)
_FOREIGN_KEY = re.compile(r'["`]?\b(\w+)["`]?\.["`]?(\w+)_id["`]?')


class Repeated(msgspec.Struct, frozen=True):
    """Statements of one shape that one line of a project caused during one test."""

    shape: str
    file: str
    line: int
    function: str
    count: int
    same: bool
    """Whether their values were the same, too."""
    advice: str
    """What would save them; empty where nothing can be said."""


def shape_of(sql: str) -> str:
    """A statement without its values: `SELECT … WHERE "id" = ?`."""
    return _LIST.sub("(?)", _LITERAL.sub("?", " ".join(sql.split())))


def repeated(queries: Sequence[Query]) -> list[Repeated]:
    """The statements that a test repeats: the same one twice, or many of one shape; the most frequent first.

    Args:
        queries: of one test, in their order.
    """
    series: dict[tuple[str, str, int], list[int]] = {}
    for place, query in enumerate(queries):
        if query.sql[:6].upper() == "SELECT":
            series.setdefault((shape_of(query.sql), query.file, query.line), []).append(place)
    found = []
    for (shape, file, line), places in series.items():
        same = len({queries[place].sql for place in places}) == 1
        if len(places) < (2 if same else MANY):
            continue
        first = queries[places[0]]
        before = next((queries[place] for place in range(places[0] - 1, -1, -1) if place not in places), None)
        advice = "Ask once, and keep the answer." if same else _advice(shape, before)
        found.append(Repeated(shape, file, line, first.function, len(places), same, advice))
    return sorted(found, key=lambda each: (-each.count, each.file, each.line))


def _advice(shape: str, before: Query | None) -> str:
    """How one statement for each row becomes one for all; `before` is the query that gave the rows, most likely."""
    table, where = _TABLE.search(shape), _EQUALS.search(shape)
    if table is None or where is None:
        return ""
    child = table[1]
    parent_table = _TABLE.search(before.sql) if before is not None else None
    parent = parent_table[1] if parent_table is not None else ""
    of = f" on the query of {parent}" if parent else ""
    join = _JOIN.search(shape)
    if join is not None and where[1] == join[1]:
        owner = where[2].removesuffix("_id")
        head = next((part for part in (f"{parent}_",) if parent and join[1].startswith(part)), "")
        field = join[1][len(head) :] if head else ""
        name = f'"{field}"' if field else f"the relation of {owner} to {child}"
        return f"prefetch_related({name}){of}" if field else f"prefetch_related() on {name}{of}"
    if where[1] != child:
        return ""
    if where[2].endswith("_id"):
        model = child.rpartition("_")[2]
        return f'prefetch_related("{model}_set"){of}, or by the related_name of {child}.{where[2]}'
    return _to_one(child, parent, before.sql if before is not None else "", of)


def _to_one(child: str, parent: str, sql: str, of: str) -> str:
    """Advice for rows that were fetched one by one by their own key."""
    fields = dict.fromkeys(name for table, name in _FOREIGN_KEY.findall(sql) if table == parent)
    fitting = [name for name in fields if child == name or child.endswith(f"_{name}")] or list(fields)
    if len(fitting) == 1:
        return f'select_related("{fitting[0]}"){of}'
    choice = f", one of {', '.join(fitting)}" if fitting else ""
    return f"select_related() with the relation to {child}{choice}{of}"
