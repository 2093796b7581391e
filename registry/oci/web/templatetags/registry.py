"""Small things for the templates."""

from typing import Any

from django import template
from django.utils import timezone

register = template.Library()

_AGES = ((60, "s"), (60, "min"), (24, "h"), (30, "d"), (12, "mo"))
_UNITS = ("kB", "MB", "GB", "TB", "PB")


@register.filter
def size(value: Any) -> str:
    """Bytes for people, in powers of a thousand as clients print them."""
    number = float(value or 0)
    if number < 1000:
        return f"{int(number)} B"
    for unit in _UNITS:
        number /= 1000
        if number < 999.5 or unit == _UNITS[-1]:
            break
    return f"{number:.1f} {unit}" if number < 99.95 else f"{number:.0f} {unit}"


@register.filter
def short(digest: Any) -> str:
    """The beginning of a digest, enough to tell it from others at a glance."""
    return str(digest).partition(":")[2][:12] or str(digest)[:12]


@register.filter
def of(key: Any, values: Any) -> Any:
    """What a dictionary has for a key; None where it has nothing."""
    return values.get(key)


@register.filter
def plain_type(media_type: Any) -> str:
    """A media type without what all of them have."""
    text = str(media_type)
    for beginning in ("application/vnd.oci.image.", "application/vnd.docker.", "application/vnd.", "application/"):
        if text.startswith(beginning):
            return text.removeprefix(beginning)
    return text


@register.filter
def ago(moment: Any) -> str:
    """How long ago, in few letters."""
    age = max(0, (timezone.now() - moment).total_seconds())
    for step, unit in _AGES:
        if age < step:
            return f"{int(age)} {unit} ago"
        age /= step
    return f"{int(age)} y ago"
