"""The API at /v2/."""

from django.urls import include, path

urlpatterns = [path("", include("oci.urls"))]
