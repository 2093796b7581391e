"""What is found in sources, where modules are, and which migrations there are."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.databases.fingerprint import Inputs
from greenroom.databases.fingerprint import facts as told
from greenroom.databases.fingerprint.facts import Facts, facts_of
from greenroom.databases.fingerprint.files import Files
from greenroom.databases.fingerprint.migrations import find_migrations
from greenroom.databases.fingerprint.modules import Modules, module_name
from greenroom.databases.fingerprint.versions import django

if TYPE_CHECKING:
    from tests.databases.fingerprint.conftest import Sources

PROBE = Path(__file__).with_name("probe.py")


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("import a.b", {"a.b"}),
        ("import a.b as c\nc.d.e", {"a.b", "a.b.d.e"}),
        ("import a\n(a\n .b\n .c)", {"a", "a.b.c"}),
        ("from a.b import c as d\nd.e", {"a.b.c", "a.b.c.e"}),
        ("from . import a\nfrom .b import c\nfrom ... import d", {".a", ".b.c", "...d"}),
        ("from a import *", {"a.*"}),
        (
            "def f():\n    try:\n        import a\n    except E:\n        import b\n    finally:\n        import c",
            {"a", "b", "c"},
        ),
        ("match x:\n    case 1:\n        import a", {"a"}),
        (
            "class A:\n    with x:\n        for y in z:\n            import a\n        else:\n            import b",
            {"a", "b"},
        ),
        ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", {"b"}),
        ("f('a.b.c')", {"a.b.c"}),
        ("f('a.b:c')", {"a.b.c"}),
        ("f('.a', __package__)", {".a"}),
        ("import importlib\nimportlib.import_module(f'a.b.{c}')", {"importlib", "importlib.import_module", "a.b.**"}),
        ("f('Hello. World')", set()),
        ("async def f():\n    while x:\n        import a", {"a"}),
    ],
)
def test_imports(source: str, paths: set[str]) -> None:
    """Whatever may be imported, wherever it stands; not what only type checkers see."""
    assert set(facts_of(source.encode()).imports) == paths


@pytest.mark.parametrize(
    ("source", "flag"),
    [
        ("import os\nos.environ['A']", told.ENVIRONMENT),
        ("from os import getenv\ngetenv('A')", told.ENVIRONMENT),
        ("from django.conf import settings\nsettings.A", told.SETTINGS),
        ("open('a')", told.FILES),
        ("import os\nos.listdir('a')", told.FOLDERS),
        ("from django.apps import apps\napps.get_model('a', 'B')", told.LIVE_MODELS),
        ("from django.contrib.auth import get_user_model\nget_user_model()", told.USER_MODEL),
        ("call_command('a')", told.COMMANDS),
        ("call_command('loaddata')", told.FIXTURES),
    ],
)
def test_flags(source: str, flag: int) -> None:
    """What a source has to do with; one that says nothing of it has nothing to do with it."""
    assert facts_of(source.encode()).flags & flag
    assert not facts_of(b"class Migration:\n    operations = []\n").flags


def test_dependencies_are_no_strings() -> None:
    """Neither an app that a migration comes after, nor an imported name, is something that it asks for."""
    source = "from a import shop\ndependencies = [('shop', '0001_initial'), ('shop', '__first__')]\nuse('stock')"
    assert facts_of(source.encode()).strings == ("stock",)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_can_be_read(source: bytes) -> None:
    """Nothing raises, nor warns."""
    assert isinstance(facts_of(source), Facts)


def test_strings_that_are_no_text() -> None:
    """Half a character can't be kept; the rest of the source can."""
    import msgspec

    facts = facts_of(b"import a\nf('\\ud800', 'b')\n")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=Facts) == facts
    assert facts.imports == ("a",)


@pytest.mark.parametrize("source", [b"def (", b"\0", b"(" * 500, b"# coding: nonsense\n"])
def test_broken_source(source: bytes) -> None:
    """It has no facts; its bytes do."""
    assert facts_of(source) == Facts()


TREE = {
    "plain_module.py": "",
    "package/__init__.py": "",
    "package/inner.py": "",
    "package/both.py": "",
    "package/both/__init__.py": "",
    "package/deep/__init__.py": "",
    "package/deep/er.py": "",
    "namespace/inner.py": "",
    "namespace/sub/inner.py": "",
    "compiled_only.pyc": "",
    "extension.so": "",
    "shadowed/inner.py": "",
    "second/shadowed/__init__.py": "",
    "second/namespace/other.py": "",
    "second/plain_module.py": "",
    "second/calendar.py": "",
}
NAMES = [
    "plain_module", "package", "package.inner", "package.both", "package.deep.er", "package.nothing", "namespace",
    "namespace.inner", "namespace.other", "namespace.sub.inner", "compiled_only", "extension", "shadowed",
    "calendar", "json", "json.decoder", "nothing", "plain_module.nothing",
]  # fmt: skip


