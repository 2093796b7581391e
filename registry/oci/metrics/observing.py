"""What is counted, and when."""

import time
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from oci import signals
from oci.metrics.counters import counters
from oci.middleware import answered

# Upper ends of the histogram of requests, seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
_ENDPOINTS = (("/blobs/uploads", "uploads"), ("/blobs/", "blobs"), ("/manifests/", "manifests"))
_LISTS = (("/tags/list", "tags"), ("/referrers/", "referrers"))


@receiver(answered)
def _answered(request: HttpRequest, response: HttpResponseBase, seconds: float, **_: object) -> None:
    # Few values for each label: one for each name would be a way to fill the memory from outside.
    endpoint = endpoint_of(request.path_info)
    method = request.method if request.method in _METHODS else "other"
    counters.add("registry_requests_total", endpoint=endpoint, method=method, status=str(response.status_code))
    for end in BUCKETS:
        if seconds <= end:
            counters.add("registry_request_seconds_bucket", endpoint=endpoint, le=str(end))
    counters.add("registry_request_seconds_bucket", endpoint=endpoint, le="+Inf")
    counters.add("registry_request_seconds_sum", seconds, endpoint=endpoint)
    counters.add("registry_request_seconds_count", endpoint=endpoint)
    body = getattr(request, "registry_body", None)
    if body is not None:
        counters.add("registry_received_bytes_total", body.read, endpoint=endpoint)
    sent = response.headers.get("Content-Length", "")
    if sent.isdigit() and method != "HEAD":
        counters.add("registry_sent_bytes_total", int(sent), endpoint=endpoint)


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
        counters.add("registry_database_queries_total")
        counters.add("registry_database_seconds_total", time.perf_counter() - began)
