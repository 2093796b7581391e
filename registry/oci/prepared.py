"""Queries that are written once, and then asked with other values.

For what every request asks: to write a query takes the ORM many times as long as SQLite takes to answer it.

    _find = Prepared(lambda: Tag.objects.filter(name=Slot("tag")).values_list("manifest__digest"))
    rows = _find(tag="latest")
"""

from collections.abc import Callable
from typing import Any

from django.db import connections, router
from django.db.models import Expression, Model, QuerySet


class Slot(Expression):
    """A place in a query for a value that is given later. Values go to the database as they are: text and numbers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """A parameter, which is the slot itself until the query is asked."""
        return "%s", [self]


class Prepared:
    """A query with slots. It is made of a function, for models may not be loaded yet.

    Called with a value for each slot it returns rows as the database has them, so it is for columns of text, numbers and
    bytes: others would need the conversions of their fields.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._written: tuple[str, str, tuple[Any, ...]] | None = None

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        """Ask. Raises KeyError for a slot without a value."""
        alias, sql, given = self._query()
        params = [values[part.name] if isinstance(part, Slot) else part for part in given]
        with connections[alias].cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _query(self) -> tuple[str, str, tuple[Any, ...]]:
        if self._written is None:
            # Two threads may both write it: the same.
            found = self._make()
            sql, params = found.query.get_compiler(using=found.db).as_sql()
            self._written = found.db, sql, tuple(params)
        return self._written


class Insert:
    """A row that is written unless one with the same key is there. SQLite's and PostgreSQL's `ON CONFLICT`."""

    def __init__(self, model: type[Model], *names: str) -> None:
        self._model = model
        self._fields = [model._meta.get_field(name) for name in names]

    def __call__(self, *values: Any) -> Any | None:
        """Its primary key; None where another row was there already."""
        alias = router.db_for_write(self._model)
        connection = connections[alias]
        params = [
            field.get_db_prep_save(value, connection)  # type: ignore[union-attr]
            for field, value in zip(self._fields, values, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql(connection.ops.quote_name), params)
            row = cursor.fetchone()
        return row[0] if row else None

    def _sql(self, quoted: Callable[[str], str]) -> str:
        meta = self._model._meta
        columns = ", ".join(quoted(str(field.column)) for field in self._fields)  # type: ignore[union-attr]
        places = ", ".join(["%s"] * len(self._fields))
        return (
            f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({places}) "  # noqa: S608 - names of models alone
            f"ON CONFLICT DO NOTHING RETURNING {quoted(str(meta.pk.column))}"
        )
