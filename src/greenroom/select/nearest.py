"""What a misspelt label may have meant."""

from __future__ import annotations

from difflib import SequenceMatcher
from heapq import nlargest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_LIKE = 0.6
"""From which likeness on a name may have been meant (difflib's measure, 0 to 1, and its own default)."""
_MISSING = 0.75
"""What a part counts that is right but was looked up elsewhere, because a part before it is wrong."""
_SHORTLIST = 40
"""How many names are measured in earnest: difflib takes its time."""
_BEAM = 8
"""How many half-corrected labels are followed further."""

Scored = tuple[float, str]


def nearest_labels(wanted: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The labels that are most like one that was not found, best first.

    A label is corrected part by part from the left, among the names that there are at that place: `app.tests.Case.test_x`
    is first looked for in its class, a class in its module. Then by its last part alone, for what was moved, or written
    without its module. Where nothing is like it, the longest part that does exist is offered.

    Args:
        wanted: the dotted label.
        known: the ids of all tests.
        limit: how many to give at most.
    """
    tree = _tree(known)
    parts = [part for part in wanted.split(".") if part]
    scored: dict[str, float] = {}
    for score, label in [*_corrected(tree, parts), *_elsewhere(tree, parts)]:
        if label != wanted:
            scored[label] = max(score, scored.get(label, 0.0))
    best = sorted(scored, key=lambda label: (-scored[label], label))[:limit]
    return best or _prefix(tree, parts)[: max(0, limit)]


def _tree(known: Iterable[str]) -> dict[str, set[str]]:
    """For each module, class and package the names that are right below it; the empty name holds the topmost."""
    tree: dict[str, set[str]] = {"": set()}
    for test in known:
        label = test
        while label:
            parent, _, name = label.rpartition(".")
            if parent in tree:
                tree[parent].add(name)
                break
            tree[parent] = {name}
            label = parent
    return tree


def _corrected(tree: dict[str, set[str]], parts: list[str]) -> list[Scored]:
    """Labels of as many parts, each part right or nearly so; scored from 0 to 1."""
    beam: list[Scored] = [(0.0, "")]
    for part in parts:
        beam = nlargest(
            _BEAM,
            (
                (score + likeness, _join(label, name))
                for score, label in beam
                for likeness, name in _like(part, tree.get(label, ()))
            ),
        )
    return [(score / len(parts), label) for score, label in beam if label]


def _elsewhere(tree: dict[str, set[str]], parts: list[str]) -> list[Scored]:
    """Labels anywhere whose last part is right or nearly so; more of them where the part before is, too."""
    if not parts:
        return []
    places: dict[str, list[str]] = {}
    for parent, names in tree.items():
        for name in names:
            places.setdefault(name, []).append(parent)
    scored: list[Scored] = []
    for likeness, name in _like(parts[-1], places):
        for parent in places[name]:
            around = _around(parts[:-1], parent.split("."))
            scored.append((likeness * (_MISSING + (1 - _MISSING) * around) * 0.95, _join(parent, name)))
    return scored


def _around(wanted: list[str], found: list[str]) -> float:
    """How like the parts before the last are, the nearest of them counting most; 0 to 1."""
    if not wanted:
        return 0.5
    score, weight, total = 0.0, 1.0, 0.0
    for one, other in zip(reversed(wanted), reversed(found), strict=False):
        score += weight * (1.0 if one == other else _ratio(one, other))
        total += weight
        weight /= 2
    return score / total if total else 0.0


def _like(part: str, names: Collection[str]) -> list[Scored]:
    """The names that a part may have meant, with how like they are."""
    if part in names:
        return [(1.0, part)]
    if len(names) > _SHORTLIST:
        pairs = _pairs(part)
        names = nlargest(_SHORTLIST, names, key=lambda name: _overlap(pairs, _pairs(name)))
    scored = [(_ratio(part, name), name) for name in names]
    return sorted([(score, name) for score, name in scored if score >= _LIKE], reverse=True)[:_BEAM]


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one.lower(), other.lower(), autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _LIKE and matcher.quick_ratio() >= _LIKE else 0.0


def _pairs(name: str) -> set[str]:
    """The pairs of letters in a name: a cheap measure of likeness, to choose what is worth the dear one."""
    name = name.lower()
    return {name[at : at + 2] for at in range(len(name) - 1)}


def _overlap(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other) or 1)


def _prefix(tree: dict[str, set[str]], parts: list[str]) -> list[str]:
    """The longest beginning of a label that exists, as a list of one or none."""
    label = ""
    for part in parts:
        if part not in tree.get(label, ()):
            break
        label = _join(label, part)
    return [label] if label else []


def _join(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name
