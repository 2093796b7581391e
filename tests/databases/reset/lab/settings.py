"""Settings of the project that the contract is tried on; the database and the receivers come from the environment."""

from __future__ import annotations

import json
import os

SECRET_KEY = "lab"
USE_TZ = True
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = json.loads(os.environ["LAB_DATABASES"])
DATABASE_ROUTERS = ["tests.databases.reset.lab.router.Router"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sites",
    "django.contrib.sessions",
    "tests.databases.reset.lab.shop",
    "tests.databases.reset.lab.extra",
    "django.contrib.admin",
    "django.contrib.messages",
]
if os.environ.get("LAB_ORDER") == "types last":
    # Then the last thing that a flush does to the cache of content types is to clear it.
    INSTALLED_APPS.append(INSTALLED_APPS.pop(0))
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
