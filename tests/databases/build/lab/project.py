"""A project whose migrations have what generated operations have not: a swapped user, squashes, content types, signals."""

from __future__ import annotations

from pathlib import Path

SETTINGS = """
import json, os
SECRET_KEY = "x"
USE_TZ = True
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "accounts", "shop.apps.Shop", "plain", "zoo"]
DATABASES = {"default": json.loads(os.environ["LAB_DATABASE"])}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
"""

ACCOUNTS = """
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0012_alter_user_first_name_max_length"), ("zoo", "0001_initial")]
    operations = [
        migrations.CreateModel("User", [
            ("id", models.AutoField(primary_key=True)),
            ("password", models.CharField(max_length=128)),
            ("last_login", models.DateTimeField(null=True)),
            ("username", models.CharField(max_length=50, unique=True)),
            ("pet", models.ForeignKey("zoo.Animal", models.SET_NULL, null=True)),
            ("groups", models.ManyToManyField("auth.Group")),
        ], options={"swappable": "AUTH_USER_MODEL"}),
    ]
"""

SHOP_APP = """
from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
SEEN = []
def note(sender, plan, apps, **kwargs):
    SEEN.append([
        sorted(model._meta.label for model in apps.get_models()),
        sorted(str(other.field) for model in apps.get_models() for other in model._meta.related_objects),
        [str(migration) for migration, _ in plan],
    ])
class Shop(AppConfig):
    name = "shop"
    def ready(self):
        if os.environ.get("LAB_SIGNALS"):
            pre_migrate.connect(note, sender=self)
            post_migrate.connect(note, sender=self)
import os
"""

FIRST = """
from django.conf import settings
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel("Item", [
            ("id", models.AutoField(primary_key=True)),
            ("name", models.CharField(max_length=20)),
            ("owner", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="items")),
        ]),
        migrations.CreateModel("Order", [
            ("id", models.AutoField(primary_key=True)),
            ("items", models.ManyToManyField("shop.Item")),
        ]),
    ]
"""

SQUASHED = """
from django.db import migrations, models
class Migration(migrations.Migration):
    replaces = [("shop", "0002_a"), ("shop", "0003_b")]
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("item", "price", models.IntegerField(default=5)),
        migrations.RenameModel("Order", "Purchase"),
    ]
"""

TYPES = """
from django.db import migrations
def forwards(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    User = apps.get_model("accounts", "User")
    Item = apps.get_model("shop", "Item")
    kind, _ = ContentType.objects.get_or_create(app_label="shop", model="item")
    user = User.objects.create(username="kind %s" % kind.id)
    Item.objects.create(name="first", owner=user)
    assert user.items.count() == 1
    assert User.objects.filter(items__name="first").exists()
    Item.objects.filter(name="first").delete()
    Item.objects.create(name="second", owner=user)
class Migration(migrations.Migration):
    dependencies = [("shop", "0002_squashed"), ("contenttypes", "0002_remove_content_type_name")]
    operations = [migrations.RunPython(forwards)]
"""

LATER = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("shop", "0004_types")]
    operations = [
        migrations.RenameModel("Item", "Thing"),
        migrations.AlterField("thing", "name", models.CharField(max_length=40, unique=True)),
        migrations.CreateModel("Extra", [
            ("thing_ptr", models.OneToOneField("shop.Thing", models.CASCADE, auto_created=True, parent_link=True,
                                               primary_key=True, serialize=False)),
            ("more", models.TextField()),
        ], bases=("shop.thing",)),
    ]
"""

ZOO = """
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Animal", [("id", models.AutoField(primary_key=True))]),
        migrations.CreateModel("Cage", [("id", models.AutoField(primary_key=True))]),
    ]
"""

ZOO_SAME = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("zoo", "0001_initial")]
    operations = [migrations.AddField("{model}", "size", models.IntegerField(null=True))]
"""

PLAIN = """
from django.db import models
class Leaf(models.Model):
    name = models.CharField(max_length=3)
class Twig(models.Model):
    leaves = models.ManyToManyField(Leaf)
"""

USER = """
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
class User(AbstractBaseUser):
    username = models.CharField(max_length=50, unique=True)
    USERNAME_FIELD = "username"
"""

SCRIPT = """
import contextlib, json, os, sys, warnings
sys.path[:0] = json.loads(os.environ["LAB_PATHS"])
os.environ["DJANGO_SETTINGS_MODULE"] = "lab_settings"
warnings.simplefilter("ignore")
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from shop.apps import SEEN
from tests.databases.build.lab.dump import dump
mode, argument = sys.argv[1:]
out = {}
if mode == "refused":
    from greenroom.databases.build import delta_refused
    out["refused"] = delta_refused(json.loads(argument))
elif mode == "stock":
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
else:
    from greenroom.databases.build import migrate
    def bare(alias):
        assert alias == "default"
        if argument:
            import sqlite3
            with contextlib.closing(sqlite3.connect(argument)) as copy:
                connection.connection.backup(copy)
        out["bare"] = dump(connection)
    report = migrate("default", before_post_migrate=bare)
    out["report"] = [report.slow, report.migrations, report.eager, report.bare]
if mode != "refused":
    out["dump"] = dump(connection)
out["seen"] = SEEN
print(json.dumps(out))
"""


def write(folder: Path) -> None:
    """The project, without what comes later."""
    files = {
        "lab_settings.py": SETTINGS,
        "accounts/models.py": USER,
        "accounts/migrations/0001_initial.py": ACCOUNTS,
        "shop/apps.py": SHOP_APP,
        "shop/models.py": "",
        "shop/migrations/0001_initial.py": FIRST,
        "shop/migrations/0002_squashed.py": SQUASHED,
        "shop/migrations/0004_types.py": TYPES,
        "plain/models.py": PLAIN,
        "zoo/models.py": "",
        "zoo/migrations/0001_initial.py": ZOO,
        "run.py": SCRIPT,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for package in ("accounts", "shop", "plain", "zoo"):
        (folder / package / "__init__.py").touch()
        if package != "plain":
            (folder / package / "migrations" / "__init__.py").touch()
