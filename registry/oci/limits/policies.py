"""The policies for `REGISTRY["POLICIES"]`: "oci.limits.policies.ReadOnlyMode", ".Quotas", ".ImmutableTags"."""

from django.http import HttpRequest

from oci import patterns
from oci.errors import DeniedError, UnsupportedError
from oci.limits.conf import conf
from oci.limits.models import ImmutableTag, Quota, ReadOnly
from oci.limits.usage import used_of
from oci.models import Blob, RepositoryBlob
from oci.policies import Policy
from oci.prepared import Prepared

# Asked by each push, and most often empty.
_flags = Prepared(lambda: ReadOnly.objects.values_list("pk")[:1])
_patterns = Prepared(lambda: Quota.objects.order_by().values_list("pk", "pattern"))


class ReadOnlyMode(Policy):
    """Refuses every change while the setting or the flag says so."""

    def write(self, request: HttpRequest, repository: str) -> None:
        if conf().read_only:
            raise UnsupportedError("the registry is read-only")
        if _flags():
            raise UnsupportedError(str(ReadOnly.objects.first() or "the registry is read-only"))


class Quotas(Policy):
    """Refuses what would be too much: by the length that a client says, by what comes all the same, and at the end."""

    def upload(self, repository: str, size: int | None) -> None:
        for quota in _quotas(repository):
            _check(quota, repository, used_of(quota, repository), max(size or 0, 0))

    def room(self, repository: str) -> int | None:
        left = [quota.bytes - used_of(quota, repository) for quota in _quotas(repository)]
        return max(0, min(left)) if left else None

    def blob(self, repository: str, digest: str, size: int) -> None:
        for quota in _quotas(repository, lock=True):
            if quota.shared and _is_held(quota, digest):
                continue
            _check(quota, repository, used_of(quota, repository), size)

    def manifest(self, repository: str, digest: str, size: int) -> None:
        for quota in _quotas(repository, lock=True):
            _check(quota, repository, used_of(quota, repository), size)


class ImmutableTags(Policy):
    """Refuses to move or to delete tags that a rule covers. To push the same manifest again is no move."""

    def tag(self, repository: str, tag: str, old: str | None, new: str) -> None:
        if old is not None and old != new and is_immutable(repository, tag):
            raise DeniedError(f"the tag {tag} is immutable", detail={"tag": tag, "digest": old})

    def untag(self, repository: str, tag: str) -> None:
        if is_immutable(repository, tag):
            raise DeniedError(f"the tag {tag} is immutable", detail={"tag": tag})


def is_immutable(repository: str, tag: str) -> bool:
    """Whether a rule covers this tag."""
    return any(rule.covers(repository, tag) for rule in ImmutableTag.objects.all())


def _quotas(repository: str, *, lock: bool = False) -> list[Quota]:
    # Locked: of two pushes at once the second one sees what the first one took.
    rows = Quota.objects.select_for_update().order_by("pk") if lock else Quota.objects.all()
    matching = [key for key, pattern in _patterns() if patterns.matches(pattern, repository)]
    return list(rows.filter(pk__in=matching)) if matching else []


def _check(quota: Quota, repository: str, used: int, more: int) -> None:
    if used + more > quota.bytes or (more == 0 and used >= quota.bytes):
        raise DeniedError(
            f"the quota of {repository} is used up",
            detail={"quota": quota.bytes, "used": used, "wanted": more},
        )


def _is_held(quota: Quota, digest: str) -> bool:
    """Whether a repository of a shared quota has this blob already, which then costs nothing more."""
    blob = Blob.objects.filter(digest=digest).first()
    names = RepositoryBlob.objects.filter(blob=blob).values_list("repository__name", flat=True) if blob else ()
    return any(patterns.matches(quota.pattern, name) for name in names)
