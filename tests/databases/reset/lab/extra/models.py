from __future__ import annotations

from django.db import models


class Note(models.Model):
    text = models.CharField(max_length=50)


class Remark(models.Model):
    note = models.ForeignKey(Note, models.CASCADE)
