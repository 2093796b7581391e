"""What all pages have in common: the account of the session, the theme, and headers that let nothing foreign in."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from oci import grammar
from oci.access import Action, may
from oci.auth import gate
from oci.auth.conf import conf
from oci.models import Repository

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "registry_theme"
# No inline style, no inline script, nothing from elsewhere: even text that slipped through unescaped could do nothing.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that is read. What an account may not see looks like what does not exist."""

    @require_safe
    @functools.wraps(view)
    def wrapper(request: HttpRequest, **parts: str) -> HttpResponse:
        gate.use_session(request)
        try:
            response = view(request, **parts)
        except Http404:
            response = show(request, "oci/missing.html", {}, status=404)
        return protected(response)

    return wrapper


def show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a template with the theme."""
    common = {"theme": theme_of(request), "host": request.get_host(), "own_robots": conf().own_robots}
    return render(request, template, {**common, **context}, status=status)


def protected(response: HttpResponse) -> HttpResponse:
    """Add the headers. A page depends on who is logged in, so nobody else's cache may keep it."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def theme_of(request: HttpRequest) -> str:
    """What the switch was last set to."""
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return theme if theme in THEMES else "auto"


def repository_of(request: HttpRequest, name: str) -> Repository:
    """The repository, where there is one that the account may see. Raises Http404."""
    if not grammar.is_name(name) or not may(request, name, Action.PULL):
        raise Http404
    repository = Repository.objects.filter(name=name).first()
    if repository is None:
        raise Http404
    return repository


def visible_names(request: HttpRequest, search: str) -> list[str]:
    """Names of the repositories that the account may see, sorted."""
    found = Repository.objects.order_by("name")
    for word in search.split():
        found = found.filter(name__icontains=word)
    return [name for name in found.values_list("name", flat=True) if may(request, name, Action.PULL)]
