"""A project with every kind of input, and the probe that sums its inputs up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from greenroom.databases.fingerprint import Inputs

PROBE = Path(__file__).with_name("probe.py")

MIGRATION = """\
    from django.db import migrations
    {imports}


    def fill(apps, schema_editor):
        {body}


    class Migration(migrations.Migration):
        dependencies = [("shop", "{before}")]
        operations = [migrations.RunPython(fill)]
    """

STEPS = {
    "0002_absolute": ("from core.steps import run", "run()"),
    "0003_relative": ("from ._helpers import run", "run()"),
    "0004_chain": ("import core", "core.tools.inner.run()"),
    "0005_named": ("from django.utils.module_loading import import_string", 'import_string("core.named.run")()'),
    "0006_dynamic": ("from importlib import import_module", 'import_module(f"core.dynamic.{schema_editor}")'),
    "0007_data": ("from pathlib import Path", '(Path(__file__).parent.parent / "sql" / "rows.sql").read_text()'),
    "0008_glob": ("from pathlib import Path", 'list((Path(__file__).parent.parent / "csv").glob("*.csv"))'),
    "0009_fixture": ("from django.core.management import call_command", 'call_command("loaddata", "start")'),
    "0010_environment": ("import os", 'os.environ.get("SHOP_ROWS")'),
    "0011_environment_helper": ("from core.env import flag", 'flag("SHOP_FLAG")'),
    "0012_environment_prefix": ("import os", 'os.getenv(f"PREFIXED_{apps}")'),
    "0013_setting": ("from django.conf import settings", "settings.SHOP_SIZE"),
    "0014_setting_by_name": ("from django.conf import settings", 'getattr(settings, "SHOP_COLOUR", None)'),
    "0015_setting_helper": ("from core.conf import setting", 'setting("SHOP_SHAPE")'),
    "0016_live": ("from django.apps import apps as live", 'live.get_model("stock", "Shelf").objects.create()'),
    "0017_live_import": ("from parcels.models import Parcel", "Parcel.objects.create()"),
    "0018_user": ("from django.contrib.auth import get_user_model", "get_user_model()"),
    "0019_command": ("from django.core.management import call_command", 'call_command("fill_shop")'),
    "0020_star": ("from core.many import *", "first.run()"),
    "0021_base_dir": (
        "from django.conf import settings",
        'open(settings.BASE_DIR / "seeds" / "colours.json").read()',
    ),
    "0022_set": ("from django.conf import settings", "settings.SHOP_SET"),
    "0023_live_helper": ("from core.rows import make", 'make("boxes")'),
}

MODELS = """\
    from django.db import models


    class {name}(models.Model):
        name = models.CharField(max_length=50)

        def label(self):
            return "first"
    """

FIRST = """\
    from django.db import migrations, models


    class Migration(migrations.Migration):
        initial = True
        operations = [
            migrations.CreateModel(
                name="{name}",
                fields=[
                    ("id", models.BigAutoField(primary_key=True)),
                    ("name", models.CharField(max_length=50)),
                ],
            ),
        ]
    """

RUN = """\
    def run():
        return 1
    """

SETTINGS = """\
    from pathlib import Path

    BASE_DIR = Path(__file__).resolve().parent
    SECRET_KEY = "made for one test"
    USE_TZ = True
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    AUTH_USER_MODEL = "people.Person"
    INSTALLED_APPS = [
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sites",
        "people",
        "plain",
        "stock",
        "parcels",
        "boxes",
        "shop",
    ]
    SITE_ID = 1
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "TEST": {"NAME": "one"}},
    }
    DATABASE_ROUTERS = ["core.routers.Router"]
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "table": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cached"},
    }
    SHOP_SIZE = BASE_DIR / "size.txt"
    SHOP_COLOUR = "red"
    SHOP_SHAPE = {"round": [1, 2]}
    SHOP_SET = {"a", "b", "c", "d", ("e", frozenset("fgh"))}
    UNRELATED = 1
    """


def base_files() -> dict[str, str]:
    """The sources of the project."""
    files = {
        "settings.py": SETTINGS,
        "core/__init__.py": "",
        "core/steps.py": "from core import deep\n\n\ndef run():\n    return deep.value()\n",
        "core/deep.py": "def value():\n    return 1\n",
        "core/tools/__init__.py": "",
        "core/tools/inner.py": RUN,
        "core/named.py": RUN,
        "core/dynamic/__init__.py": "",
        "core/dynamic/one.py": RUN,
        "core/env.py": "import os\n\n\ndef flag(name):\n    return os.environ.get(name)\n",
        "core/conf.py": "from django.conf import settings\n\n\ndef setting(name):\n    return getattr(settings, name)\n",
        "core/many/__init__.py": '__all__ = ["first"]\n',
        "core/many/first.py": RUN,
        "core/rows.py": "from django.apps import apps\n\n\ndef make(label):\n    apps.get_model(label, 'Box')\n",
        "core/routers.py": "class Router:\n    def allow_migrate(self, db, app_label, **hints):\n        return None\n",
        "people/__init__.py": "",
        "people/models.py": "from django.contrib.auth.models import AbstractUser\n\n\nclass Person(AbstractUser):\n    pass\n",
        "plain/__init__.py": "",
        "plain/fields.py": """\
            from django.db import models


            class Money(models.IntegerField):
                def db_type(self, connection):
                    return "integer"
            """,
        "plain/models.py": """\
            from django.db import models

            from plain.fields import Money


            class Note(models.Model):
                text = models.CharField(max_length=50, default=lambda: "x")
                price = Money()
                day = models.DateField()

                class Meta:
                    indexes = [models.Index(fields=["text"], name="note_text")]

                def label(self):
                    return "first"
            """,
        "plain/views.py": "VIEW = 1\n",
        "shop/__init__.py": "",
        "shop/apps.py": """\
            from django.apps import AppConfig


            class ShopConfig(AppConfig):
                name = "shop"

                def ready(self):
                    from django.db.models.signals import post_migrate, pre_migrate

                    from shop import after, before

                    pre_migrate.connect(before.prepare, sender=self)
                    post_migrate.connect(after.fill, sender=self)
            """,
        "shop/before.py": "def prepare(**kwargs):\n    return 1\n",
        "shop/after.py": "from shop.rows import ROWS\n\n\ndef fill(**kwargs):\n    return ROWS\n",
        "shop/rows.py": "ROWS = [1]\n",
        "shop/management/__init__.py": "import shop.connected\n",
        "shop/connected.py": """\
            from django.db.models.signals import post_migrate


            def extra(**kwargs):
                return 1


            post_migrate.connect(extra)
            """,
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/fill_shop.py": "ROWS = 1\n",
        "shop/models.py": MODELS.format(name="Item"),
        "shop/views.py": "# shown to people\nVIEW = 1\n",
        "shop/templates/shop/item.html": "<p>item</p>\n",
        "shop/sql/rows.sql": "INSERT INTO shop_item VALUES (1, 'a');\n",
        "shop/csv/one.csv": "1\n",
        "shop/fixtures/start.json": "[]\n",
        "shop/migrations/__init__.py": "",
        "shop/migrations/_helpers.py": RUN,
        "shop/migrations/notes.txt": "who knows who reads this\n",
        "shop/migrations/0001_initial.py": FIRST.format(name="Item"),
        "parcels/signals.py": "def on_save(**kwargs):\n    return 1\n",
        "parcels/apps.py": """\
            from django.apps import AppConfig


            class ParcelsConfig(AppConfig):
                name = "parcels"

                def ready(self):
                    from django.db.models.signals import post_save

                    from parcels import signals

                    post_save.connect(signals.on_save, sender=self.get_model("Parcel"))
            """,
        "size.txt": "1",
        "seeds/colours.json": "[]\n",
        "seeds/sizes.json": "[]\n",
    }
    files["people/migrations/__init__.py"] = ""
    files["people/migrations/0001_initial.py"] = FIRST.format(name="Person")
    for label, name in (("stock", "Shelf"), ("parcels", "Parcel"), ("boxes", "Box")):
        files[f"{label}/__init__.py"] = ""
        files[f"{label}/models.py"] = MODELS.format(name=name)
        files[f"{label}/migrations/__init__.py"] = ""
        files[f"{label}/migrations/0001_initial.py"] = FIRST.format(name=name)
    before = "0001_initial"
    for name, (imports, body) in STEPS.items():
        files[f"shop/migrations/{name}.py"] = MIGRATION.format(imports=imports, body=body, before=before)
        before = name
    return files


class Sources:
    """The project in a folder, and its inputs."""

    def __init__(self, folder: Path, ask: Callable[[dict[str, object]], list[dict[str, dict[str, str]]]]) -> None:
        self.root = folder / "project"
        self.cache = folder / "cache"
        self._ask = ask
        self.env: dict[str, str] = {}
        self.server = "3.40"
        for name, source in base_files().items():
            self.write(name, source)

    def write(self, name: str, source: str) -> Path:
        """Write a source, dedented."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a text that must be in a file."""
        source = (self.root / name).read_text()
        assert old in source
        (self.root / name).write_text(source.replace(old, new))

    def settings(self, text: str) -> None:
        """Add to the settings."""
        with (self.root / "settings.py").open("a") as file:
            file.write(f"\n{text}\n")

    def inputs(self, *, trust: bool = True, alias: str = "default", cwd: Path | None = None) -> Inputs:
        """Sum the inputs up in a new process.

        Args:
            trust: whether files that were written just now are taken for settled, so that tests need not wait.
            alias: of the database.
            cwd: the working directory; the project's by default.
        """
        return self.inputs_between([], trust=trust, alias=alias, cwd=cwd)[0]

    def inputs_between(
        self, actions: Sequence[str], *, trust: bool = True, alias: str = "default", cwd: Path | None = None
    ) -> list[Inputs]:
        """Sum the inputs up several times in one process; `actions` are Python sources, run one by one in between."""
        self.imported = []
        found = self._ask(
            {
                "root": str(self.root),
                "cwd": str(cwd or self.root),
                "cache": str(self.cache),
                "env": self.env,
                "trust": trust,
                "alias": alias,
                "server": self.server,
                "between": list(actions),
            }
        )
        self.imported = [each.pop("imported") for each in found]
        return [Inputs(**each) for each in found]


@pytest.fixture(scope="session")
def probe() -> Iterator[Callable[[dict[str, object]], list[dict[str, dict[str, str]]]]]:
    """Asks the probe."""
    with subprocess.Popen(
        [sys.executable, str(PROBE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask(request: Mapping[str, object]) -> list[dict[str, dict[str, str]]]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert isinstance(answer, list), answer["error"]
            return answer

        yield ask
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def sources(tmp_path: Path, probe: Callable[[dict[str, object]], list[dict[str, dict[str, str]]]]) -> Sources:
    """A project of one's own."""
    return Sources(tmp_path, probe)


@pytest.fixture(scope="module")
def unchanged(
    tmp_path_factory: pytest.TempPathFactory, probe: Callable[[dict[str, object]], list[dict[str, dict[str, str]]]]
) -> Inputs:
    """The inputs of the project as it is, in another folder."""
    return Sources(tmp_path_factory.mktemp("unchanged"), probe).inputs()
