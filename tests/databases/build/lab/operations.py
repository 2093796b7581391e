"""Random, valid sequences of operations, of every class that Django has."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from tests.databases.build.lab import pieces

APPS = ("one", "two")


class Maker:
    """Makes operations that fit the state that the earlier ones lead to.

    Args:
        seed: two makers of one seed make the same.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.state = ProjectState()
        self.number = 0

    def migrations(self, steps: int) -> Iterator[migrations.Migration]:
        """Some migrations, each with a few operations."""
        start: list[tuple[str, list[Any]]] = [("one", [self.hub()]), ("two", [self.create("two")])]
        for number in range(steps):
            label, operations = start[number] if number < len(start) else self.some()
            kind = pieces.OwnMigration if number % 10 == 7 else migrations.Migration
            migration = kind(f"{number:04}", label)
            migration.operations = operations  # type: ignore[misc]
            for operation in operations if number < len(start) else ():
                operation.state_forwards(label, self.state)
            yield migration

    def some(self) -> tuple[str, list[Any]]:
        """A few operations of one app, which have been applied to the maker's state; code is alone."""
        label = self.random.choice(APPS)
        if self.random.random() < 0.15:
            return label, [migrations.RunPython(self.random.choice([pieces.fill, pieces.touch]))]
        operations = []
        for _ in range(self.random.randint(1, 4)):
            operation = self.one(label)
            if operation is not None:
                operation.state_forwards(label, self.state)
                operations.append(operation)
        return label, operations

    def one(self, label: str) -> Any:
        """An operation, or nothing where the one that was drawn does not fit."""
        makers: list[Callable[[str], Any]] = [
            self.create, self.add_field, self.add_field, self.add_relation, self.add_relation, self.alter, self.alter,
            self.alter, self.rename_field, self.rename_model, self.remove_field, self.delete, self.index, self.constraint,
            self.together, self.options, self.table, self.separate, self.sql, self.own, self.managers, self.order,
            self.primary,
        ]  # fmt: skip
        return self.random.choice(makers)(label)

    # What there is.

    def name(self, start: str) -> str:
        """A name that nothing has."""
        self.number += 1
        return f"{start}{self.number}"

    def model(self, label: str, *, proxy: bool = False) -> ModelState | None:
        """Some model of an app that has a table; or, with `proxy`, any."""
        found = [
            model
            for (app, _), model in self.state.models.items()
            if app == label and (proxy or (not model.options.get("proxy") and model.options.get("managed", True)))
        ]
        return self.random.choice(found) if found else None

    def any_model(self) -> Any:
        """Some model."""
        found = self.state.models.values()
        return self.random.choice(
            [model for model in found if not model.options.get("proxy") and model.options.get("managed", True)]
        )

    def field(self, model: ModelState, *, relation: bool | None = None) -> str | None:
        """Some field of a model that is not its key and that no option names."""
        named = {name for together in model.options.get("unique_together") or () for name in together}
        named |= {name for index in model.options["indexes"] for name in index.fields}
        named |= {name for constraint in model.options["constraints"] for name in getattr(constraint, "fields", ())}
        named |= {model.options.get("order_with_respect_to"), *self.targets(model)}
        if model.options["constraints"]:
            named.add("size")
        found = [
            name
            for name, field in model.fields.items()
            if not field.primary_key
            and name not in named
            and not name.endswith("_ptr")
            and (relation is None or field.is_relation is relation)
        ]
        return self.random.choice(found) if found else None

    def targets(self, model: ModelState) -> set[str]:
        """The fields of a model that relations of others name."""
        label = f"{model.app_label}.{model.name}".lower()
        return {
            name
            for other in self.state.models.values()
            for field in other.fields.values()
            if field.is_relation and str(field.remote_field.model).lower() == label
            for name in getattr(field, "to_fields", ())
            if name
        }

    def referenced(self, model: ModelState) -> bool:
        """Whether another model leads to this one."""
        label = f"{model.app_label}.{model.name}".lower()
        return any(
            label in {str(field.remote_field.model).lower(), str(getattr(field.remote_field, "through", "")).lower()}
            for other in self.state.models.values()
            for field in other.fields.values()
            if field.is_relation
        ) or any(label in {str(base).lower() for base in other.bases} for other in self.state.models.values())

    # Operations.

    def hub(self) -> Any:
        """The model that many lead to."""
        fields: list[tuple[str, models.Field[Any, Any]]] = [
            ("id", models.AutoField(primary_key=True)),
            ("code", models.CharField(max_length=20, unique=True, null=True)),
            ("self_link", models.ForeignKey("self", models.CASCADE, null=True)),
            ("friends", models.ManyToManyField("self")),
        ]
        return migrations.CreateModel("Hub", fields, managers=[("kept", pieces.KeptManager())])

    def create(self, label: str) -> Any:
        """A model: one of its own, one with bases, a proxy, or one between two others."""
        kind = self.random.choice(["plain", "plain", "child", "proxy", "mixin", "between", "unmanaged"])
        parent = self.any_model() if self.state.models else None
        if kind == "proxy" and parent is not None:
            base = f"{parent.app_label}.{parent.name}".lower()
            return migrations.CreateModel(
                self.name("Proxy"), [], {"proxy": True, "indexes": [], "constraints": []}, (base,)
            )
        fields: list[tuple[str, models.Field[Any, Any]]] = [
            ("id", self.random.choice([models.AutoField, models.BigAutoField])(primary_key=True)),
            ("name", models.CharField(max_length=30, default="x")),
            ("size", models.IntegerField(default=3, db_index=True)),
        ]
        options: dict[str, Any] = {"ordering": ["name"]}
        bases: tuple[Any, ...] = (models.Model,)
        if kind == "child" and parent is not None:
            base = f"{parent.app_label}.{parent.name}".lower()
            pointer = models.OneToOneField(
                base, models.CASCADE, auto_created=True, parent_link=True, primary_key=True, serialize=False
            )
            own = self.name("own")
            return migrations.CreateModel(
                self.name("Child"),
                [(f"{parent.name_lower}_ptr", pointer), (own, models.TextField(default=""))],
                {},
                (base,),
            )
        if kind == "mixin":
            bases = (pieces.Mixin, models.Model)
        if kind == "unmanaged":
            options["managed"] = False
        if kind == "between" and parent is not None:
            target = f"{parent.app_label}.{parent.name}"
            related = self.name("between")
            fields.append(("left", models.ForeignKey(target, models.CASCADE, null=True, related_name=f"{related}_l")))
            fields.append(
                ("right", pieces.OwnForeignKey(target, models.CASCADE, null=True, related_name=f"{related}_r"))
            )
            options["unique_together"] = {("left", "right")}
        return migrations.CreateModel(self.name("Model"), fields, options, bases)

    def add_field(self, label: str) -> Any:
        """A column."""
        model = self.model(label)
        if model is None:
            return None
        field = self.random.choice([
            models.CharField(max_length=12, default="a"),
            pieces.UpperField(max_length=12, null=True, unique=True),
            models.IntegerField(null=True),
            models.BooleanField(default=True, db_index=True),
            models.DecimalField(max_digits=6, decimal_places=2, default=1),
            models.JSONField(default=dict),
            models.CharField(max_length=5, db_default="d"),
        ])  # fmt: skip
        kind = self.random.choice([migrations.AddField] * 4 + [pieces.CountedAddField, pieces.Documented])
        return kind(model.name, self.name("column"), field, preserve_default=self.random.random() < 0.7)

    def add_relation(self, label: str) -> Any:
        """A relation to some model."""
        model, other = self.model(label), self.any_model()
        if model is None:
            return None
        target, name = f"{other.app_label}.{other.name}", self.name("link")
        kind = self.random.choice(["key", "key", "one", "many", "own", "to_field", "hidden"])
        field: Any
        if kind == "many":
            field = models.ManyToManyField(target, related_name=f"{name}_back")
        elif kind == "one":
            field = models.OneToOneField(target, models.SET_NULL, null=True, related_name=f"{name}_back")
        elif kind == "own":
            field = pieces.OwnForeignKey(target, models.CASCADE, null=True, related_name=f"{name}_back")
        elif kind == "to_field" and ("one", "hub") in self.state.models:
            unique = [name for name, found in self.state.models["one", "hub"].fields.items() if found.unique]
            to = self.random.choice(sorted(unique))
            field = models.ForeignKey("one.Hub", models.CASCADE, to_field=to, null=True, related_name=f"{name}_back")
        else:
            back = "+" if kind == "hidden" else f"{name}_back"
            field = models.ForeignKey(target, models.CASCADE, null=True, related_name=back)
        return migrations.AddField(model.name, name, field)

    def alter(self, label: str) -> Any:
        """A column of another type, or a relation that may be empty or not."""
        model = self.model(label)
        name = self.field(model) if model is not None else None
        if model is None or name is None:
            return None
        old: Any = model.fields[name]
        field: Any
        if old.many_to_many:
            field = old.clone()
            field.help_text = self.name("help")
        elif old.is_relation:
            field = old.clone()
            field.db_index = not old.db_index
        elif isinstance(old, models.CharField):
            field = models.CharField(max_length=(old.max_length or 5) + 5, null=True, unique=self.random.random() < 0.3)
        else:
            field = self.random.choice(
                [old.clone(), models.TextField(null=True), models.CharField(max_length=99, null=True)]
            )
            field.db_index = False
        return migrations.AlterField(model.name, name, field, preserve_default=self.random.random() < 0.7)

    def primary(self, label: str) -> Any:
        """A key of another type, which what leads to it must follow."""
        model = self.model(label)
        if model is None or "id" not in model.fields or "Auto" not in type(model.fields["id"]).__name__:
            return None
        return migrations.AlterField(model.name, "id", models.BigAutoField(primary_key=True))

    def rename_field(self, label: str) -> Any:
        """A column of another name; also one that relations lead to."""
        model = self.model(label)
        if model is None:
            return None
        targets = sorted(self.targets(model))
        name = self.random.choice(targets) if targets and self.random.random() < 0.5 else self.field(model)
        if name is None or model.fields[name].primary_key:
            return None
        return migrations.RenameField(model.name, name, self.name("renamed"))

    def rename_model(self, label: str) -> Any:
        """A model of another name."""
        model = self.model(label, proxy=True)
        if model is None or any(f"{label}.{model.name_lower}" in other.bases for other in self.state.models.values()):
            return None
        return migrations.RenameModel(model.name, self.name("Renamed"))

    def remove_field(self, label: str) -> Any:
        """A column less."""
        model = self.model(label)
        name = self.field(model) if model is not None else None
        if model is None or name is None or len(model.fields) < 3:
            return None
        return migrations.RemoveField(model.name, name)

    def delete(self, label: str) -> Any:
        """A model less."""
        model = self.model(label, proxy=True)
        return None if model is None or self.referenced(model) else migrations.DeleteModel(model.name)

    def index(self, label: str) -> Any:
        """An index more, an index less, or one of another name."""
        model = self.model(label)
        if model is None:
            return None
        present = model.options["indexes"]
        if present and self.random.random() < 0.6:
            if self.random.random() < 0.5:
                return migrations.RemoveIndex(model.name, present[0].name)
            return migrations.RenameIndex(model.name, self.name("index"), old_name=present[0].name)
        name = self.field(model)
        if name is None or model.fields[name].many_to_many:
            return None
        if isinstance(model.fields[name], models.TextField | models.JSONField):
            return None  # MariaDB has no index on those.
        return migrations.AddIndex(model.name, models.Index(fields=[name], name=self.name("index")))

    def constraint(self, label: str) -> Any:
        """A constraint more, or less."""
        model = self.model(label)
        if model is None or not {"id", "size"} <= set(model.fields):
            return None
        present = model.options["constraints"]
        if present and self.random.random() < 0.5:
            return migrations.RemoveConstraint(model.name, present[0].name)
        kind = self.random.random()
        name = self.name("constraint")
        made: models.BaseConstraint = models.CheckConstraint(condition=models.Q(size__gt=-1), name=name)
        if kind < 0.5:
            made = models.UniqueConstraint(fields=["id"], condition=models.Q(size__gt=5), name=name)
        return migrations.AddConstraint(model.name, made)

    def together(self, label: str) -> Any:
        """Columns that are unique together, or no longer."""
        model = self.model(label)
        if model is None or not {"name", "size"} <= set(model.fields):
            return None
        if model.options.get("unique_together"):
            return migrations.AlterUniqueTogether(model.name, set())
        return migrations.AlterUniqueTogether(model.name, {("name", "size")})

    def options(self, label: str) -> Any:
        """What no table shows."""
        model = self.model(label, proxy=True)
        return model and migrations.AlterModelOptions(model.name, {"verbose_name": self.name("verbose")})

    def managers(self, label: str) -> Any:
        """Another manager."""
        model = self.model(label)
        return model and migrations.AlterModelManagers(model.name, [("kept", pieces.KeptManager())])

    def order(self, label: str) -> Any:
        """Rows ordered by another model's, or no longer."""
        model = self.model(label)
        if model is None or (name := self.field(model, relation=True)) is None or model.fields[name].many_to_many:
            return None
        present = model.options.get("order_with_respect_to")
        return migrations.AlterOrderWithRespectTo(model.name, None if present else name)

    def table(self, label: str) -> Any:
        """Another name, or a comment, of a table."""
        model = self.model(label)
        if model is None:
            return None
        if self.random.random() < 0.3:
            return migrations.AlterModelTableComment(model.name, self.name("comment"))
        return migrations.AlterModelTable(model.name, self.random.choice([None, self.name("table_")]))

    def separate(self, label: str) -> Any:
        """A column that the state and the database learn of apart."""
        model = self.model(label)
        if model is None:
            return None
        add = migrations.AddField(model.name, self.name("apart"), models.IntegerField(null=True))
        return migrations.SeparateDatabaseAndState([add], [add])

    def sql(self, label: str) -> Any:
        """Raw SQL, with what it means for the state."""
        model = self.model(label)
        if model is None or self.random.random() < 0.5:
            return migrations.RunSQL("SELECT 1")
        options = migrations.AlterModelOptions(model.name, {"verbose_name_plural": self.name("sql")})
        return migrations.RunSQL(["SELECT 1"], state_operations=[options])

    def own(self, label: str) -> Any:
        """A project's own operation, alone or within one of Django's."""
        model = self.model(label)
        if model is None:
            return None
        note = pieces.NoteTable(model.name)
        return note if self.random.random() < 0.6 else migrations.SeparateDatabaseAndState([note], [note])
