"""Rendering a template's source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine


def render(libraries: Iterable[str], source: str, context: Mapping[str, Any]) -> str:
    """Render a source.

    Args:
        libraries: tag libraries that are loaded in front of it.
        source: of the template.
        context: its variables.

    Raises:
        TemplateSyntaxError: the source is no template.
    """
    loads = "".join(f"{{% load {library} %}}" for library in libraries)
    rendered: str = _engine().from_string(loads + source).render(Context(dict(context)))
    return rendered


def _engine() -> Engine:
    """The project's first engine of Django templates; one with the installed apps' tags where it has none."""
    try:
        return Engine.get_default()
    except ImproperlyConfigured:
        from django.template.backends.django import get_installed_libraries

        return Engine(libraries=get_installed_libraries())
