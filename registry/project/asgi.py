"""The registry as an ASGI application. WSGI is faster: Django's ASGI handler spools each body before the view runs."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_asgi_application()
