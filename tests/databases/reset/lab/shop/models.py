# ruff: noqa: RUF012
from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Country(models.Model):
    """A data migration fills it."""

    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=50)


class Author(models.Model):
    name = models.CharField(max_length=50)
    country = models.ForeignKey(Country, models.SET_NULL, null=True)
    user = models.OneToOneField(User, models.CASCADE, null=True)

    class Meta:
        permissions = [("praise", "Can praise")]


class Poet(Author):
    class Meta:
        proxy = True


class Label(models.Model):
    item_type = models.ForeignKey(ContentType, models.CASCADE)
    item_id = models.PositiveBigIntegerField()
    item = GenericForeignKey("item_type", "item_id")
    text = models.CharField(max_length=20)


class Genre(models.Model):
    title = models.CharField(max_length=50, unique=True)


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE)
    genres = models.ManyToManyField(Genre)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    about = models.JSONField(default=dict)
    made = models.DateTimeField(auto_now_add=True)
    labels = GenericRelation(Label, "item_id", "item_type")


class Shelf(models.Model):
    room = models.CharField(max_length=10)
    books = models.ManyToManyField(Book, through="Placing")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room"], name="one_shelf_a_room")]


class Placing(models.Model):
    shelf = models.ForeignKey(Shelf, models.CASCADE)
    book = models.ForeignKey(Book, models.CASCADE)
    place = models.IntegerField()

    class Meta:
        unique_together = [("shelf", "place")]


class Node(models.Model):
    parent = models.ForeignKey("self", models.CASCADE, null=True)
    friends = models.ManyToManyField("self")


class Left(models.Model):
    right = models.ForeignKey("Right", models.CASCADE, null=True, related_name="+")


class Right(models.Model):
    left = models.ForeignKey(Left, models.CASCADE, null=True, related_name="+")


class Place(models.Model):
    address = models.CharField(max_length=50)


class Restaurant(Place):
    stars = models.IntegerField(default=0)


class Bistro(Restaurant):
    cosy = models.BooleanField(default=True)


class Parcel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    weight = models.FloatField(default=1.5)
    data = models.BinaryField(default=b"\x00%s\xff")


class Watched(models.Model):
    """A trigger writes to a table without model when one of these is deleted or inserted."""

    name = models.CharField(max_length=20)


class Legacy(models.Model):
    """Its table is not Django's."""

    name = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "legacy"


class Odd(models.Model):
    number = models.IntegerField(db_column="a Number")

    class Meta:
        db_table = "Odd Table"


class Ordered(models.Model):
    position = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position"], name="position_once", deferrable=models.Deferrable.DEFERRED)
        ]


class Counted(models.Model):
    """A receiver of post_migrate makes one."""

    app = models.CharField(max_length=50)
    types = models.IntegerField()
    permissions = models.IntegerField()
    sites = models.IntegerField()
