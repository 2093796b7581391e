"""Write docs/reference/hooks.md from the specifications of the hooks.

    python tools/hooks_page.py           write the page
    python tools/hooks_page.py --check   exit with 1 if the page is not what would be written

The module is read as source, not imported, as tools/events_page.py does.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/hooks.md"
SPEC = ROOT / "src/greenroom/hooks/spec.py"

INTRODUCTION = """\
# Hooks

<!-- Written by tools/hooks_page.py from greenroom.hooks.spec; change that and run it again. -->

A plugin is a module, or an object, with functions of these names; [Plugins](../guides/plugins.md) says how to write one and
where it is found. A function needs no more arguments than it uses. The plugin that came last is called first;
`@greenroom.hooks.hookimpl(tryfirst=True)` and `trylast=True` move a function before or behind those of other plugins. Where
one raises, its plugin is named, the others are called all the same, and the exit code says that a plugin failed.
"""


def hooks(module: ast.Module) -> Iterator[ast.FunctionDef]:
    """Find the specifications, in their order."""
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef) and statement.name.startswith("greenroom_"):
            yield statement


def section(hook: ast.FunctionDef) -> str:
    """Write a hook's heading, signature, meaning and arguments."""
    text = inspect.cleandoc(ast.get_docstring(hook) or "")
    meaning, _, arguments = text.partition("\n\nArgs:\n")
    returns = ast.unparse(hook.returns) if hook.returns else "None"
    lines = [
        f"## {hook.name}",
        "",
        f"```python\ndef {hook.name}({ast.unparse(hook.args)}) -> {returns}\n```",
        "",
        meaning,
        "",
    ]
    if arguments:
        lines += ["| Argument | Meaning |", "|---|---|"]
        lines += [f"| `{name}` | {words} |" for name, words in described(arguments)]
        lines.append("")
    return "\n".join(lines)


def described(arguments: str) -> Iterator[tuple[str, str]]:
    """Read the arguments and what is said of each."""
    name, words = "", ""
    for line in arguments.splitlines():
        if line.startswith("        "):
            words = f"{words} {line.strip()}"
            continue
        if name:
            yield name, capital(words)
        name, _, words = (part.strip() for part in line.partition(":"))
    if name:
        yield name, capital(words)


def capital(words: str) -> str:
    """Begin a cell as a sentence."""
    return words[:1].upper() + words[1:]


def page() -> str:
    """Write the whole page."""
    module = ast.parse(SPEC.read_text(encoding="utf-8"))
    return "\n".join([INTRODUCTION, *map(section, hooks(module))])


def main(arguments: Sequence[str]) -> int:
    """Write the page, or only look whether it is up to date."""
    text = page()
    if "--check" in arguments:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("up to date" if fresh else f"{PAGE.relative_to(ROOT)} is out of date: run python tools/hooks_page.py")
        return 0 if fresh else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
