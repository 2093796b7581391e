from django.core.validators import MinValueValidator
from django.db import models

from oci import patterns


class Quota(models.Model):
    """So many bytes, and no more. Content that several repositories hold counts in each, and once in a shared quota."""

    pattern = models.CharField(
        max_length=patterns.MAX_LENGTH,
        validators=[patterns.validate],
        unique=True,
        help_text="Of repositories: * stands for one part of a name, ** for several. Example: team/**",
    )
    bytes = models.BigIntegerField(validators=[MinValueValidator(0)])
    shared = models.BooleanField(
        default=False, help_text="All repositories that match have the bytes together. Else each has so many."
    )

    class Meta:
        ordering = ["pattern"]

    def __str__(self) -> str:
        return f"{self.bytes} bytes {'for all of' if self.shared else 'for each of'} {self.pattern}"


class ImmutableTag(models.Model):
    """Tags that, once pushed, neither move nor go."""

    pattern = models.CharField(
        max_length=patterns.MAX_LENGTH, validators=[patterns.validate], default="**", help_text="Of repositories."
    )
    tags = models.CharField(
        max_length=500,
        validators=[patterns.validate_several],
        default="*",
        help_text="Patterns of tags, separated by spaces. Example: v* release-*",
    )

    class Meta:
        ordering = ["pattern", "pk"]

    def __str__(self) -> str:
        return f"{self.tags} in {self.pattern}"

    def covers(self, repository: str, tag: str) -> bool:
        """Whether this tag must stay as it is."""
        return patterns.matches(self.pattern, repository) and patterns.matches_any(self.tags, tag)


class RetentionRule(models.Model):
    """Which tags stay. A tag goes if nothing below keeps it. Of several rules for a repository the first one counts."""

    pattern = models.CharField(
        max_length=patterns.MAX_LENGTH, validators=[patterns.validate], help_text="Of repositories."
    )
    order = models.IntegerField(default=0, help_text="Lower ones first.")
    keep_newest = models.PositiveIntegerField(
        null=True, blank=True, help_text="Keep so many tags, the ones pushed last. Empty: no tag is kept for being new."
    )
    keep_tags = models.CharField(
        max_length=500,
        blank=True,
        validators=[patterns.validate_several],
        help_text="Keep tags that match, separated by spaces. Example: latest v*",
    )
    keep_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Keep tags that were pushed within so many days. Empty: age keeps none."
    )
    delete_tags = models.BooleanField(default=True, help_text="Else only manifests without a tag are looked at.")
    untagged_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        default=7,
        help_text="Delete manifests that have no tag, and that nothing tagged needs, after so many days. Empty: never.",
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return f"retention in {self.pattern}"


class ReadOnly(models.Model):
    """While there is a row, nothing can be pushed or deleted."""

    reason = models.CharField(max_length=200, blank=True, help_text="Clients are told.")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "read-only mode"

    def __str__(self) -> str:
        return self.reason or "the registry is read-only"
