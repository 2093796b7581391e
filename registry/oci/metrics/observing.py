"""What is counted, and when."""

import functools
import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from oci import signals
from oci.metrics.counters import Series, counters, formatted
from oci.middleware import answered

# Upper ends of the histogram of requests, seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_ENDPOINTS = (("/blobs/uploads", "uploads"), ("/blobs/", "blobs"), ("/manifests/", "manifests"))
_LISTS = (("/tags/list", "tags"), ("/referrers/", "referrers"))
_QUERIES: Series = ("registry_database_queries_total", "")
_SECONDS: Series = ("registry_database_seconds_total", "")


@receiver(answered)
def _answered(request: HttpRequest, response: HttpResponseBase, seconds: float, **_: object) -> None:
    # Few values for each label: one for each name would be a way to fill the memory from outside.
    endpoint = endpoint_of(request.path_info)
    method = request.method if request.method in _METHODS else "other"
    more: list[tuple[Series, float]] = [(_requests(endpoint, method or "other", response.status_code), 1)]
    more += [(series, 1) for series in _buckets(endpoint)[bisect_left(BUCKETS, seconds) :]]
    times = _of_endpoint(endpoint)
    more += [(times.seconds, seconds), (times.count, 1)]
    body = getattr(request, "registry_body", None)
    if body is not None:
        more.append((times.received, body.read))
    sent = response.headers.get("Content-Length", "")
    if sent.isdigit() and method != "HEAD":
        more.append((times.sent, int(sent)))
    counters.add_all(more)


class _Series(NamedTuple):
    """What is counted of an endpoint."""

    seconds: Series
    count: Series
    received: Series
    sent: Series


# Made once each: to write out the labels takes longer than to count. As few as the values of their labels.
@functools.lru_cache(maxsize=512)
def _requests(endpoint: str, method: str, status: int) -> Series:
    return "registry_requests_total", formatted({"endpoint": endpoint, "method": method, "status": str(status)})


@functools.lru_cache(maxsize=16)
def _buckets(endpoint: str) -> tuple[Series, ...]:
    ends = (*(str(end) for end in BUCKETS), "+Inf")
    return tuple(("registry_request_seconds_bucket", formatted({"endpoint": endpoint, "le": end})) for end in ends)


@functools.lru_cache(maxsize=16)
def _of_endpoint(endpoint: str) -> _Series:
    labels = formatted({"endpoint": endpoint})
    return _Series(
        ("registry_request_seconds_sum", labels),
        ("registry_request_seconds_count", labels),
        ("registry_received_bytes_total", labels),
        ("registry_sent_bytes_total", labels),
    )


def endpoint_of(path: str) -> str:
    """A word for what a request is about."""
    if not path.startswith("/v2/"):
        return "token" if path == "/auth/token" else "other"
    for mark, endpoint in (*_ENDPOINTS, *_LISTS):
        if mark in path:
            return endpoint
    return "base"


@receiver(signals.blob_pushed)
def _blob_pushed(mounted: bool, **_: object) -> None:
    counters.add("registry_blobs_pushed_total", how="mount" if mounted else "upload")


@receiver(signals.manifest_pushed)
def _manifest_pushed(**_: object) -> None:
    counters.add("registry_manifests_pushed_total")


@receiver(signals.collected)
def _collected(blobs: int, bytes: int, **_: object) -> None:  # noqa: A002 - the signal's
    counters.add("registry_gc_runs_total")
    counters.add("registry_gc_removed_blobs_total", blobs)
    counters.add("registry_gc_removed_bytes_total", bytes)
    counters.flush()  # by a command that ends now


@receiver(connection_created)
def _connected(connection: Any, **_: object) -> None:
    if _queried not in connection.execute_wrappers:
        connection.execute_wrappers.append(_queried)


def _queried(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    except Exception:
        counters.add("registry_database_errors_total")
        raise
    finally:
        counters.add_all(((_QUERIES, 1), (_SECONDS, time.perf_counter() - began)))
