"""Write docs/reference/events.md from the event types themselves.

    python tools/events_page.py           write the page
    python tools/events_page.py --check   exit with 1 if the page is not what would be written

The modules are read as source, not imported: what a field means is written under it, and only the source has that.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/events.md"
EVENTS = ROOT / "src/greenroom/events.py"
MODEL = ROOT / "src/greenroom/model.py"

INTRODUCTION = """\
# Events

<!-- Written by tools/events_page.py from greenroom.events; change that and run it again. -->

A run tells of itself in events and in nothing else: reporters, history, the exit code and `greenroom replay` read these.
A recording is JSON lines: one event a line, as they happened, the first one a `RunStarted` whose `schema` says which
version of these types wrote it (now {schema}). On a line, `event` names the type; a field that has its default may be left
out, and a reader passes over fields that it does not know. Types and defaults are written as in Python: in JSON a tuple
is an array and `None` is `null`.

Times: `at` is seconds since the epoch (UTC), `seconds` is a duration; both are floats. Lines are counted from 1.
"""


@dataclass(frozen=True)
class Field:
    """One field of a type, as its source has it."""

    name: str
    type: str
    default: str
    """Empty for a field that is always there."""
    meaning: str


@dataclass(frozen=True)
class Type:
    """One struct, as its source has it."""

    name: str
    meaning: str
    fields: tuple[Field, ...]


def parse(path: Path) -> ast.Module:
    """Read a module without running it."""
    return ast.parse(path.read_text(encoding="utf-8"))


def with_docstrings(body: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Give each statement with the string below it; empty where there is none."""
    for statement, below in zip(body, [*body[1:], None], strict=True):
        match below:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield statement, one_line(text)
            case _:
                yield statement, ""


def one_line(text: str) -> str:
    """Undo the line breaks of source."""
    return " ".join(text.split())


def fields(struct: ast.ClassDef) -> Iterator[Field]:
    """Read the fields of a struct."""
    for statement, meaning in with_docstrings(struct.body):
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                default = ast.unparse(value) if value else ""
                yield Field(name, ast.unparse(annotation), default, meaning)
            case _:  # a docstring, or `__test__`
                pass


def structs(module: ast.Module) -> dict[str, Type]:
    """Read the public structs of a module, in their order."""
    return {
        found.name: Type(found.name, one_line(ast.get_docstring(found) or ""), tuple(fields(found)))
        for found in module.body
        if isinstance(found, ast.ClassDef) and not found.name.startswith("_")
    }


def literals(module: ast.Module) -> dict[str, tuple[str, str]]:
    """Read the module's `Literal` aliases: the values, and what they mean."""
    found = {}
    for statement, meaning in with_docstrings(module.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id="Literal")) as value):
                found[name] = (values(value), meaning)
            case _:
                pass
    return found


def values(literal: ast.Subscript) -> str:
    """Spell out the values of a `Literal`, as they stand in JSON."""
    elements = literal.slice.elts if isinstance(literal.slice, ast.Tuple) else [literal.slice]
    return ", ".join(f"`{ast.literal_eval(element)}`" for element in elements)


def assigned(module: ast.Module, name: str) -> ast.expr:
    """Find what a name of the module is set to."""
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return value
            case _:
                pass
    raise LookupError(f"{name} is not set in the module")


def union(expression: ast.expr) -> list[str]:
    """List the members of a union that is written with `|`, from left to right."""
    match expression:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [*union(left), *union(right)]
        case ast.Name(id=name):
            return [name]
        case _:
            raise TypeError(f"not a union of names: {ast.unparse(expression)}")


def cell(text: str) -> str:
    """Keep a table's cell from ending early."""
    return text.replace("|", "\\|")


def section(struct: Type) -> str:
    """Write a type's heading, meaning and table of fields."""
    rows = [
        f"| `{field.name}` | `{cell(field.type)}` | {cell(f'`{field.default}`') if field.default else ''} "
        f"| {cell(field.meaning)} |"
        for field in struct.fields
    ]
    table = ["| Field | Type | Default | Meaning |", "|---|---|---|---|", *rows]
    return "\n".join([f"### {struct.name}", "", struct.meaning, "", *table, ""])


def page() -> str:
    """Write the whole page."""
    events, model = parse(EVENTS), parse(MODEL)
    types = structs(events)
    names = union(assigned(events, "Event"))
    parts = [type_ for name, type_ in types.items() if name not in names]
    parts.append(structs(model)["TestSpec"])
    words = literals(model) | literals(events)
    lists = [f"- `{name}`: {known}.{f' {meaning}' if meaning else ''}" for name, (known, meaning) in words.items()]
    return "\n".join(
        [
            INTRODUCTION.format(schema=ast.literal_eval(assigned(events, "SCHEMA"))),
            "## The events\n",
            *(section(types[name]) for name in names),
            "## What events are made of\n",
            *(section(part) for part in parts),
            "## Words\n",
            *lists,
            "",
        ]
    )


def main(arguments: Sequence[str]) -> int:
    """Write the page, or only look whether it is up to date."""
    text = page()
    if "--check" in arguments:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("up to date" if fresh else f"{PAGE.relative_to(ROOT)} is out of date: run python tools/events_page.py")
        return 0 if fresh else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
