# ruff: noqa: D103
# mypy: disable-error-code="attr-defined"
"""What tests do to their databases. Each is the body of one TransactionTestCase."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.db import connection, connections, transaction

from tests.databases.reset.lab.extra.models import Note, Remark
from tests.databases.reset.lab.shop import models

BODIES: dict[str, tuple[Callable[[], None], dict[str, Any]]] = {}
"""By name: the body, and the attributes of its test case."""


def body(**attributes: Any) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a body; the arguments are attributes of its TransactionTestCase."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        BODIES[function.__name__] = (function, attributes)
        return function

    return register


def sql(statement: str, alias: str = "default") -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)


@body()
def nothing() -> None:
    pass


@body()
def insert() -> None:
    author = models.Author.objects.create(name="Ann")
    models.Book.objects.create(title="One", author=author, price=Decimal("1.50"), about={"a": [1]})
    models.Genre.objects.create(title="Crime")


@body()
def insert_again() -> None:
    author = models.Author.objects.create(name="Bob")
    models.Book.objects.create(title="Two", author=author)


@body()
def every_shape() -> None:
    user = User.objects.create_user("ann")
    user.groups.add(Group.objects.create(name="staff"))
    user.user_permissions.add(Permission.objects.order_by("codename")[0])
    author = models.Author.objects.create(name="Ann", user=user, country=models.Country.objects.create(code="xx"))
    book = models.Book.objects.create(title="One", author=author)
    book.genres.add(models.Genre.objects.create(title="Crime"))
    models.Label.objects.create(item=book, text="good")
    models.Placing.objects.create(shelf=models.Shelf.objects.create(room="1"), book=book, place=1)
    node = models.Node.objects.create(parent=models.Node.objects.create())
    node.friends.add(models.Node.objects.create(parent=node))
    left = models.Left.objects.create()
    left.right = models.Right.objects.create(left=left)
    left.save()
    models.Bistro.objects.create(address="Here", stars=2)
    models.Parcel.objects.create()
    models.Watched.objects.create(name="w")
    models.Odd.objects.create(number=3)
    models.Ordered.objects.bulk_create([models.Ordered(position=number) for number in range(30)])


@body()
def update_own_rows_of_django() -> None:
    Permission.objects.filter(codename="add_book").update(name="Changed")
    Site.objects.update(domain="changed.example")


@body()
def swap_two_names() -> None:
    first, second = Permission.objects.order_by("pk")[:2]
    Permission.objects.filter(pk=first.pk).update(name=second.name)
    Permission.objects.filter(pk=second.pk).update(name=first.name)


@body()
def delete_types() -> None:
    Permission.objects.all().delete()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()


@body()
def delete_and_insert_as_many() -> None:
    Permission.objects.filter(codename="add_book").delete()
    kind = ContentType.objects.get_for_model(models.Book)
    Permission.objects.create(codename="other", name="Other", content_type=kind)


@body()
def new_types() -> None:
    kind = ContentType.objects.create(app_label="shop", model="ghost")
    Permission.objects.create(codename="haunt", name="Haunt", content_type=kind)
    ContentType.objects.get_for_id(kind.pk)
    Site.objects.create(domain="two.example", name="two")
    Site.objects.get_current()


@body()
def truncate() -> None:
    models.Genre.objects.create(title="Crime")
    vendor = connection.vendor
    sql("DELETE FROM shop_genre" if vendor == "sqlite" else "TRUNCATE TABLE django_session")
    sql("DELETE FROM auth_permission")


@body()
def raw_sql() -> None:
    sql("INSERT INTO raw_log (text) VALUES ('raw')")
    sql("INSERT INTO shop_genre (title) VALUES ('raw')")
    sql("INSERT INTO legacy (name) VALUES ('raw')")
    sql("UPDATE legacy SET name = 'changed' WHERE name = 'old'")
    models.Legacy.objects.create(name="by model")


@body()
def replace_a_type() -> None:
    kind = ContentType.objects.get_for_model(models.Book)
    models.Genre.objects.create(title="Crime")
    if connection.vendor == "postgresql":
        sql("INSERT INTO django_site VALUES (1, 'r.example', 'r') ON CONFLICT (id) DO UPDATE SET name = 'r'")
    elif connection.vendor == "mysql":
        sql("SET FOREIGN_KEY_CHECKS = 0")
        sql(f"REPLACE INTO django_content_type (id, app_label, model) VALUES ({kind.pk}, 'shop', 'novel')")
        sql("SET FOREIGN_KEY_CHECKS = 1")
    else:
        sql("REPLACE INTO django_site (id, domain, name) VALUES (1, 'r.example', 'r')")


@body()
def triggers() -> None:
    models.Watched.objects.create(name="one")
    models.Watched.objects.create(name="two")
    models.Watched.objects.filter(name="one").delete()


@body()
def other_thread() -> None:
    models.Genre.objects.create(title="Crime")
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        # Another connection of the same process: it shares the cache.
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("UPDATE auth_permission SET name = 'from another' WHERE codename = 'add_book'")
            cursor.execute("INSERT INTO shop_genre (title) VALUES ('from another')")
        other.connection.close()
        return

    def write() -> None:
        models.Genre.objects.create(title="from another")
        Permission.objects.filter(codename="add_book").update(name="from another")
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()


@body()
def rolled_back() -> None:
    with transaction.atomic():
        models.Genre.objects.create(title="never")
        Permission.objects.all().delete()
        transaction.set_rollback(True)


@body()
def closed() -> None:
    models.Genre.objects.create(title="Crime")
    connection.close()


@body()
def without_autocommit() -> None:
    models.Genre.objects.create(title="kept")
    transaction.set_autocommit(False)
    models.Genre.objects.create(title="not committed")


@body()
def after_without_autocommit() -> None:
    models.Genre.objects.create(title="Crime")


@body()
def in_atomic() -> None:
    models.Genre.objects.create(title="kept")
    transaction.atomic().__enter__()
    models.Genre.objects.create(title="open")
    connection.set_rollback(False)


@body()
def after_in_atomic() -> None:
    models.Genre.objects.create(title="Crime")


@body(databases={"default", "other"})
def two_databases() -> None:
    models.Genre.objects.create(title="Crime")
    note = Note.objects.using("other").create(text="there")
    Remark.objects.using("other").create(note=note)
    Note.objects.create(text="here")


@body(databases={"other"})
def only_the_other() -> None:
    Note.objects.using("other").create(text="there")
    sql("DELETE FROM django_content_type WHERE app_label = 'shop'", "other")


@body(
    available_apps=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sites",
        "tests.databases.reset.lab.shop",
    ]
)
def available_apps() -> None:
    models.Genre.objects.create(title="Crime")
    User.objects.create_user("ann")


@body(serialized_rollback=True)
def serialized_rollback() -> None:
    models.Genre.objects.create(title="Crime")
    models.Country.objects.all().delete()


@body(serialized_rollback=True)
def serialized_rollback_again() -> None:
    models.Genre.objects.create(title="Horror")


@body()
def after_serialized_rollback() -> None:
    pass


@body(available_apps=["tests.databases.reset.lab.extra"])
def few_available_apps() -> None:
    Remark.objects.create(note=Note.objects.create(text="x"))
    sql("INSERT INTO shop_genre (title) VALUES ('stays')")


@body(available_apps=["django.contrib.contenttypes"])
def cascading_available_apps() -> None:
    ContentType.objects.create(app_label="a", model="b")


@body()
def after_available_apps() -> None:
    models.Genre.objects.create(title="Crime")


@body(reset_sequences=True)
def reset_sequences() -> None:
    for number in range(3):
        models.Genre.objects.create(title=f"genre {number}")
    models.Author.objects.create(name="Ann")


@body()
def many_types_after_reset_sequences() -> None:
    for number in range(80):
        kind = ContentType.objects.create(app_label="many", model=f"m{number}")
        Permission.objects.create(codename="x", name="x", content_type=kind)
    Site.objects.create(domain="next.example", name="next")


@body()
def creates_and_drops_a_table() -> None:
    sql("CREATE TABLE passing (id integer)")
    sql("DROP TABLE passing")
    models.Genre.objects.create(title="Crime")


@body()
def creates_a_table() -> None:
    sql("CREATE TABLE left_behind (id integer)")
    sql("INSERT INTO left_behind VALUES (1)")
    models.Genre.objects.create(title="Crime")


@body()
def alters_a_table() -> None:
    sql("ALTER TABLE raw_log ADD COLUMN more integer")
    models.Genre.objects.create(title="Crime")


@body()
def after_altering() -> None:
    models.Genre.objects.create(title="Crime")


@body()
def fails() -> None:
    models.Genre.objects.create(title="Crime")
    raise AssertionError


@body()
def many_rows() -> None:
    models.Genre.objects.bulk_create([models.Genre(title=f"genre {number}") for number in range(3000)])


@body()
def after_many_rows() -> None:
    models.Genre.objects.create(title="Crime")


@body()
def custom_name_of_site() -> None:
    Site.objects.get_current()
    Site.objects.all().delete()


@body()
def receiver_fails() -> None:
    from tests.databases.reset.lab.shop.apps import FAIL

    models.Genre.objects.create(title="Crime")
    FAIL.append("shop")


@body()
def after_receiver_failed() -> None:
    models.Genre.objects.create(title="Crime")
