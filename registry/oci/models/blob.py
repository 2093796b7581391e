from django.db import models
from django.utils import timezone

from oci import grammar
from oci.models.repository import Repository


class Blob(models.Model):
    """Verified content, stored once however many repositories hold it."""

    digest = models.CharField(max_length=grammar.DIGEST_MAX_LENGTH, unique=True)
    size = models.BigIntegerField()
    # Its name in the storage: made of the digest and of a random part. Content that is collected and pushed again at the
    # same moment so gets two names, and removing the old file cannot take the new one along.
    file = models.CharField(max_length=250, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    repositories = models.ManyToManyField(Repository, through="RepositoryBlob", related_name="blobs")

    def __str__(self) -> str:
        return self.digest


class RepositoryBlob(models.Model):
    """A repository holds a blob. Without this row the blob does not exist there."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="links")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="links")
    # When a client last pushed or asked for it: it may be about to push a manifest that needs the blob.
    used_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "blob"], name="oci_repository_blob_unique")]

    def __str__(self) -> str:
        return f"{self.repository}@{self.blob}"