def test_modules_are_where_an_import_finds_them(tmp_path: Path) -> None:
    """As the import system says, in a process whose path is the same."""
    for name, source in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    script = f"""
        import importlib.util, json, sys
        sys.path[:0] = [{str(tmp_path)!r}, {str(tmp_path / "second")!r}]
        from greenroom.databases.fingerprint.files import Files
        from greenroom.databases.fingerprint.modules import Modules
        modules, answers = Modules(Files({{}})), {{}}
        for name in {NAMES!r}:
            found = modules.find(name)
            answers[name] = None if found is None else [found.file, list(found.folders)]
        for name in {NAMES!r}:
            try:
                spec = importlib.util.find_spec(name)
            except ImportError:
                spec = None
            location = spec.origin if spec and spec.has_location else ""
            answers[name] = [answers[name], spec and [location, list(spec.submodule_search_locations or [])]]
        print(json.dumps(answers))
        """
    source = str(Path(told.__file__).parents[3])
    run = subprocess.run(
        [sys.executable, "-c", dedent(script)],
        env={**os.environ, "PYTHONPATH": source},
        check=True,
        capture_output=True,
        text=True,
    )
    library = os.path.dirname(os.__file__)  # noqa: PTH120
    for name, (ours, theirs) in json.loads(run.stdout).items():
        if theirs is not None and theirs[0].startswith(library):
            theirs = None  # noqa: PLW2901 - of the standard library
        assert ours == theirs, name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("0001_initial.py", "0001_initial"),
        ("0001_initial.pyc", "0001_initial"),
        ("a.cpython-313-x86_64-linux-gnu.so", ""),
        ("a.abi3.so", "a"),
        ("a.b.py", ""),
        ("notes.txt", ""),
    ],
)
def test_module_names(file: str, name: str) -> None:
    """As `inspect.getmodulename()`, and nothing for what can't be imported."""
    if "cpython" in file:
        file = f"a{importlib.machinery.EXTENSION_SUFFIXES[0]}"
        name = "a"
    assert module_name(file) == name


def test_migrations_are_those_that_django_loads(sources: Sources) -> None:
    """The odd ones too: names with underscores and tildes, packages, folders without `__init__.py`, modules."""
    sources.settings("MIGRATION_MODULES = {'boxes': 'core.boxes', 'parcels': 'core.one', 'people': 'core.space'}")
    empty = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    pass\n"
    for name in ("0002_ok", "_0003_private", "~0004_odd", "0005-dash", "0007_package/__init__", "sub/0008_below"):
        sources.write(f"stock/migrations/{name}.py", empty)
    sources.write("core/boxes/__init__.py", "")
    sources.write("core/boxes/0001_moved.py", empty)
    sources.write("core/one.py", "")
    sources.write("core/space/0001_initial.py", empty)
    load = """
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(None, load=False)
loader.load_disk()
(root / "loaded.txt").write_text("\\n".join(f"{label}.{name}" for label, name in sorted(loader.disk_migrations)))
"""
    found = sources.inputs_between([load])[0]
    assert sorted(found.migrations) == (sources.root / "loaded.txt").read_text().split("\n")
    assert {"models of parcels", "models of people", "models of plain"} <= set(found.parts)


def test_migrations_of_an_app_that_is_not_there() -> None:
    """There are none."""
    files = Files({})
    assert find_migrations("nowhere.migrations", files, Modules(files)) is None
    assert find_migrations("django.nowhere.migrations", files, Modules(files)) is None


def test_custom_backend_counts(sources: Sources) -> None:
    """Its source, with all that it leads to."""
    sources.write("backend/__init__.py", "")
    sources.write("backend/sqlite/__init__.py", "")
    sources.write("backend/sqlite/base.py", "from django.db.backends.sqlite3.base import *\nfrom core import deep\n")
    sources.settings("DATABASES['default']['ENGINE'] = 'backend.sqlite'")
    before = sources.inputs()
    sources.replace("core/deep.py", "return 1", "return 2")
    assert "backend backend.sqlite changed" in sources.inputs().diff(before)


def test_checkout_of_django_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a Django that is no installed distribution every source is read: its version says little."""
    import django as package

    installed = Path(package.__file__).parent
    folder = tmp_path / "django"
    for part in ("utils", "db/migrations"):
        shutil.copytree(installed / part, folder / part)
    shutil.copy(installed / "__init__.py", folder)
    first = django(Files({}))
    monkeypatch.setattr(package, "__file__", str(folder / "__init__.py"))
    second = django(Files({}))
    assert second != first
    with (folder / "utils" / "text.py").open("a") as file:
        file.write("# mended\n")
    assert django(Files({})) != second


def test_installed_django_that_was_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fills databases is read there too."""
    import django as package

    installed = Path(package.__file__).parent
    folder = tmp_path / "django"
    shutil.copytree(installed / "db" / "migrations", folder / "db" / "migrations")
    shutil.copytree(installed / "utils", folder / "utils")
    (tmp_path / f"django-{package.get_version()}.dist-info").mkdir()
    monkeypatch.setattr(package, "__file__", str(folder / "__init__.py"))
    before = django(Files({}))
    with (folder / "utils" / "text.py").open("a") as file:
        file.write("# of no concern\n")
    assert django(Files({})) == before
    with (folder / "db" / "migrations" / "state.py").open("a") as file:
        file.write("# mended\n")
    assert django(Files({})) != before


def test_processes_agree(sources: Sources, tmp_path: Path) -> None:
    """With other hashes of texts, and seen from another folder, without a cache."""
    answers = []
    for seed in ("0", "1"):
        shutil.rmtree(sources.cache, ignore_errors=True)
        request = {
            "root": str(sources.root),
            "cwd": str(tmp_path if seed == "1" else sources.root),
            "cache": str(sources.cache),
            "env": {},
            "trust": True,
            "alias": "default",
            "server": "1",
            "between": [],
        }
        run = subprocess.run(
            [sys.executable, str(PROBE)],
            input=json.dumps(request) + "\n",
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        )
        [found] = json.loads(run.stdout)
        answers.append(Inputs(found["migrations"], found["parts"], found["ready"], found["sources"]))
    assert answers[1].diff(answers[0]) == []
    assert answers[1] == answers[0]
