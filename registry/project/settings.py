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
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "oci",
    "oci.auth",
    "oci.limits",
    "oci.audit",
    "oci.webhooks",
    "oci.metrics",
    "oci.web",
]
# Each middleware costs every request of the API, and none of Django's is needed there: these are Django's own for web
# pages, and step aside for the API. Compression is never used: blobs are compressed, and manifests are returned byte
# for byte.
MIDDLEWARE = [
    "oci.middleware.Watch",
    "oci.web.middleware.SecurityMiddleware",
    "oci.web.middleware.SessionMiddleware",
    "oci.web.middleware.CsrfViewMiddleware",
    "oci.web.middleware.AuthenticationMiddleware",
    "oci.web.middleware.MessageMiddleware",
    "oci.web.middleware.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

DATABASES = {"default": database(os.environ.get("REGISTRY_DATABASE", f"sqlite:///{DATA_DIR / 'registry.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "registry": {"BACKEND": "oci.storage.FileSystemContentStorage", "OPTIONS": {"location": DATA_DIR / "content"}},
}
# "" lets everybody do everything; "token" and "basic" ask for an account, each in its own way.
ACCESS = os.environ.get("REGISTRY_ACCESS", "")
REGISTRY = {
    # Beside the content: a finished upload is then renamed, not copied.
    "UPLOADS": DATA_DIR / "uploads",
    "AUTHORIZE": "oci.auth.gate.authorize" if ACCESS else "oci.access.anonymous",
    "POLICIES": [
        "oci.limits.policies.ReadOnlyMode",
        "oci.limits.policies.Quotas",
        "oci.limits.policies.ImmutableTags",
    ],
}
REGISTRY_AUTH = {
    "CHALLENGE": ACCESS or "token",
    "ANONYMOUS_PULL": os.environ.get("REGISTRY_ANONYMOUS_PULL", "") == "1",
    "PROXIES": int(os.environ.get("REGISTRY_PROXIES", "0")),
}
REGISTRY_LIMITS = {"READ_ONLY": os.environ.get("REGISTRY_READ_ONLY", "") == "1"}
REGISTRY_METRICS = {"FOLDER": DATA_DIR / "metrics", "TOKEN": os.environ.get("REGISTRY_METRICS_TOKEN", "")}
# Behind proxies that speak https for the registry: links then say so.
if REGISTRY_AUTH["PROXIES"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Failed logins are counted here. Each process has its own counts without a server that they share.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if "REGISTRY_REDIS" in os.environ:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["REGISTRY_REDIS"],
    }

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # Whoever sends a strange Host header is answered with 400, and can fill no log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # The audit log: one line of JSON for each event.
        "oci": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

STATIC_URL = "static/"
LOGIN_URL = "oci_web:login"
LOGIN_REDIRECT_URL = "oci_web:home"
SESSION_COOKIE_NAME = "registry_session"
CSRF_COOKIE_NAME = "registry_csrf"

USE_TZ = True
TIME_ZONE = "UTC"
TEST_RUNNER = "greenroom.TestRunner"
