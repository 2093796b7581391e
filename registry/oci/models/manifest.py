from django.db import models
from django.utils import timezone

from oci import grammar
from oci.models.repository import Repository


class Manifest(models.Model):
    """A manifest in a repository, byte for byte as it was pushed."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="manifests")
    digest = models.CharField(max_length=grammar.DIGEST_MAX_LENGTH)
    media_type = models.CharField(max_length=255)
    payload = models.BinaryField()
    size = models.IntegerField()
    # What the list of referrers says of it. Empty where there is none.
    subject = models.CharField(max_length=grammar.DIGEST_MAX_LENGTH, blank=True)
    artifact_type = models.CharField(max_length=255, blank=True)
    annotations = models.JSONField(default=dict, blank=True)
    # The last time: pushing the same again keeps it as long as a new one.
    pushed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "digest"], name="oci_manifest_unique")]
        indexes = [
            models.Index(fields=["repository", "subject"], name="oci_referrers", condition=~models.Q(subject="")),
        ]

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"


class Reference(models.Model):
    """A manifest names other content of its repository, there or not."""

    class Kind(models.TextChoices):
        CONFIG = "config"
        LAYER = "layer"
        MANIFEST = "manifest"

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="references")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    digest = models.CharField(max_length=grammar.DIGEST_MAX_LENGTH, db_index=True)
    size = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.manifest} → {self.digest}"


class Tag(models.Model):
    """A name for a manifest of the same repository. Pushed again, it moves."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=grammar.TAG_MAX_LENGTH)
    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="tags")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "name"], name="oci_tag_unique")]

    def __str__(self) -> str:
        return f"{self.repository}:{self.name}"
