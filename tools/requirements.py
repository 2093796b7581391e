"""What pyproject.toml says is to be installed, as a flat list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence


def requirements(group: str, groups: Mapping[str, Sequence[str | Mapping[str, str]]]) -> list[str]:
    """The requirements of a dependency group, those of the groups that it includes among them (PEP 735)."""
    flat: list[str] = []
    for entry in groups[group]:
        flat += [entry] if isinstance(entry, str) else requirements(entry["include-group"], groups)
    return flat


def own_extras(wanted: Sequence[str], project: Mapping[str, Mapping[str, Sequence[str]]]) -> list[str]:
    """Put what an extra of greenroom's own stands for in its place: `greenroom[…]` must not be looked for in an index."""
    flat: list[str] = []
    for entry in wanted:
        own = re.fullmatch(r"greenroom\[([\w,-]+)\]", entry)
        extras = own[1].split(",") if own else []
        flat += [one for extra in extras for one in project["optional-dependencies"][extra]] if own else [entry]
    return flat
