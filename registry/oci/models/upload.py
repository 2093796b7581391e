import uuid

from django.db import models

from oci import grammar


class Upload(models.Model):
    """An unfinished push of a blob. How far it came is the length of its file, so a killed process loses no byte."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A name, not a key: a repository is there when it holds something.
    repository = models.CharField(max_length=grammar.NAME_MAX_LENGTH, db_index=True)
    # What its bytes are hashed with as they arrive; another algorithm at the end costs one more reading.
    algorithm = models.CharField(max_length=16, default="sha256")
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.repository}/{self.id}"
