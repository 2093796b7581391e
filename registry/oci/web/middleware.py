"""Django's middlewares for web pages, and none of them for the API.

Sessions, CSRF and messages mean nothing to a registry's clients, and each would cost every request of theirs.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware as DjangoMessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest
from django.middleware.clickjacking import XFrameOptionsMiddleware as DjangoXFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware as DjangoCsrfViewMiddleware
from django.middleware.security import SecurityMiddleware as DjangoSecurityMiddleware


class _PagesOnly:
    """A mixin, before one of Django's middlewares."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith("/v2/"):
            return self.get_response(request)  # under ASGI a coroutine, which Django awaits
        return super().__call__(request)  # type: ignore[misc]


class SecurityMiddleware(_PagesOnly, DjangoSecurityMiddleware):
    pass


class SessionMiddleware(_PagesOnly, DjangoSessionMiddleware):
    pass


class CsrfViewMiddleware(_PagesOnly, DjangoCsrfViewMiddleware):
    pass


class AuthenticationMiddleware(_PagesOnly, DjangoAuthenticationMiddleware):
    pass


class MessageMiddleware(_PagesOnly, DjangoMessageMiddleware):
    pass


class XFrameOptionsMiddleware(_PagesOnly, DjangoXFrameOptionsMiddleware):
    pass
