from django.db import models
from django.utils import timezone

from oci import grammar


class Entry(models.Model):
    """One line of the log. Rows are added and, when they are old, purged; nothing changes them."""

    time = models.DateTimeField(default=timezone.now, db_index=True)
    event = models.CharField(max_length=32, db_index=True)
    # Names, not keys: the log outlives what it tells of.
    account = models.CharField(max_length=200, blank=True, db_index=True)
    address = models.CharField(max_length=64, blank=True)
    repository = models.CharField(max_length=grammar.NAME_MAX_LENGTH, blank=True, db_index=True)
    digest = models.CharField(max_length=grammar.DIGEST_MAX_LENGTH, blank=True)
    tags = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["-time", "-pk"]

    def __str__(self) -> str:
        return f"{self.event} {self.repository} {self.account}".strip()
