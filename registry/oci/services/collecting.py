"""Garbage collection while the registry is in use, and the purging of uploads.

What goes, in this order:

1. a blob's place in a repository, where no manifest of the repository names it and no client asked for it lately;
2. a blob that no repository holds, with its file;
3. a file that no blob knows, left by a process that was killed between moving it and telling the database.

Each step looks again under the lock of the row that it deletes. A push that comes before the lock is seen; one that
comes after it finds the row gone, and stores its content anew under another name.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from oci import signals
from oci.conf import conf
from oci.models import Blob, Reference, RepositoryBlob
from oci.storage import Content, Staging

_BATCH = 200  # rows of one transaction: writers wait no longer than that takes
# A file is unknown between its move and its commit, which is a matter of seconds, whatever grace was asked for.
_STRAY_GRACE = 3600


@dataclass
class Collected:
    """What was removed."""

    links: int = 0
    blobs: int = 0
    bytes: int = 0
    files: int = 0


def collect(grace: int | None = None, *, dry_run: bool = False) -> Collected:
    """Remove what nothing needs. `grace`: seconds that something new is left alone."""
    before = timezone.now() - timedelta(seconds=conf().grace if grace is None else grace)
    content = Content()
    collected = Collected()
    if dry_run:
        return _count(content, before, collected)
    _unlink(before, collected)
    _delete(content, collected)
    _sweep(content, _stray_before(before), collected)
    signals.collected.send_robust(sender=None, **asdict(collected))
    return collected


def purge(expiry: int | None = None) -> int:
    """Remove uploads that got no byte for so many seconds. Returns how many."""
    expiry = conf().upload_expiry if expiry is None else expiry
    staging = Staging()
    return sum(staging.remove(upload) for upload, age in staging.ages() if age >= expiry)


def _unneeded() -> QuerySet[RepositoryBlob]:
    needed = Reference.objects.filter(
        manifest__repository=OuterRef("repository"), digest=OuterRef("blob__digest")
    ).exclude(kind=Reference.Kind.MANIFEST)
    return RepositoryBlob.objects.filter(~Exists(needed))


def _unheld() -> QuerySet[Blob]:
    return Blob.objects.filter(~Exists(RepositoryBlob.objects.filter(blob=OuterRef("pk"))))


def _unlink(before: datetime, collected: Collected) -> None:
    place = 0
    while found := list(
        _unneeded().filter(used_at__lte=before, pk__gt=place).order_by("pk").values_list("pk", flat=True)[:_BATCH]
    ):
        place = found[-1]
        with transaction.atomic():
            rows = RepositoryBlob.objects.filter(pk__in=found, used_at__lte=before).order_by("pk")
            locked = list(rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
            # A new statement: it sees what was committed while this one waited for nothing.
            free = list(_unneeded().filter(pk__in=locked).values_list("pk", flat=True))
            RepositoryBlob.objects.filter(pk__in=free).delete()
        collected.links += len(free)


def _delete(content: Content, collected: Collected) -> None:
    place = 0
    while found := list(_unheld().filter(pk__gt=place).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        place = found[-1]
        with transaction.atomic():
            rows = Blob.objects.filter(pk__in=found).order_by("pk")
            locked = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
            free = list(_unheld().filter(pk__in=locked))
            Blob.objects.filter(pk__in=[blob.pk for blob in free]).delete()
        # After the commit: a file that is read at this moment stays readable until it is closed.
        for blob in free:
            content.remove(blob.file)
            collected.blobs += 1
            collected.bytes += blob.size


def _stray_before(before: datetime) -> datetime:
    return min(before, timezone.now() - timedelta(seconds=_STRAY_GRACE))


def _sweep(content: Content, before: datetime, collected: Collected) -> None:
    for name in content.names():
        if _is_stray(content, name, before):
            content.remove(name)
            collected.files += 1


def _is_stray(content: Content, name: str, before: datetime) -> bool:
    if Blob.objects.filter(file=name).exists():
        return False
    try:
        return content.modified(name) <= before
    except FileNotFoundError:
        return False


def _count(content: Content, before: datetime, collected: Collected) -> Collected:
    collected.links = _unneeded().filter(used_at__lte=before).count()
    for blob in _unheld().iterator():
        collected.blobs += 1
        collected.bytes += blob.size
    collected.files = sum(_is_stray(content, name, _stray_before(before)) for name in content.names())
    return collected
