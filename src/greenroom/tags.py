"""What `django.test.tag` has put on a test."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def tags_of(holder: Any) -> Collection[object]:
    """The tags of a class or method; a `tags` that is something of the suite's own, such as a method, is none."""
    tags = getattr(holder, "tags", ())
    return tags if isinstance(tags, set | frozenset | list | tuple) else ()
