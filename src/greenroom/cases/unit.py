"""Tests of code alone: no database, and no network by choice."""

from __future__ import annotations

from typing import Any, ClassVar

from django.template import TemplateSyntaxError
from django.test import SimpleTestCase

from greenroom.cases.base import Case
from greenroom.cases.templates import render


class UnitTestCase(Case, SimpleTestCase):
    """Tests that use no database: a query is an error that names its line.

    With `no_network_interaction = True` a connection is one too.
    """

    test_type = "unit"
    no_database_interaction = True


class TemplateTagTestCase(UnitTestCase):
    """Tests of template tags and filters."""

    preload: ClassVar[tuple[str, ...] | list[str]] = ()
    """The tag libraries that are loaded in front of each template."""
    TemplateSyntaxError = TemplateSyntaxError

    def render_template(self, template: str, **context: Any) -> str:
        """What a template gives.

        Args:
            template: its source.
            context: its variables.

        Raises:
            TemplateSyntaxError: the source is no template.
        """
        return render(self.preload, template, context)
