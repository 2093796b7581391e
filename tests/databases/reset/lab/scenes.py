"""What is no test's body: how resets are installed, and the schemas on which only stock's own flush will do."""

# ruff: noqa: D103
# mypy: disable-error-code="attr-defined, misc"
from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.core.management import CommandError, call_command, get_commands
from django.core.management.commands.flush import Command
from django.db import OperationalError, connection
from django.db.models.signals import post_migrate, post_save
from django.test import TransactionTestCase, testcases

from greenroom.databases.reset import Flush, Policy, ResetReport, Resets, install, installed, uninstall
from tests.databases.reset.lab.shop.models import Country, Genre

ALL = ("sqlite", "postgresql", "mysql")
SCENES: dict[str, tuple[Callable[[], None], tuple[str, ...]]] = {}
"""By name: the scene, and the vendors that have it."""


def scene(*vendors: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a scene, for all vendors or for some."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        SCENES[function.__name__] = (function, vendors or ALL)
        return function

    return register


def sql(*statements: str) -> None:
    """Execute statements."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def learned(**policy: Any) -> Resets:
    """Resetters that know what a flush leaves."""
    resets = Resets(Policy(**policy))
    resets.prepare(["default"])
    resets.reset(Flush("default"))
    return resets


def reset(resets: Resets) -> ResetReport:
    """A reset after a test that wrote one row; it is gone then, in whatever way."""
    Genre.objects.create(title="Crime")
    report = resets.reset(Flush("default"))
    assert not Genre.objects.exists()
    return report


def run_case(**members: Any) -> None:
    """Run one TransactionTestCase."""
    case: type[TransactionTestCase] = type("Case", (TransactionTestCase,), {"test": lambda _: None, **members})
    result = unittest.TestResult()
    unittest.TestSuite([case("test")]).run(result)
    assert result.wasSuccessful(), result.errors


@scene()
def it_is_as_before_when_it_is_uninstalled() -> None:
    before = testcases.call_command
    install(Policy())
    assert testcases.call_command is not before
    install(Policy())
    uninstall()
    assert testcases.call_command is before
    with installed(Policy()):
        assert testcases.call_command is not before
    assert testcases.call_command is before


@scene()
def it_leaves_alone_what_somebody_else_has_put_there() -> None:
    with mock.patch.object(testcases, "call_command") as other:
        with installed(Policy()):
            assert testcases.call_command is other
        assert testcases.call_command is other


@scene()
def a_teardown_that_calls_super_is_reset() -> None:
    reports: list[ResetReport] = []
    called = []

    def teardown(self: TransactionTestCase) -> None:
        called.append(self)
        super(type(self), self)._fixture_teardown()

    with installed(Policy(report=reports.append)):
        run_case(_fixture_teardown=teardown)
    assert len(called) == len(reports) == 1


@scene()
def a_flush_of_the_test_s_own_is_stock_s() -> None:
    reports: list[ResetReport] = []
    with installed(Policy(report=reports.append)):
        run_case(_fixture_teardown=lambda self: call_command("flush", verbosity=0, interactive=False))
    assert not reports


@scene()
def the_project_s_own_flush_command_is_used() -> None:
    resets = learned()
    get_commands().update(flush="tests.databases.reset.lab.shop")
    with mock.patch("django.core.management.load_command_class", return_value=Command()) as loaded:
        assert reset(resets).why == "the project has its own flush command"
    assert loaded.called
    get_commands().update(flush="django.core")


@scene()
def the_backend_s_own_way_to_flush_is_used() -> None:
    resets = learned()
    own = mock.Mock(wraps=connection.ops.sql_flush)
    with mock.patch.object(connection.ops, "sql_flush", own):
        assert reset(resets).why == "the backend has its own ops.sql_flush"
    assert own.called


@scene()
def after_ddl_a_new_lease_is_made() -> None:
    renewed: list[str] = []

    def renew(alias: str) -> None:
        renewed.append(alias)
        sql("DROP TABLE left_behind")

    resets = learned(renew=renew)
    sql("CREATE TABLE left_behind (id integer)")
    assert reset(resets).how == "renewed"
    assert renewed == ["default"]
    assert reset(resets).how == "fast"


@scene("postgresql", "mysql")
def after_ddl_the_baseline_is_that_of_the_new_lease() -> None:
    Country.objects.create(code="at")
    resets = Resets(Policy("baseline", renew=lambda alias: sql("DROP TABLE left_behind")))
    resets.prepare(["default"])
    sql("CREATE TABLE left_behind (id integer)")
    assert resets.reset(Flush("default")).how == "renewed"
    Country.objects.all().delete()
    assert resets.reset(Flush("default")).how == "fast"
    assert Country.objects.get().code == "at"
    Country.objects.all().delete()


@scene("sqlite")
def after_ddl_the_baseline_has_the_old_schema() -> None:
    resets = Resets(Policy("baseline"))
    resets.prepare(["default"])
    sql("CREATE TABLE left_behind (id integer)")
    assert resets.reset(Flush("default")).how == "fast"
    assert "left_behind" not in connection.introspection.table_names()


@scene()
def an_altered_column_is_noticed() -> None:
    resets = learned()
    sql("ALTER TABLE legacy ADD COLUMN more integer")
    assert reset(resets).why == "a test changed the schema"
    assert reset(resets).how == "fast"
    sql("ALTER TABLE legacy DROP COLUMN more")
    assert reset(resets).why == "a test changed the schema"


@scene("postgresql")
def any_change_of_the_schema_is_noticed() -> None:
    for change, back in [
        ("ALTER TABLE legacy ADD CHECK (id > 0)", "ALTER TABLE legacy DROP CONSTRAINT legacy_id_check"),
        ("ALTER TABLE legacy RENAME name TO names", "ALTER TABLE legacy RENAME names TO name"),
        ("ALTER TABLE legacy ALTER name SET DEFAULT 'x'", "ALTER TABLE legacy ALTER name DROP DEFAULT"),
        ("CREATE INDEX by_name ON legacy (name)", "DROP INDEX by_name"),
        ("CREATE SEQUENCE numbers", "DROP SEQUENCE numbers"),
        (
            "CREATE TRIGGER more AFTER INSERT ON legacy FOR EACH ROW EXECUTE FUNCTION log_it()",
            "DROP TRIGGER more ON legacy",
        ),
        (
            "CREATE TABLE refers (id int REFERENCES raw_log)",
            "DROP TABLE refers",
        ),
    ]:
        resets = learned()
        assert reset(resets).how == "fast"
        sql(change)
        assert reset(resets).why == "a test changed the schema", change
        sql(back)


@scene("postgresql")
def temporary_tables_and_truncates_are_no_change() -> None:
    resets = learned()
    sql("CREATE TEMPORARY TABLE passing (id integer)", "TRUNCATE raw_log")
    assert reset(resets).how == "fast"
    assert reset(resets).how == "fast"
    sql("DROP TABLE passing")
    assert reset(resets).how == "fast"


@scene("sqlite", "mysql")
def with_a_trigger_on_what_is_filled_again_stock_flushes() -> None:
    each = "FOR EACH ROW" if connection.vendor == "mysql" else ""
    body = "INSERT INTO raw_log (text) VALUES ('site')"
    end = body if connection.vendor == "mysql" else f"BEGIN {body}; END"
    sql(f"CREATE TRIGGER on_site AFTER INSERT ON django_site {each} {end}")
    try:
        resets = learned()
        for _ in range(2):
            report = reset(resets)
            assert (report.how, report.why) == ("stock", "there is a trigger on a table that a flush fills again")
    finally:
        sql("DROP TRIGGER on_site")


@scene("postgresql")
def where_truncate_does_more_stock_truncates() -> None:
    for change, back in [
        (
            "CREATE TRIGGER t AFTER TRUNCATE ON shop_genre EXECUTE FUNCTION log_it()",
            "DROP TRIGGER t ON shop_genre",
        ),
        ("ALTER TABLE shop_genre ENABLE ROW LEVEL SECURITY", "ALTER TABLE shop_genre DISABLE ROW LEVEL SECURITY"),
        (
            "CREATE TRIGGER t AFTER INSERT ON django_site FOR EACH ROW EXECUTE FUNCTION log_it()",
            "DROP TRIGGER t ON django_site",
        ),
        ("CREATE TABLE site_child () INHERITS (django_site)", "DROP TABLE site_child"),
    ]:
        sql(change)
        resets = learned()
        assert reset(resets).how == "stock", change
        sql(back)


@scene("postgresql")
def what_stock_can_t_flush_raises_as_under_stock() -> None:
    sql("CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.refers (genre bigint REFERENCES shop_genre)")
    resets = Resets(Policy())
    for _ in range(2):
        with pytest.raises(CommandError, match="couldn't be flushed"):
            resets.reset(Flush("default"))
    assert resets.reset(Flush("default", allow_cascade=True)).how == "learned"
    sql("INSERT INTO shop_genre (title) VALUES ('x')", "INSERT INTO elsewhere.refers SELECT id FROM shop_genre")
    assert resets.reset(Flush("default", allow_cascade=True)).how == "fast"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM elsewhere.refers")
        assert cursor.fetchone() == (0,)
    sql("DROP SCHEMA elsewhere CASCADE")


@scene("sqlite")
def with_a_reference_from_a_table_without_model_stock_flushes() -> None:
    sql("CREATE TABLE refers (genre integer REFERENCES shop_genre ON DELETE CASCADE)")
    resets = learned()
    assert "refers has a foreign key" in reset(resets).why
    sql("DROP TABLE refers")


@scene("postgresql")
def children_and_partitions_are_emptied() -> None:
    sql("CREATE TABLE child () INHERITS (shop_genre)")
    resets = learned()
    sql("INSERT INTO child (id, title) VALUES (900, 'x')")
    report = resets.reset(Flush("default"))
    assert (report.how, report.tables_reset) == ("fast", 1)
    assert not Genre.objects.exists()
    sql("DROP TABLE child")


@scene("postgresql")
def no_more_rights_are_needed_than_the_owner_has() -> None:
    sql("CREATE ROLE plain", "GRANT ALL ON SCHEMA public TO plain", "GRANT plain TO CURRENT_USER")
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 2200")
        names = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
    sql(*(f"ALTER TABLE {name} OWNER TO plain" for name in names))
    sql("SET ROLE plain")
    resets = learned()
    assert reset(resets).how == "fast"
    Site.objects.all().delete()
    Genre.objects.bulk_create([Genre(title=f"genre {number}") for number in range(5000)])
    assert reset(resets).how == "fast"
    assert Site.objects.count() == 1
    sql("RESET ROLE", *(f"ALTER TABLE {name} OWNER TO {owner}" for name in names), "DROP OWNED BY plain")
    sql("DROP ROLE plain")


@scene("postgresql")
def a_broken_connection_raises_as_under_stock() -> None:
    resets = learned()
    with pytest.raises(OperationalError):
        sql("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(OperationalError):
        resets.reset(Flush("default"))
    connection.close()
    assert reset(resets).how == "fast"


@scene("postgresql")
def pages_without_rows_are_given_back() -> None:
    resets = learned()
    Genre.objects.bulk_create([Genre(title=f"genre {number}") for number in range(5000)])
    Country.objects.create(code="xx")
    resets.reset(Flush("default"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('shop_genre'), pg_relation_size('shop_country')")
        assert cursor.fetchone() == (0, 0)


@scene()
def who_listens_to_the_saving_of_the_site_hears_of_it() -> None:
    heard = []

    def listen(instance: Site, **kwargs: Any) -> None:
        heard.append(instance.pk)

    resets = learned()
    post_save.connect(listen, sender=Site)
    try:
        for _ in range(3):
            resets.reset(Flush("default"))
        assert heard == [1, 1, 1]
    finally:
        post_save.disconnect(listen, sender=Site)
    assert reset(resets).how == "fast"
    assert Site.objects.get().name == "example.com"


@scene()
def asynchronous_receivers_are_django_s_to_run() -> None:
    heard = []

    async def listen(**kwargs: Any) -> None:
        heard.append(kwargs["app_config"].label)

    resets = learned()
    post_migrate.connect(listen)
    try:
        assert reset(resets).why == "a receiver of post_migrate is asynchronous"
        assert "shop" in heard
    finally:
        post_migrate.disconnect(listen)
    assert reset(resets).how == "fast"


@scene()
def a_receiver_that_changes_its_mind_is_not_in_the_way() -> None:
    made: list[bool] = []

    def receive(app_config: Any, using: str, **kwargs: Any) -> None:
        if app_config.label == "contenttypes" and made:
            ContentType.objects.using(using).create(app_label="shop", model="genre")

    post_migrate.connect(receive)
    try:
        resets = learned()
        made.append(True)
        for _ in range(2):
            report = reset(resets)
            assert report.why.startswith("a receiver of post_migrate made")
            assert ContentType.objects.filter(app_label="shop", model="genre").count() == 1
    finally:
        post_migrate.disconnect(receive)


@scene()
def a_reset_of_nothing_touches_nothing() -> None:
    resets = learned()
    reset(resets)
    assert resets.reset(Flush("default")).tables_reset == 0
