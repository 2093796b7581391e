# mypy: ignore-errors
"""The settings of the server. They are read by Kiwi's own Python, which knows nothing of greenroom."""

import inspect
import os

# django-modern-rpc 0.12 imports what Python 3.11 no longer has; it does not call it.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec

from django.db.backends.signals import connection_created
from tcms.settings.common import *  # noqa: F403

DEBUG = False
SECRET_KEY = "it holds what tests write, on loopback"
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["KIWI_DATABASE"],
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"timeout": 60},
    }
}
MEDIA_ROOT = f"{os.environ['KIWI_DATABASE']}-uploads"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
ANONYMOUS_ANALYTICS = USE_CAPTCHA = False
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
AUTH_PASSWORD_VALIDATORS = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def do_not_wait_for_disk(connection, **_about):
    """What is lost with a crash of the machine is a test's."""
    connection.cursor().execute("PRAGMA synchronous=OFF")


connection_created.connect(do_not_wait_for_disk)
