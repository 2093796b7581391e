"""The text format of Prometheus (version 0.0.4)."""

from collections.abc import Iterable

from django.apps import apps
from django.db.models import Sum

from oci.metrics.counters import Series, formatted
from oci.models import Blob, Manifest, Repository, Tag
from oci.storage import Staging

_HELP = {
    "registry_requests_total": ("counter", "Requests answered."),
    "registry_request_seconds": ("histogram", "Seconds from a request to the beginning of its answer."),
    "registry_received_bytes_total": ("counter", "Bytes of request bodies."),
    "registry_sent_bytes_total": ("counter", "Bytes of answers."),
    "registry_blobs_pushed_total": ("counter", "Blobs that became part of a repository."),
    "registry_manifests_pushed_total": ("counter", "Manifests pushed."),
    "registry_gc_runs_total": ("counter", "Garbage collections."),
    "registry_gc_removed_blobs_total": ("counter", "Blobs removed by garbage collections."),
    "registry_gc_removed_bytes_total": ("counter", "Bytes freed by garbage collections."),
    "registry_database_queries_total": ("counter", "Queries."),
    "registry_database_seconds_total": ("counter", "Seconds spent in queries."),
    "registry_database_errors_total": ("counter", "Queries that failed."),
    "registry_repositories": ("gauge", "Repositories."),
    "registry_manifests": ("gauge", "Manifests in all repositories."),
    "registry_tags": ("gauge", "Tags in all repositories."),
    "registry_blobs": ("gauge", "Blobs stored."),
    "registry_stored_bytes": ("gauge", "Bytes of all blobs stored."),
    "registry_uploads": ("gauge", "Uploads begun and not finished."),
    "registry_webhooks_waiting": ("gauge", "Webhook messages that are not delivered yet."),
}
_PARTS = ("_bucket", "_sum", "_count")


def rendered(counts: dict[Series, float]) -> str:
    """All metrics as text."""
    lines: list[str] = []
    values = {**counts, **dict(_gauges())}
    for name, (kind, text) in _HELP.items():
        names = [name + part for part in _PARTS] if kind == "histogram" else [name]
        rows = sorted(
            (names.index(series[0]), *_order(series[1]), series[1], value)
            for series, value in values.items()
            if series[0] in names
        )
        if rows:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            lines += [
                f"{names[place]}{f'{{{labels}}}' if labels else ''} {_number(value)}"
                for place, _, _, labels, value in rows
            ]
    return "\n".join([*lines, ""])


def _order(labels: str) -> tuple[str, float]:
    """Buckets of a histogram rise."""
    others, _, end = labels.partition('le="')
    return others, float(end.rstrip('"') or 0)


def _gauges() -> Iterable[tuple[Series, float]]:
    blobs = Blob.objects.aggregate(size=Sum("size"))
    values: dict[str, float] = {
        "registry_repositories": Repository.objects.count(),
        "registry_manifests": Manifest.objects.count(),
        "registry_tags": Tag.objects.count(),
        "registry_blobs": Blob.objects.count(),
        "registry_stored_bytes": blobs["size"] or 0,
        "registry_uploads": sum(1 for _ in Staging().ages()),
    }
    if apps.is_installed("oci.webhooks"):
        from oci.webhooks.models import Delivery

        values["registry_webhooks_waiting"] = Delivery.objects.filter(state=Delivery.State.WAITING).count()
    return [((name, formatted({})), value) for name, value in values.items()]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
