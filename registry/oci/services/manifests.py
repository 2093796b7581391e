"""Manifests and tags."""

from collections.abc import Iterator, Sequence

from django.db import transaction
from django.utils import timezone

from oci.conf import conf
from oci.errors import ManifestBlobUnknownError, ManifestInvalidError
from oci.grammar import Digest
from oci.models import Manifest, Reference, Repository, RepositoryBlob, Tag
from oci.policies import policies
from oci.services.parsing import Named, Parsed
from oci.signals import announce, manifest_deleted, manifest_pushed, tag_deleted

_BATCH = 500  # parameters of one query


def push(repository: str, digest: Digest, payload: bytes, parsed: Parsed, tags: Sequence[str]) -> None:
    """Store a manifest and let tags point to it, all or nothing."""
    with transaction.atomic():
        row, _ = Repository.objects.get_or_create(name=repository)
        manifest = Manifest.objects.filter(repository=row, digest=str(digest)).defer("payload").first()
        # Asked each time: a blob may have been deleted since the manifest was first pushed.
        _check(row, parsed)
        if manifest is None:
            manifest = _create(row, digest, payload, parsed)
        else:
            manifest.media_type = parsed.media_type
            manifest.pushed_at = timezone.now()
            manifest.save(update_fields=["media_type", "pushed_at"])
        for tag in tags:
            _point(row, tag, manifest)
        announce(
            manifest_pushed,
            repository,
            digest=manifest.digest,
            media_type=manifest.media_type,
            size=manifest.size,
            tags=list(tags),
        )


def delete(repository: str, digest: Digest) -> bool:
    """Delete a manifest and the tags that point to it. False where it is not there."""
    with transaction.atomic():
        manifest = Manifest.objects.filter(repository__name=repository, digest=str(digest)).only("pk").first()
        if manifest is None:
            return False
        tags = sorted(manifest.tags.values_list("name", flat=True))
        for policy in policies():
            for tag in tags:
                policy.untag(repository, tag)
        manifest.delete()
        announce(manifest_deleted, repository, digest=str(digest), tags=tags)
    return True


def untag(repository: str, tag: str) -> bool:
    """Delete a tag, and leave its manifest. False where it is not there."""
    with transaction.atomic():
        row = Tag.objects.filter(repository__name=repository, name=tag).first()
        if row is None:
            return False
        for policy in policies():
            policy.untag(repository, tag)
        row.delete()
        announce(tag_deleted, repository, tag=tag)
    return True


def _create(row: Repository, digest: Digest, payload: bytes, parsed: Parsed) -> Manifest:
    for policy in policies():
        policy.manifest(row.name, str(digest), len(payload))
    manifest, created = Manifest.objects.get_or_create(
        repository=row,
        digest=str(digest),
        defaults={
            "media_type": parsed.media_type,
            "payload": payload,
            "size": len(payload),
            "subject": parsed.subject,
            "artifact_type": parsed.artifact_type,
            "annotations": parsed.annotations,
        },
    )
    if created:
        Reference.objects.bulk_create(
            [
                Reference(manifest=manifest, kind=named.kind, digest=named.digest, size=named.size)
                for named in parsed.names
            ],
            batch_size=_BATCH,
        )
    return manifest


def _point(row: Repository, name: str, manifest: Manifest) -> None:
    asked = policies()
    if asked:
        tag = Tag.objects.select_for_update(of=("self",)).select_related("manifest").filter(repository=row, name=name)
        old = tag.values_list("manifest__digest", flat=True).first()
        for policy in asked:
            policy.tag(row.name, name, old, manifest.digest)
    now = timezone.now()
    Tag.objects.bulk_create(
        [Tag(repository=row, name=name, manifest=manifest, created_at=now, updated_at=now)],
        update_conflicts=True,
        unique_fields=["repository", "name"],
        update_fields=["manifest", "updated_at"],
    )


def _check(row: Repository, parsed: Parsed) -> None:
    """Everything that the manifest needs is there, and has the size that it says. Raises ManifestBlobUnknownError."""
    blobs = [named for named in parsed.names if named.kind != Reference.Kind.MANIFEST]
    missing = []
    sizes = dict(_blob_sizes(row, blobs))
    if not conf().sparse_images:
        missing += [named for named in blobs if named.required and named.digest not in sizes]
    manifests = [named for named in parsed.names if named.kind == Reference.Kind.MANIFEST]
    sizes |= _manifest_sizes(row, manifests)
    if not conf().sparse_indexes:
        missing += [named for named in manifests if named.digest not in sizes]
    if missing:
        raise ManifestBlobUnknownError(detail=[{"digest": named.digest} for named in missing[:100]])
    for named in parsed.names:
        if sizes.get(named.digest, named.size) != named.size:
            raise ManifestInvalidError(
                "a descriptor's size is not that of its content",
                detail={"digest": named.digest, "size": sizes[named.digest]},
            )


def _blob_sizes(row: Repository, blobs: Sequence[Named]) -> Iterator[tuple[str, int]]:
    for batch in _batches(blobs):
        links = RepositoryBlob.objects.filter(repository=row, blob__digest__in=batch)
        # Locked until the manifest's references are there: the garbage collection looks for those after it has the lock.
        # Whole rows, for Django forgets `of` with values(): it would lock the blobs too, which pushes lock before links.
        locked = links.select_for_update(of=("self",)).select_related("blob").order_by("pk")
        yield from ((link.blob.digest, link.blob.size) for link in locked)


def _manifest_sizes(row: Repository, manifests: Sequence[Named]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for batch in _batches(manifests):
        sizes.update(Manifest.objects.filter(repository=row, digest__in=batch).values_list("digest", "size"))
    return sizes


def _batches(names: Sequence[Named]) -> Iterator[list[str]]:
    digests = sorted({named.digest for named in names})
    for place in range(0, len(digests), _BATCH):
        yield digests[place : place + _BATCH]
