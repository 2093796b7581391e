"""What the pages show, read from the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from oci.models import Blob, Manifest, Reference, Repository, Tag
from oci.storage import Content
from oci.web.describing import Config, kind_of, read_config

DESCRIPTION = "org.opencontainers.image.description"
_CONFIG_LIMIT = 1024 * 1024  # bytes of a configuration that are read to show it
_REFERRERS = 100


@dataclass(frozen=True)
class RepositoryRow:
    """A repository in the list."""

    name: str
    tags: int
    size: int
    pushed_at: datetime | None
    description: str = ""


@dataclass(frozen=True)
class ManifestRow:
    """A tag, or a manifest without one, in the page of a repository."""

    reference: str
    digest: str
    kind: str
    size: int
    pushed_at: datetime
    platforms: list[str] = field(default_factory=list)


def repository_rows(names: Sequence[str]) -> list[RepositoryRow]:
    """The rows of one page, in three queries."""
    found = {
        row.name: row
        for row in Repository.objects.filter(name__in=names).annotate(
            tag_count=Count("tags", distinct=True), pushed_at=Max("manifests__pushed_at")
        )
    }
    sizes = dict(Repository.objects.filter(name__in=names).values_list("name").annotate(sum=Sum("blobs__size")))
    texts = {name: description(found[name]) for name in names if name in found}
    return [
        RepositoryRow(name, found[name].tag_count, sizes.get(name) or 0, found[name].pushed_at, texts[name])
        for name in names
        if name in found
    ]


def description(repository: Repository) -> str:
    """What the manifest that was tagged last says of itself."""
    rows = Tag.objects.filter(repository=repository).order_by("-updated_at", "-pk")
    annotations = rows.values_list("manifest__annotations", flat=True).first() or {}
    return str(annotations.get(DESCRIPTION, ""))[:500]


def tags_of(repository: Repository, search: str) -> QuerySet[Tag]:
    """Tags, the ones pushed last first."""
    tags = Tag.objects.filter(repository=repository).select_related("manifest").defer("manifest__payload")
    if search:
        tags = tags.filter(name__icontains=search)
    return tags.order_by("-updated_at", "-name")


def untagged_of(repository: Repository) -> QuerySet[Manifest]:
    """Manifests that no tag points to: parts of indexes, signatures, and what a moved tag left behind."""
    return repository.manifests.filter(tags=None).defer("payload").order_by("-pushed_at", "digest")


def tag_rows(tags: Iterable[Tag]) -> list[ManifestRow]:
    """One row for each tag of a page."""
    tags = list(tags)
    sizes = image_sizes([tag.manifest for tag in tags])
    return [_row(tag.name, tag.manifest, sizes, tag.updated_at) for tag in tags]


def manifest_rows(manifests: Iterable[Manifest]) -> list[ManifestRow]:
    """One row for each manifest of a page."""
    manifests = list(manifests)
    sizes = image_sizes(manifests)
    return [_row(manifest.digest, manifest, sizes, manifest.pushed_at) for manifest in manifests]


def image_sizes(manifests: Sequence[Manifest]) -> dict[int, int]:
    """Bytes that a client fetches for each: the blobs that it names, and those of the manifests that an index names."""
    keys = {manifest.pk for manifest in manifests}
    named = Q(references__kind__in=[Reference.Kind.CONFIG, Reference.Kind.LAYER])
    own = dict(
        Manifest.objects.filter(pk__in=keys).values_list("pk").annotate(sum=Sum("references__size", filter=named))
    )
    blobs = Reference.objects.filter(manifest=OuterRef("child")).exclude(kind=Reference.Kind.MANIFEST)
    child = Manifest.objects.filter(repository=OuterRef("manifest__repository"), digest=OuterRef("digest")).values(
        "pk"
    )[:1]
    total = blobs.order_by().values("manifest").annotate(sum=Sum("size")).values("sum")
    parts = Reference.objects.filter(manifest__in=keys, kind=Reference.Kind.MANIFEST).annotate(child=Subquery(child))
    sizes = {manifest.pk: (own.get(manifest.pk) or 0) + manifest.size for manifest in manifests}
    for key, size in parts.annotate(total=Subquery(total)).values_list("manifest_id", "total"):
        sizes[key] += size or 0
    return sizes


def parts_of(manifest: Manifest) -> dict[str, int]:
    """Digest of each manifest that an index names and that is here, with the bytes that a client fetches for it."""
    rows = Manifest.objects.filter(repository=manifest.repository, digest__in=manifest.references.values("digest"))
    parts = list(rows.defer("payload"))
    sizes = image_sizes(parts)
    return {part.digest: sizes[part.pk] for part in parts}


def referrers(manifest: Manifest) -> list[ManifestRow]:
    """Signatures, attestations and the like that are about this manifest."""
    rows = Manifest.objects.filter(repository=manifest.repository, subject=manifest.digest).defer("payload")
    return [
        ManifestRow(row.digest, row.digest, row.artifact_type or row.media_type, row.size, row.pushed_at)
        for row in rows.order_by("-pushed_at", "digest")[:_REFERRERS]
    ]


def config_of(manifest: Manifest) -> Config | None:
    """The configuration of an image, where it is here and of a size to be read."""
    named = manifest.references.filter(kind=Reference.Kind.CONFIG).values("digest")[:1]
    links = Blob.objects.filter(digest=Subquery(named), repositories=manifest.repository)
    blob = links.filter(size__lte=_CONFIG_LIMIT).first()
    if blob is None:
        return None
    try:
        with Content().open(blob.file) as file:
            return read_config(file.read(_CONFIG_LIMIT))
    except OSError:
        return None


def _row(reference: str, manifest: Manifest, sizes: dict[int, int], moment: datetime) -> ManifestRow:
    kind = kind_of(manifest.media_type, manifest.artifact_type)
    return ManifestRow(reference, manifest.digest, kind, sizes[manifest.pk], moment)
