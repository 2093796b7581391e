"""What is kept from run to run saves time, and never makes an answer a wrong one."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from greenroom.databases.fingerprint import Inputs
from greenroom.databases.fingerprint.files import RACY_SECONDS, Files, SeenFile, list_folder, read_file, trusted
from greenroom.databases.fingerprint.modules import Modules
from greenroom.databases.fingerprint.plan import Cache, Plan, folder_part, still_holds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases.fingerprint.conftest import Sources


def plan_of(path: Path) -> Plan:
    """A plan that relies on one file and on its folder."""
    file, _ = read_file(str(path))
    folder = folder_part(list_folder(str(path.parent)), modules_only=True)
    return Plan(
        units={},
        names=[],
        words="",
        present=frozenset(),
        known=frozenset(),
        django="",
        unmigrated=frozenset(),
        deciding={},
        sources={},
        modules={},
        files={str(path): file},
        folders={str(path.parent): folder},
    )


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "garbage", "folder", "unreadable"])
def test_damaged_cache(damage: str, sources: Sources) -> None:
    """Whatever is in the cache's files, the answer is the same."""
    before = sources.inputs()
    for path in sources.cache.iterdir():
        contents = path.read_bytes()
        if damage == "folder":
            path.unlink()
            path.mkdir()
        elif damage == "unreadable":
            path.unlink()
            path.symlink_to("nowhere")
        else:
            damaged = {
                "empty": b"",
                "cut": contents[: len(contents) // 2],
                "changed": contents[:-9] + bytes([contents[-9] ^ 1]) + contents[-8:],
                "garbage": os.urandom(len(contents)),
            }
            path.write_bytes(damaged[damage])
    assert sources.inputs() == before


def test_cache_that_cannot_be_written(sources: Sources) -> None:
    """A file where the folder should be: everything is found out anew."""
    sources.cache.write_text("")
    assert sources.inputs() == sources.inputs()


def test_knowledge_without_plan(sources: Sources) -> None:
    """What is known of single files is enough; a plan alone is, too."""
    before = sources.inputs()
    for pattern in ("plan-*", "facts-*", "words-*"):
        for path in sources.cache.glob(pattern):
            path.unlink()
        assert sources.inputs() == before


def test_file_written_just_now(sources: Sources) -> None:
    """A change that leaves size and times as they were is noticed for some seconds after it was written."""
    path = sources.root / "core/named.py"
    before = sources.inputs(trust=False)
    sources.replace("core/named.py", "return 1", "return 2")
    changed = sources.inputs(trust=False)
    assert changed.digest != before.digest
    assert path.stat().st_size


def test_racy_plan_reads_again(tmp_path: Path) -> None:
    """What was young when it was read is read again, whatever the file system says."""
    path = tmp_path / "module.py"
    path.write_text("a = 1\n")
    plan = plan_of(path)
    assert plan.files[str(path)].signature == ()
    assert still_holds(plan) == (True, False)
    path.write_text("a = 2\n")
    assert still_holds(plan) == (False, False)


def test_settled_plan_is_worth_keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once files are old enough, the plan says that it can be trusted from now on."""
    path = tmp_path / "module.py"
    path.write_text("a = 1\n")
    plan = plan_of(path)
    monkeypatch.setattr("greenroom.databases.fingerprint.files.RACY_SECONDS", -1.0)
    assert still_holds(plan) == (True, True)
    assert still_holds(plan) == (True, False)
    assert plan.files[str(path)].signature


def test_new_module_in_a_folder(tmp_path: Path) -> None:
    """A name that an import may find counts; another file does not."""
    path = tmp_path / "module.py"
    path.write_text("a = 1\n")
    plan = plan_of(path)
    (tmp_path / "notes.txt").write_text("")
    assert still_holds(plan)[0]
    (tmp_path / "other.py").write_text("")
    assert not still_holds(plan)[0]


def test_folder_that_is_gone(tmp_path: Path) -> None:
    """It does not hold, nor does it where a folder has come that was not there."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "module.py"
    path.write_text("")
    plan = plan_of(path)
    shutil.rmtree(folder)
    assert not still_holds(plan)[0]
    without = plan_of(path)
    assert still_holds(without)[0]
    folder.mkdir()
    path.write_text("")
    assert not still_holds(without)[0]


@pytest.mark.parametrize(
    ("changed", "status", "trust"),
    [
        (1_000.5, 1_000.5, True),
        (1_000.5, 2_000.5 - RACY_SECONDS, False),  # its inode changed just now, its contents long ago
        (2_000.5 - RACY_SECONDS, 1_000.5, False),
        (3_000.5, 1_000.5, False),  # from the future
        (1_000.0, 1_000.0, False),  # whole seconds: a coarse clock
        (1_000.0, 1_000.5, True),  # unpacked from an archive
    ],
)
def test_trust(changed: float, status: float, trust: bool) -> None:
    """What the file system says is believed when nothing can have come after it."""
    signature = (5, int(changed * 1e9), int(status * 1e9), 1, 1)
    assert trusted(signature, 2_000.5) == (signature if trust else ())


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """Nobody sees half a file: each is written beside, and put in place at once."""
    path = tmp_path / "module.py"
    path.write_text("")
    cache = Cache(tmp_path / "cache")
    for _ in range(30):
        cache.keep_plan("a", plan_of(path))
        assert cache.plan("a") is not None
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_plans_are_few(tmp_path: Path) -> None:
    """The folder does not grow with every branch."""
    path = tmp_path / "module.py"
    path.write_text("")
    cache = Cache(tmp_path / "cache")
    for number in range(40):
        cache.keep_plan(str(number), plan_of(path))
    assert len(list((tmp_path / "cache").iterdir())) < 30
    assert cache.plan("39") is not None


def test_known_file_that_changed(tmp_path: Path) -> None:
    """Knowledge of another state of a file is not used."""
    path = tmp_path / "module.py"
    path.write_text("a = 1\n")
    before, _ = read_file(str(path))
    known = SeenFile((1, 2, 3, 4, 5), before.digest)
    path.write_text("a = 2\n")
    assert Files({str(path): known}).digest(str(path)) != before.digest


# The same in every process ----------------------------------------------------------------------------------------


def test_settings_and_modules_in_one_process(sources: Sources) -> None:
    """Importing the migrations, as making the database does, changes nothing."""
    first, second = sources.inputs_between(
        ["from django.db.migrations.loader import MigrationLoader\nMigrationLoader(None).load_disk()"]
    )
    assert any(name.startswith("shop.migrations.0") for name in sources.imported[1])
    assert second == first


def test_module_edited_in_use(sources: Sources) -> None:
    """What a process imported is not what is in the file: the inputs are equal to none, not even to themselves."""
    edit = "import shop.after\npath = root / 'shop/after.py'\npath.write_text(path.read_text() + '# more')"
    first, second, third = sources.inputs_between([edit, ""])
    assert "shop.after, edited while it was in use" not in str(first.parts)
    assert any("shop.after, edited while it was in use is new" in line for line in second.diff(first))
    assert second.digest != third.digest
    assert not second.extends(third)


def test_module_imported_after_an_edit(sources: Sources) -> None:
    """A process that was there before an edit, but imported the module after it, runs what is in the file."""
    edit = "path = root / 'core/named.py'\npath.write_text(path.read_text() + '# more')"
    first, second, third = sources.inputs_between([edit, "import core.named"])
    assert first.digest != second.digest
    assert second == third


def test_module_imported_from_elsewhere(sources: Sources) -> None:
    """What this process imported is what counts."""
    sources.write("elsewhere/core/__init__.py", "")
    sources.write("elsewhere/core/named.py", "def run():\n    return 7\n")
    load = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("core.named", root / "elsewhere/core/named.py")
sys.modules["core.named"] = module_from_spec(spec)
"""
    first, second = sources.inputs_between([load])
    assert "migration shop.0005_named changed" in second.diff(first)


@pytest.mark.parametrize("kind", ["installed", "missing"])
def test_find_nothing(kind: str) -> None:
    """The standard library, Django and what is not there lead nowhere."""
    modules = Modules(Files({}))
    names = {"installed": ["os", "json.decoder", "django.db.models", "sys"], "missing": ["no_such_module.at.all", ""]}
    assert [modules.find(name) for name in names[kind]] == [None] * len(names[kind])


def test_inputs_are_data() -> None:
    """The digest covers each group, and not what explains it."""
    base = Inputs({"shop.1": "a"}, {"server": "b"}, {"receiver": "c"}, {"module shop": "d"})
    others = [
        Inputs({"shop.1": "x"}, {"server": "b"}, {"receiver": "c"}),
        Inputs({"shop.1": "a"}, {"server": "x"}, {"receiver": "c"}),
        Inputs({"shop.1": "a"}, {"server": "b"}, {"receiver": "x"}),
        Inputs({"shop.1": "a", "server": "b"}, {}, {"receiver": "c"}),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 5
    assert Inputs(base.migrations, base.parts, base.ready).digest == base.digest
