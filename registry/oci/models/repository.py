from django.db import models

from oci import grammar


class Repository(models.Model):
    """A name under which content is kept. It comes with the first blob or manifest."""

    name = models.CharField(max_length=grammar.NAME_MAX_LENGTH, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "repositories"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
