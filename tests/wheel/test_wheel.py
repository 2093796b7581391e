"""What users install: the wheel, built here, in an environment that has nothing else of the project.

It needs a package index, as `pip install` does.
"""

from __future__ import annotations

import email
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from email.message import Message
from pathlib import Path
from textwrap import dedent

import django
import pytest

import greenroom

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parents[2]
BIN, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")

PROJECT = {
    "manage.py": """
        import os
        import sys

        if __name__ == "__main__":
            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
        """,
    "site_settings.py": """
        SECRET_KEY = "made for one test"
        INSTALLED_APPS = ["shop"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        USE_TZ = True
        TEST_RUNNER = "greenroom.TestRunner"
        """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models


        class Item(models.Model):
            name = models.CharField(max_length=50)
        """,
    "shop/tests.py": """
        import os

        from django.test import SimpleTestCase, TestCase

        from shop.models import Item


        class ItemTests(TestCase):
            def test_saves(self):
                Item.objects.create(name="tea")
                self.assertEqual(Item.objects.count(), 1)

            def test_starts_empty(self):
                self.assertFalse(Item.objects.exists())


        class PlainTests(SimpleTestCase):
            def test_fails_when_asked(self):
                self.assertNotIn("FAIL", os.environ)
        """,
}

OPTIONAL = {
    "greenroom.measuring": {"coverage"},
    "greenroom.pytest_engine": {"pytest", "_pytest"},
    "greenroom.pytest_plugin": {"pytest", "_pytest"},
}
"""The packages with modules that are imported only where a package is installed that greenroom does not require."""

IMPORT_ALL = """
import importlib, pkgutil
import greenroom

for module in pkgutil.walk_packages(greenroom.__path__, "greenroom."):
    if module.name.endswith(".__main__"):
        continue
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        print(module.name, error.name)
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def call(
    command: Sequence[str | Path], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, its two outputs as one text."""
    return subprocess.run(
        command, cwd=cwd, env=env, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    done = call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT])
    assert done.returncode == 0, done.stdout
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and the Django that runs here."""
    folder = tmp_path_factory.mktemp("fresh")
    install: list[str | Path] = [
        folder / BIN / f"python{EXE}",
        "-m",
        "pip",
        "install",
        "--quiet",
        wheel,
        f"Django=={django.__version__}",
    ]
    create: list[str | Path] = [sys.executable, "-m", "venv", folder]
    for command in (create, install):
        done = call(command)
        assert done.returncode == 0, done.stdout
    return folder / BIN


@pytest.fixture
def run(fresh: Path, tmp_path: Path) -> Run:
    """Runs a program of the fresh environment inside a small project."""
    for name, text in PROJECT.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")

    def run(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        # Nothing of the environment that runs this test may leak in.
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO", "GREENROOM"))
        }
        kept |= {"PATH": os.pathsep.join([str(fresh), os.environ.get("PATH", "")])}
        kept["GREENROOM_CACHE"] = f"{tmp_path}-cache"
        kept.pop("VIRTUAL_ENV", None)
        return call([fresh / f"{program}{EXE}", *arguments], cwd=tmp_path, env={**kept, **variables})

    return run


def metadata(wheel: Path) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Each file of the source, `py.typed` and the licence among them."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    source = ROOT / "src"
    ours = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    ours = {name for name in ours if "__pycache__" not in name and not name.endswith((".pyc", ".pyo"))}
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == ours
    assert "greenroom/py.typed" in inside
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_asks_for_little(wheel: Path) -> None:
    """Three packages; what is optional is an extra."""
    about = metadata(wheel)
    required = [line for line in about.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(line.split(">")[0].lower() for line in required) == ["django", "msgspec", "pluggy"]
    assert about["Version"] == greenroom.__version__
    assert about["License-Expression"] == "BSD-3-Clause"


def test_it_is_the_wheel_that_is_tested(run: Run) -> None:
    """Not the source that lies beside this test; and nothing that it requires is missing."""
    done = run("python", "-c", "import greenroom; print(greenroom.__file__)")
    assert str(ROOT / "src") not in done.stdout
    assert "site-packages" in done.stdout
    assert run("python", "-m", "pip", "check").returncode == 0


def test_each_module_is_imported_without_what_is_optional(run: Run) -> None:
    """No module asks for an extra's package at its top, but those that are of no use without it."""
    done = run("python", "-W", "error", "-c", IMPORT_ALL, DJANGO_SETTINGS_MODULE="site_settings")
    assert done.returncode == 0, done.stdout
    lacking = [line.split() for line in done.stdout.splitlines()]
    assert lacking, "the fresh environment has pytest"
    strange = [(module, lacks) for module, lacks in lacking if lacks not in optional(module)]
    assert strange == []


def optional(module: str) -> set[str]:
    """What a module may ask for although greenroom does not require it."""
    return {name for package, names in OPTIONAL.items() if module.startswith(f"{package}.") for name in names}


@pytest.mark.parametrize("options", [(), ("--parallel", "2")], ids=["serial", "parallel"])
@pytest.mark.parametrize(
    "door", [("python", "manage.py", "test"), ("greenroom", "test")], ids=["manage.py", "greenroom"]
)
def test_the_front_doors_open(run: Run, door: tuple[str, ...], options: tuple[str, ...]) -> None:
    """Tests pass with 0, and with 1 where one fails."""
    good = run(*door, *options)
    assert good.returncode == 0, good.stdout
    assert "Ran 3 tests" in good.stdout
    bad = run(*door, *options, FAIL="1")
    assert bad.returncode == 1, bad.stdout
    assert "FAILED (failures=1)" in bad.stdout


def test_python_dash_m_is_the_command(run: Run) -> None:
    """`python -m greenroom` and `greenroom` are one program."""
    assert run("python", "-m", "greenroom", "--version").stdout == f"greenroom {greenroom.__version__}\n"
    assert run("greenroom", "--version").stdout == f"greenroom {greenroom.__version__}\n"
