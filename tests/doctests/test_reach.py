"""Whether a doctest can come to a database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from greenroom.doctests.reach import Reach

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "plain": ("import math, json\nfrom django.utils.text import slugify\nfrom django.conf import settings", False),
    "models": ("from django.db import models", True),
    "through": ("from .plain import math\nfrom . import plain", False),
    "relative": ("from . import models", True),
    "within": ("def f():\n    from reached.models import Item", True),
    "absolute": ("import reached.models as m", True),
    "attribute": ("import reached\nreached.models.Item", True),
    "registry": ("from django.apps import apps", True),
    "installed": ("import msgspec", True),
    "dynamic": ("import importlib", True),
    "dunder": ("f = __import__", True),
    "utilities": ("import django.utilities_of_somebody", True),
    "missing": ("import no_such_thing_at_all", True),
    "typing_only": ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from django.db import models", False),
    "round": ("from . import about", False),
    "about": ("from . import round", False),
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package `reached` that is never imported."""
    folder = tmp_path / "reached"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, (source, _) in MODULES.items():
        (folder / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("name", MODULES)
def test_imports_tell(name: str) -> None:
    """A module leads to a database where its imports do, wherever they stand; what nobody can follow may."""
    assert Reach().leads_to_database(f"reached.{name}", []) is MODULES[name][1]
    assert not any(module.startswith("reached") for module in sys.modules)


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("source", "leads"),
    [
        ("1 + 1\n", False),
        ("from reached.models import Item\n", True),
        ("from .models import Item\n", True),
        ("import reached.plain\n", False),
        ("__import__('reached')\n", True),
    ],
)
def test_examples_tell(source: str, leads: bool) -> None:
    """So do the examples."""
    assert Reach().leads_to_database("reached.plain", ["2", source]) is leads


def test_text_files_have_examples_alone() -> None:
    """There is no module around them."""
    assert not Reach().leads_to_database("", ["1\n", "import json\n"])
    assert Reach().leads_to_database("", ["1\n", "import django.db\n"])
