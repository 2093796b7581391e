"""A change of each input is noticed, by a process that knows the project from before; other changes are not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.databases.fingerprint.conftest import Sources

Change = Callable[["Sources"], object]


def edit(name: str, old: str = "return 1", new: str = "return 2") -> Change:
    """Another text in a file, of the same length where that is not said otherwise."""
    return lambda project: project.replace(name, old, new)


def write(name: str, source: str) -> Change:
    """A file that was not there, or is another one."""
    return lambda project: project.write(name, source)


def setting(text: str) -> Change:
    """Another setting."""
    return lambda project: project.settings(text)


def env(**variables: str) -> Change:
    """Other environment variables."""
    return lambda project: project.env.update(variables)


def remove(name: str) -> Change:
    """A file less."""
    return lambda project: (project.root / name).unlink()


def server(project: Sources) -> None:
    """Another version of the database server."""
    project.server = "3.41"


def in_secret(project: Sources) -> None:
    """Another text of the same length, with the old time of modification."""
    path = project.root / "core/named.py"
    before = path.stat()
    project.replace("core/named.py", "return 1", "return 2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def touch(project: Sources) -> None:
    """Another time of modification, and nothing else, for all files."""
    for path in project.root.rglob("*.py"):
        os.utime(path, (1, 1))


BEFORE = """
from django.db.backends.signals import connection_created
from django.db.models.signals import post_save
"""

CHANGES: dict[str, tuple[Change, str]] = {
    # Migrations, and what they import
    "migration": (edit("shop/migrations/0001_initial.py", "=50", "=51"), "migration shop.0001_initial changed"),
    "comment in a migration": (
        edit("shop/migrations/0001_initial.py", "initial = True", "initial = True  # first"),
        "migration shop.0001_initial changed",
    ),
    "new migration": (
        write("stock/migrations/0002_new.py", "class Migration:\n    pass\n"),
        "migration stock.0002_new is new",
    ),
    "removed migration": (remove("stock/migrations/0001_initial.py"), "migration stock.0001_initial is gone"),
    "broken migration": (
        write("shop/migrations/0001_initial.py", "class Migration(:\n"),
        "migration shop.0001_initial changed",
    ),
    "compiled migration": (write("stock/migrations/0002_new.pyc", "x"), "migration stock.0002_new is new"),
    "package of migrations": (
        write("stock/migrations/__init__.py", "X = 1\n"),
        "module stock.migrations changed",
    ),
    "import": (edit("core/steps.py", "deep.value()", "deep.value() "), "migration shop.0002_absolute changed"),
    "import of an import": (edit("core/deep.py"), "migration shop.0002_absolute changed"),
    "package of an import": (write("core/__init__.py", "X = 1\n"), "migration shop.0002_absolute changed"),
    "relative import": (edit("shop/migrations/_helpers.py"), "migration shop.0003_relative changed"),
    "chain of attributes": (edit("core/tools/inner.py"), "migration shop.0004_chain changed"),
    "dotted string": (edit("core/named.py"), "migration shop.0005_named changed"),
    "dynamic import": (edit("core/dynamic/one.py"), "migration shop.0006_dynamic changed"),
    "dynamic import of a new module": (write("core/dynamic/two.py", "X = 1\n"), "migration shop.0006_dynamic changed"),
    "star import": (edit("core/many/first.py"), "migration shop.0020_star changed"),
    "a new package in place of a module": (
        write("core/named/__init__.py", "def run():\n    return 3\n"),
        "migration shop.0005_named changed",
    ),
    "same size and time": (in_secret, "migration shop.0005_named changed"),
    # What they read and ask for
    "data": (edit("shop/sql/rows.sql", "'a'", "'b'"), "migration shop.0007_data changed"),
    "data of a new file": (write("shop/csv/two.csv", "2\n"), "migration shop.0008_glob changed"),
    "data outside of the app": (edit("seeds/colours.json", "[]", "{}"), "migration shop.0021_base_dir changed"),
    "data among migrations": (
        edit("shop/migrations/notes.txt", "who", "Who"),
        "files among the migrations of shop changed",
    ),
    "fixture": (edit("shop/fixtures/start.json", "[]", "{}"), "migration shop.0009_fixture changed"),
    "fixture of another app": (write("stock/fixtures/start.xml", "x"), "migration shop.0009_fixture changed"),
    "variable": (env(SHOP_ROWS="2"), "migration shop.0010_environment changed"),
    "variable by a helper": (env(SHOP_FLAG="2"), "migration shop.0011_environment_helper changed"),
    "variable by its beginning": (env(PREFIXED_X="2"), "migration shop.0012_environment_prefix changed"),
    "setting": (setting("SHOP_SIZE = 2"), "migration shop.0013_setting changed"),
    "setting by its name": (setting("SHOP_COLOUR = 'tan'"), "setting SHOP_COLOUR changed"),
    "setting by a helper": (setting("SHOP_SHAPE['round'].append(3)"), "migration shop.0015_setting_helper changed"),
    "setting that is not there any more": (setting("del SHOP_COLOUR"), "migration shop.0014_setting_by_name changed"),
    "set in a setting": (setting("SHOP_SET = SHOP_SET | {'z'}"), "migration shop.0022_set changed"),
    "lambda in a setting": (setting("SHOP_SIZE = lambda: 5"), "migration shop.0013_setting changed"),
    "file named by a setting": (
        lambda project: project.write("size.txt", "2"),
        "migration shop.0013_setting changed",
    ),
    # Models that they use as they are now
    "live model by label": (edit("stock/models.py", '"first"', '"other"'), "migration shop.0016_live changed"),
    "live model by import": (
        edit("parcels/models.py", '"first"', '"other"'),
        "migration shop.0017_live_import changed",
    ),
    "live model by a helper": (
        edit("boxes/models.py", '"first"', '"other"'),
        "migration shop.0023_live_helper changed",
    ),
    "receiver of a live model": (edit("parcels/signals.py"), "migration shop.0017_live_import changed"),
    "user model": (edit("people/models.py", "pass", "x = 1"), "migration shop.0018_user changed"),
    "command called": (edit("shop/management/commands/fill_shop.py", "1", "2"), "migration shop.0019_command changed"),
    # Settings
    **{
        f"setting {name}": (setting(f"{name} = {value}"), f"setting {name} changed")
        for name, value in {
            "INSTALLED_APPS": "[*INSTALLED_APPS, 'django.contrib.sessions']",
            "AUTH_USER_MODEL": "'auth.User'",
            "DEFAULT_AUTO_FIELD": "'django.db.models.AutoField'",
            "DEFAULT_TABLESPACE": "'fast'",
            "DEFAULT_INDEX_TABLESPACE": "'fast'",
            "DATABASE_ROUTERS": "[]",
            "USE_TZ": "False",
            "TIME_ZONE": "'UTC'",
            "LANGUAGE_CODE": "'de'",
            "USE_I18N": "False",
            "LANGUAGES": "[('de', 'German')]",
            "SITE_ID": "2",
            "PASSWORD_HASHERS": "['django.contrib.auth.hashers.MD5PasswordHasher']",
            "MIGRATION_MODULES": "{'stock': None}",
        }.items()
    },
    "migrations moved": (setting("MIGRATION_MODULES = {'stock': 'parcels.migrations'}"), "MIGRATION_MODULES changed"),
    "cache in a table": (setting("CACHES['table']['LOCATION'] = 'kept'"), "setting CACHES changed"),
    "options": (setting("DATABASES['default']['OPTIONS'] = {'timeout': 5}"), "settings of the connection changed"),
    "test settings": (setting("DATABASES['default']['TEST'] = {'CHARSET': 'utf8'}"), "setting DATABASES changed"),
    "no migrations": (
        setting("DATABASES['default']['TEST'] = {'MIGRATE': False}"),
        "migration shop.0001_initial is gone",
    ),
    "mirror": (setting("DATABASES['other']['TEST']['MIRROR'] = 'default'"), "setting DATABASES changed"),
    "server": (server, "server changed"),
    # Models
    "table": (edit("plain/models.py", "=50", "=60"), "models of plain changed"),
    "index": (edit("plain/models.py", "note_text", "note_name"), "models of plain changed"),
    "constraint": (
        edit("plain/models.py", "indexes =", "unique_together = [('text', 'day')]\n        indexes ="),
        "models of plain changed",
    ),
    "code of a field": (edit("plain/fields.py", '"integer"', '"numeric"'), "code of the fields of plain changed"),
    "permission": (
        edit("shop/models.py", "    def label", "    class Meta:\n        permissions = [('a', 'b')]\n\n    def label"),
        "content types and permissions of shop changed",
    ),
    "name of a model": (
        edit("shop/models.py", "    def label", "    class Meta:\n        verbose_name = 'thing'\n\n    def label"),
        "content types and permissions of shop changed",
    ),
    "new model": (
        edit("shop/models.py", "class Item", "class Other(models.Model):\n    pass\n\n\nclass Item"),
        "content types and permissions of shop changed",
    ),
    "label of an app": (
        edit("shop/apps.py", 'name = "shop"', 'name = "shop"\n    label = "store"'),
        "apps changed",
    ),
    # What is called
    "router": (edit("core/routers.py", "None", "not hints"), "router core.routers.Router changed"),
    "receiver before": (edit("shop/before.py"), "receiver shop.before.prepare of pre_migrate changed"),
    "receiver after": (edit("shop/after.py", "return ROWS", "return None"), "receiver shop.after.fill changed"),
    "import of a receiver": (edit("shop/rows.py", "1", "2"), "receiver shop.after.fill changed"),
    "receiver connected by management": (edit("shop/connected.py"), "receiver shop.connected.extra changed"),
    "new receiver": (
        edit("shop/after.py", "from shop", BEFORE + "from shop"),
        "receiver shop.after.fill changed",
    ),
    "receiver of every model": (
        edit(
            "shop/apps.py",
            "pre_migrate.connect",
            "from django.db.models.signals import post_save\n\n        post_save.connect(before.prepare)\n        pre_migrate.connect",
        ),
        "receiver shop.before.prepare of post_save is new",
    ),
    "receiver of another app": (
        edit("shop/apps.py", "after.fill, sender=self", "after.fill"),
        "order of receivers changed",
    ),
    "management": (edit("shop/management/__init__.py", "connected", "connected  # all"), "management of shop changed"),
    "own migrate": (
        write(
            "shop/management/commands/migrate.py",
            "from django.core.management.commands.migrate import Command\n",
        ),
        "command migrate changed",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change_of_an_input(name: str, sources: Sources) -> None:
    """The digest is another one, and the difference is told in words."""
    change, words = CHANGES[name]
    before = sources.inputs()
    change(sources)
    after = sources.inputs()
    assert after.digest != before.digest
    assert any(words in line for line in after.diff(before)), after.diff(before)


OTHERS: dict[str, Change] = {
    "nothing": lambda project: None,
    "view": edit("shop/views.py", "VIEW = 1", "VIEW = 2"),
    "comment": edit("shop/views.py", "shown", "hidden"),
    "new module": write("shop/urls.py", "urlpatterns = []\n"),
    "template": edit("shop/templates/shop/item.html", "item", "thing"),
    "method of a model": edit("shop/models.py", '"first"', '"second"'),
    "method of a model without migrations": edit("plain/models.py", '"first"', '"second"'),
    "default of a field without migrations": edit("plain/models.py", '"x"', '"y"'),
    "help for a field": edit("shop/models.py", "max_length=50", "max_length=50, help_text='why'"),
    "unrelated setting": setting("UNRELATED = 2\nDEBUG = True\nSECRET_KEY = 'other'"),
    "cache without a table": setting("CACHES['default']['LOCATION'] = 'elsewhere'"),
    "names of databases": setting("DATABASES['other']['NAME'] = 'x'\nDATABASES['other']['TEST']['NAME'] = 'two'"),
    "password": setting("DATABASES['default'].update(PASSWORD='x', HOST='y', CONN_MAX_AGE=5)"),
    "unrelated variable": env(UNRELATED="2"),
    "window and folder of the process": env(PWD="/", OLDPWD="/", COLUMNS="10", PYTEST_CURRENT_TEST="x"),
    "unrelated data": edit("seeds/sizes.json", "[]", "{}"),
    "fixture for tests": write("stock/fixtures/for_tests.json", "[]"),
    "file in the root": write("notes.txt", "x"),
    "module in the root": write("conftest.py", ""),
    "backup of an editor": write("shop/migrations/notes.txt~", "x"),
    "times of files": touch,
}


@pytest.mark.parametrize("name", OTHERS)
def test_change_of_something_else(name: str, sources: Sources) -> None:
    """The inputs are equal, in all of their parts."""
    before = sources.inputs()
    OTHERS[name](sources)
    after = sources.inputs()
    assert after.diff(before) == []
    assert after == before


def test_new_migration_extends(sources: Sources) -> None:
    """A model and its migration more: what lacks them is a beginning of what is now. The other way round it is not."""
    before = sources.inputs()
    sources.write("stock/migrations/0002_more.py", "class Migration:\n    pass\n")
    sources.write("stock/models.py", (sources.root / "stock/models.py").read_text())
    sources.replace("shop/models.py", "class Item", "class Other(models.Model):\n    pass\n\n\nclass Item")
    after = sources.inputs()
    assert after.extends(before)
    assert after.extends(after)
    assert not before.extends(after)


def test_changed_migration_does_not_extend(sources: Sources) -> None:
    """Whatever else is new."""
    before = sources.inputs()
    sources.write("stock/migrations/0002_more.py", "class Migration:\n    pass\n")
    sources.replace("core/named.py", "return 1", "return 2")
    assert not sources.inputs().extends(before)


def test_changed_part_does_not_extend(sources: Sources) -> None:
    """With the same migrations."""
    before = sources.inputs()
    sources.settings("LANGUAGE_CODE = 'de'")
    assert not sources.inputs().extends(before)


def test_aliases_have_inputs_of_their_own(sources: Sources) -> None:
    """A migration may look at the alias."""
    assert sources.inputs().digest != sources.inputs(alias="other").digest


def test_no_migration_is_imported(sources: Sources) -> None:
    """That alone would take longer than all the rest."""
    sources.inputs()
    assert not any(sources.imported)


def test_folder_does_not_count(sources: Sources, unchanged: object, tmp_path: Path) -> None:
    """The same project elsewhere, seen from another working directory, has the same digests but for `BASE_DIR`."""
    here = sources.inputs(cwd=tmp_path)
    lines = here.diff(unchanged)  # type: ignore[arg-type]
    assert lines == [
        "migration shop.0013_setting changed",
        "migration shop.0021_base_dir changed",
        "setting BASE_DIR changed",
        "setting SHOP_SIZE changed",
    ]
