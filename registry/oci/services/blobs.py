"""Blobs come into being and become part of a repository.

Order is what keeps this safe. Bytes are verified and moved to their final name first, which nobody knows yet; then one
short transaction makes them known. A process that is killed between the two leaves a file without a row, which the
garbage collection removes.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from oci.conf import conf
from oci.errors import TooManyRequestsError
from oci.grammar import Digest
from oci.models import Blob, Repository, RepositoryBlob
from oci.policies import policies
from oci.prepared import Insert, Prepared, Slot
from oci.signals import announce, blob_deleted, blob_pushed
from oci.storage import Content, Staged

_PARTS = ("pk", "digest", "size", "file")
_blob = Prepared(lambda: Blob.objects.filter(digest=Slot("digest")).values_list(*_PARTS))
_locked = Prepared(lambda: Blob.objects.select_for_update().filter(digest=Slot("digest")).values_list(*_PARTS))
_held = Prepared(
    lambda: Blob.objects.filter(digest=Slot("digest"), links__repository__name=Slot("name")).values_list(*_PARTS)
)
_repository = Prepared(lambda: Repository.objects.filter(name=Slot("name")).values_list("pk"))
_add_blob = Insert(Blob, "digest", "size", "file", "created_at")
_add_link = Insert(RepositoryBlob, "repository", "blob", "used_at")


def find(repository: str, digest: Digest) -> Blob | None:
    """The blob, where this repository holds it."""
    return _first(_held(digest=str(digest), name=repository))


def publish(repository: str, digest: Digest, staged: Staged) -> None:
    """Make a verified file a blob of the repository. Its upload ends with that: it was the file."""
    content = Content()
    file = None
    known = _first(_blob(digest=str(digest)))
    if known is None or not content.exists(known.file):
        file = content.add(digest, staged.path)
    with transaction.atomic():
        # Somebody else may be quicker with the same content; then theirs is it.
        blob = _added(digest, staged.offset, file) if known is None and file is not None else None
        new = blob is not None
        if blob is None:
            blob = _first(_locked(digest=str(digest)))
        if blob is None:
            # It was collected between the question above and here: then the file is needed after all.
            file = file or content.add(digest, staged.path)
            blob = _added(digest, staged.offset, file) or _first(_locked(digest=str(digest)))
        elif file is not None and known is not None and blob.file == known.file:
            # Somebody has removed the file: this push brings it back.
            Blob.objects.filter(pk=blob.pk).update(file=file)
            blob.file = file
        if blob is None:
            raise TooManyRequestsError("the blob came and went meanwhile", headers={"Retry-After": "1"})
        _link(repository, blob, mounted=False, new=new)
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


def _link(repository: str, blob: Blob, *, mounted: bool, new: bool = False) -> None:
    """Let the repository hold the blob. `new`: no repository did before."""
    rows = _repository(name=repository)
    key = rows[0][0] if rows else Repository.objects.get_or_create(name=repository)[0].pk
    now = timezone.now()
    if not new and RepositoryBlob.objects.filter(repository=key, blob=blob).update(used_at=now):
        return
    for policy in policies():
        policy.blob(repository, blob.digest, blob.size)
    _add_link(key, blob.pk, now)
    announce(blob_pushed, repository, digest=blob.digest, size=blob.size, mounted=mounted)


def _added(digest: Digest, size: int, file: str) -> Blob | None:
    key = _add_blob(str(digest), size, file, timezone.now())
    return None if key is None else Blob(pk=key, digest=str(digest), size=size, file=file)


def _first(rows: Sequence[tuple[Any, ...]]) -> Blob | None:
    return Blob(**dict(zip(_PARTS, rows[0], strict=True))) if rows else None
