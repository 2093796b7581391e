"""What a Python source imports, names and asks for, found without running it."""

from __future__ import annotations

import ast
import re
import types
import warnings
from collections.abc import Iterable, Iterator

import msgspec

ENVIRONMENT = 1
"""It has to do with environment variables."""
SETTINGS = 2
"""It has to do with settings."""
FILES = 4
"""It may open files."""
FOLDERS = 8
"""It may open whatever files it finds in a folder."""
LIVE_MODELS = 16
"""It may use models of the project as they are now, found by the label of their app."""
USER_MODEL = 32
"""It may use the user model as it is now."""
COMMANDS = 64
"""It may call management commands by their names."""
FIXTURES = 128
"""It may load fixtures."""
FINDS_MODELS = 256
"""It may ask for models by their names."""

_READERS = (
    "open", "open_text", "open_binary", "open_resource", "read_text", "read_bytes", "read_binary", "read_csv", "FileIO",
    "get_data", "loadtxt", "files", "joinpath", "resources", "Path", "PurePath", "path", "__file__", "__path__",
    "__spec__", "runpy", "run_path", "execfile", "render_to_string", "get_template",
)  # fmt: skip
_LISTERS = ("listdir", "scandir", "walk", "glob", "iglob", "rglob", "iterdir", "contents")
_BY_NAME = {
    **dict.fromkeys(("environ", "environb", "getenv", "getenvb"), ENVIRONMENT),
    **dict.fromkeys(_READERS, FILES),
    **dict.fromkeys(_LISTERS, FILES | FOLDERS),
    **dict.fromkeys(("call_command", "execute_from_command_line"), COMMANDS),
    "get_user_model": USER_MODEL,
    "loaddata": FIXTURES,
}
_IMPORTERS = frozenset({"import_module", "import_string", "__import__", "importlib", "find_spec", "iter_modules"})
_FINDERS = frozenset({
    "get_model", "get_models", "get_app_config", "get_app_configs", "app_configs", "all_models",
    "get_containing_app_config",
})  # fmt: skip
_LONGEST = 200
"""Characters; what is longer is a text, no name."""

_DOTTED = re.compile(r"\.{0,4}[^\W\d]\w*(?:\.[^\W\d]\w*)*(?::[^\W\d]\w*)?\.?\Z")
_CHAINS = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)+")
_MIGRATION = re.compile(r"(?:\d{3,}_\w+|__first__|__latest__)\Z")
_UPPER = re.compile(r"[A-Z_][A-Z0-9_]+\Z")


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What was found in one source."""

    imports: tuple[str, ...] = ()
    """Dotted names whose longest beginning that is a module is imported. Leading dots make them relative; `.*` at the
    end stands for what a star import takes, `.**` for any submodule."""
    strings: tuple[str, ...] = ()
    """Short string constants."""
    upper: tuple[str, ...] = ()
    """Names and string constants in capitals: what settings and environment variables are called."""
    flags: int = 0


def facts_of(source: bytes) -> Facts:
    """Read a source. One that can't be read has no facts: its bytes must do."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a source that is not ours, and not run
            tree = ast.parse(source)
            code = compile(tree, "<source>", "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return Facts()
    names: set[str] = set()
    strings: set[str] = set()
    imports, bound, lists = _imports(tree)
    _collect(code, names, strings, lists)
    imports |= set(_chains(source, bound))
    paths = [text.replace(":", ".") for text in strings if _is_path(text)]
    imports |= {path for path in paths if path[-1] != "."}
    if names & _IMPORTERS:
        imports |= {f"{path}**" for path in paths if path[-1] == "."}  # f"shop.steps.{name}"
    flags = 0
    for name in names | strings:
        flags |= _BY_NAME.get(name, 0)
    if any("settings" in name.lower() or name == "conf" for name in names):
        flags |= SETTINGS
    if names & _FINDERS:
        flags |= FINDS_MODELS
        flags |= LIVE_MODELS if any(path.startswith("django.apps") for path in imports) else 0
    upper = {name for name in names if _UPPER.match(name)}
    upper |= {text for text in strings if _UPPER.match(text) or (flags & ENVIRONMENT and text.isidentifier())}
    return Facts(tuple(sorted(imports)), tuple(sorted(strings)), tuple(sorted(upper)), flags)


def _collect(code: types.CodeType, names: set[str], strings: set[str], but: set[tuple[str, ...]]) -> None:
    """Gather names and string constants of compiled code, which is several times quicker than a walk of its tree.

    The tuples in `but` are not constants of the source: imports are compiled to them.
    """
    todo = [code]
    while todo:
        current = todo.pop()
        names.update(current.co_names, current.co_varnames)
        constants = list(current.co_consts)
        while constants:
            constant = constants.pop()
            if isinstance(constant, str):
                if 0 < len(constant) <= _LONGEST and "\n" not in constant:
                    strings.add(constant if constant.isascii() else constant.encode("utf-8", "replace").decode())
            elif isinstance(constant, bytes):
                if 0 < len(constant) <= _LONGEST and b"\n" not in constant:
                    strings.add(constant.decode("latin-1"))
            elif isinstance(constant, (tuple, frozenset)):
                constants.extend(() if constant in but or _is_dependency(constant) else constant)
            elif isinstance(constant, types.CodeType):
                todo.append(constant)


def _is_dependency(constant: tuple[object, ...] | frozenset[object]) -> bool:
    """Whether a constant is `("shop", "0001_initial")`: it names an app, but asks nothing of it."""
    if not isinstance(constant, tuple) or len(constant) != 2:
        return False
    label, name = constant
    return isinstance(label, str) and isinstance(name, str) and _MIGRATION.match(name) is not None


def _is_path(text: str) -> bool:
    """Whether a string may be the path of a module; a mere name is one only when it is relative."""
    return "." in text and _DOTTED.match(text) is not None


def _imports(tree: ast.Module) -> tuple[set[str], dict[str, str], set[tuple[str, ...]]]:
    """The imports of a module, what the names that they bind stand for, and the names in each `from … import`."""
    found: set[str] = set()
    bound: dict[str, str] = {}
    lists: set[tuple[str, ...]] = set()
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.add(alias.name)
                bound[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            lists.add(tuple(alias.name for alias in node.names))
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                joint = "" if base.endswith(".") or not base else "."
                found.add(f"{base}{joint}{alias.name}")
                bound[alias.asname or alias.name] = f"{base}{joint}{alias.name}"
    return found, bound, lists


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All statements, those in other statements too; not those that only a type checker sees."""
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.If) and _is_type_checking(node.test):
            todo += node.orelse
            continue
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                todo += inner


def _is_type_checking(test: ast.AST) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _chains(source: bytes, bound: dict[str, str]) -> Iterator[str]:
    """`shop.utils.fill`, where `shop` was imported: somebody may have imported `shop.utils` as well."""
    roots = {name: path for name, path in bound.items() if path.partition(".")[0] != "django"}
    if not roots:
        return
    for chain in set(_CHAINS.findall(source.decode("utf-8", "replace"))):
        root, _, rest = "".join(chain.split()).partition(".")
        if root in roots:
            yield f"{roots[root]}.{rest}"
