"""The API at /v2/, its token endpoint, metrics and health, Django's admin, and the web page at everything else."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path

urlpatterns = [
    path("", include("oci.urls")),
    path("", include("oci.auth.urls")),
    path("", include("oci.metrics.urls")),
    path("admin/", admin.site.urls),
    # A few small files, straight from the apps: no step of its own to collect them, and a proxy may serve them instead.
    path("static/<path:path>", serve, {"insecure": True}),
    path("", include("oci.web.urls")),
]
