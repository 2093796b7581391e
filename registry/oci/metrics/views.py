from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from oci.conf import conf as registry
from oci.metrics.conf import conf
from oci.metrics.counters import counters
from oci.metrics.text import rendered
from oci.models import Repository
from oci.storage import Content


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus."""
    if token := conf().token:
        given = request.META.get("HTTP_AUTHORIZATION", "")
        if not constant_time_compare(given, f"Bearer {token}"):
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(rendered(counters.totals()), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. Whoever asks restarts it if not, so nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """The process can do its work: database, storage, folder of uploads."""
    checks = {"database": _database(), "storage": _storage(), "uploads": _uploads()}
    ready = all(checks.values())
    # Why something fails is for the log: everybody may ask here.
    words = {name: "ok" if well else "failed" for name, well in checks.items()}
    return JsonResponse({"status": "ok" if ready else "failed", "checks": words}, status=200 if ready else 503)


def _database() -> bool:
    try:
        connection.ensure_connection()
        Repository.objects.exists()
    except DatabaseError:
        return False
    return True


def _storage() -> bool:
    try:
        Content().storage.exists("blobs")
    except Exception:  # each storage has errors of its own
        return False
    return True


def _uploads() -> bool:
    folder = registry().uploads
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".ready"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    return True
