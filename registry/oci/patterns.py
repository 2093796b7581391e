"""Patterns of names, as administrators write them: `*` within one part of a name, `**` across slashes, `?` one character.

team/*      team/app, not team/app/debug
team/**     everything below team/
**          everything
"""

import functools
import re

from django.core.exceptions import ValidationError

MAX_LENGTH = 200

_CHARACTERS = re.compile(r"[a-zA-Z0-9._/*?-]+", re.ASCII)
_WILD = re.compile(r"\*{2,}|\*|\?")


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text is what the pattern says."""
    return _compiled(pattern).fullmatch(text) is not None


def matches_any(patterns: str, text: str) -> bool:
    """The same for several patterns, separated by white space."""
    return any(matches(pattern, text) for pattern in patterns.split())


def validate(pattern: str) -> None:
    """For model fields: raise ValidationError for what can match no name."""
    if not _CHARACTERS.fullmatch(pattern):
        raise ValidationError("A pattern is made of letters, digits, and any of . _ - / * ?", code="pattern")
    if len(re.findall(r"\*\*", pattern)) > 3:
        # Each one multiplies the time that a long name takes.
        raise ValidationError("A pattern has ** three times at most", code="pattern")


def validate_several(patterns: str) -> None:
    """The same for several patterns, separated by white space."""
    for pattern in patterns.split():
        validate(pattern)


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = []
    place = 0
    for wild in _WILD.finditer(pattern):
        parts += [re.escape(pattern[place : wild.start()]), _regex(wild[0])]
        place = wild.end()
    return re.compile("".join([*parts, re.escape(pattern[place:])]))


def _regex(wild: str) -> str:
    if wild == "?":
        return "[^/]"
    return "[^/]*" if wild == "*" else ".*"
