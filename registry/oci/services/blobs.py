"""Blobs come into being and become part of a repository.

Order is what keeps this safe. Bytes are verified and moved to their final name first, which nobody knows yet; then one
short transaction makes them known. A process that is killed between the two leaves a file without a row, which the
garbage collection removes.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from oci.conf import conf
from oci.grammar import Digest
from oci.models import Blob, Repository, RepositoryBlob, Upload
from oci.policies import policies
from oci.signals import announce, blob_deleted, blob_pushed
from oci.storage import Content, Staged


def find(repository: str, digest: Digest) -> Blob | None:
    """The blob, where this repository holds it."""
    return Blob.objects.filter(digest=str(digest), links__repository__name=repository).first()


def publish(repository: str, digest: Digest, staged: Staged, upload: Upload | None) -> None:
    """Make a verified file a blob of the repository, and end its upload."""
    content = Content()
    file = None
    known = Blob.objects.filter(digest=str(digest)).first()
    if known is None or not content.exists(known.file):
        file = content.add(digest, staged.path)
    with transaction.atomic():
        blob = Blob.objects.select_for_update().filter(digest=str(digest)).first()
        if blob is None:
            # It may have been collected between the question above and here: then the file is needed after all.
            file = file or content.add(digest, staged.path)
            # Somebody else may be quicker with the same content; then theirs is it.
            new = Blob(digest=str(digest), size=staged.offset, file=file)
            Blob.objects.bulk_create([new], ignore_conflicts=True)
            blob = Blob.objects.get(digest=str(digest))
        elif file is not None and known is not None and blob.file == known.file:
            # Somebody has removed the file: this push brings it back.
            Blob.objects.filter(pk=blob.pk).update(file=file)
            blob.file = file
        _link(repository, blob, mounted=False)
        if upload is not None:
            Upload.objects.filter(pk=upload.pk).delete()
    # Not after an error: a commit whose answer was lost may have happened, and then the file is in use. What is not is
    # collected later.
    if file is not None and blob.file != file:
        content.remove(file)


def mount(repository: str, blob: Blob) -> bool:
    """Make a blob that is there part of one more repository. False where it has just been collected."""
    with transaction.atomic():
        found = Blob.objects.select_for_update().filter(pk=blob.pk).first()
        if found is None:
            return False
        _link(repository, found, mounted=True)
    return True


def touch(repository: str, blob: Blob) -> None:
    """A client asked whether it needs to push this: do not collect it before its manifest comes.

    Written at most twice in a grace period, so that pulls stay reads.
    """
    now = timezone.now()
    stale = now - timedelta(seconds=conf().grace / 2)
    links = RepositoryBlob.objects.filter(repository__name=repository, blob=blob, used_at__lt=stale)
    if links.exists():
        RepositoryBlob.objects.filter(repository__name=repository, blob=blob).update(used_at=now)


def unlink(repository: str, digest: Digest) -> bool:
    """Take a blob out of a repository. False where it is not in it."""
    with transaction.atomic():
        deleted, _ = RepositoryBlob.objects.filter(repository__name=repository, blob__digest=str(digest)).delete()
        if deleted:
            announce(blob_deleted, repository, digest=str(digest))
    return bool(deleted)


def _link(repository: str, blob: Blob, *, mounted: bool) -> None:
    row, _ = Repository.objects.get_or_create(name=repository)
    if RepositoryBlob.objects.filter(repository=row, blob=blob).update(used_at=timezone.now()):
        return
    for policy in policies():
        policy.blob(repository, blob.digest, blob.size)
    RepositoryBlob.objects.bulk_create([RepositoryBlob(repository=row, blob=blob)], ignore_conflicts=True)
    announce(blob_pushed, repository, digest=blob.digest, size=blob.size, mounted=mounted)
