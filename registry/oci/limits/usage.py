"""How many bytes repositories hold: each blob once, however many manifests name it, and the manifests themselves."""

from collections.abc import Collection

from django.db.models import QuerySet, Sum

from oci import patterns
from oci.limits.models import Quota
from oci.models import Blob, Manifest, Repository


def used(repositories: Collection[int] | QuerySet[Repository]) -> int:
    """Bytes of all these repositories together."""
    held = Blob.objects.filter(repositories__in=repositories).values("pk")
    blobs = Blob.objects.filter(pk__in=held).aggregate(sum=Sum("size"))["sum"] or 0
    manifests = Manifest.objects.filter(repository__in=repositories).aggregate(sum=Sum("size"))["sum"] or 0
    return int(blobs + manifests)


def used_of(quota: Quota, repository: str) -> int:
    """Bytes that count against a quota when something is pushed to this repository."""
    if not quota.shared:
        return used(Repository.objects.filter(name=repository))
    beginning = quota.pattern.partition("*")[0].partition("?")[0]
    candidates = Repository.objects.filter(name__startswith=beginning).values_list("pk", "name")
    return used([pk for pk, name in candidates if patterns.matches(quota.pattern, name)])
