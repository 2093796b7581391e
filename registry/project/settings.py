"""Settings of the registry. What differs between installations comes from environment variables (see README.md)."""

import os
from pathlib import Path

from project.databases import database
from project.secret import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("REGISTRY_DATA", BASE_DIR / "data"))

DEBUG = os.environ.get("REGISTRY_DEBUG", "") == "1"
ALLOWED_HOSTS = os.environ.get("REGISTRY_HOSTS", "*").split(",")
SECRET_KEY = os.environ.get("REGISTRY_SECRET_KEY") or kept_secret(DATA_DIR / "secret-key")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "oci",
]
# Each middleware costs every request of the API; none of Django's is needed there. Compression is never used:
# blobs are compressed, and manifests are returned byte for byte.
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

DATABASES = {"default": database(os.environ.get("REGISTRY_DATABASE", f"sqlite:///{DATA_DIR / 'registry.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "registry": {"BACKEND": "oci.storage.FileSystemContentStorage", "OPTIONS": {"location": DATA_DIR / "content"}},
}
# Uploads beside the content: a finished one is then renamed, not copied.
REGISTRY = {"UPLOADS": DATA_DIR / "uploads"}

USE_TZ = True
TEST_RUNNER = "greenroom.TestRunner"
