"""Which tags and manifests a rule lets go. Pure: data in, data out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oci import patterns
from oci.limits.models import RetentionRule


@dataclass(frozen=True)
class TagFacts:
    """A tag, as far as retention cares."""

    name: str
    digest: str
    pushed_at: datetime
    immutable: bool = False


@dataclass(frozen=True)
class ManifestFacts:
    """A manifest, as far as retention cares."""

    digest: str
    pushed_at: datetime
    # Manifests that it names: those of an index.
    children: Collection[str] = ()
    # What it is about, where it is a signature or the like.
    subject: str = ""


@dataclass(frozen=True)
class Plan:
    """What is to be deleted, in an order in which nothing that stays ever misses something."""

    tags: list[str] = field(default_factory=list)
    manifests: list[str] = field(default_factory=list)


def plan(rule: RetentionRule, tags: Sequence[TagFacts], manifests: Sequence[ManifestFacts], now: datetime) -> Plan:
    """Apply a rule to one repository."""
    gone = [tag.name for tag in tags if tag.name not in _kept(rule, tags, now)] if rule.delete_tags else []
    if rule.untagged_days is None:
        return Plan(gone)
    roots = {tag.digest for tag in tags if tag.name not in gone}
    before = now - timedelta(days=rule.untagged_days)
    by_digest = {manifest.digest: manifest for manifest in manifests}
    roots |= {manifest.digest for manifest in manifests if manifest.pushed_at > before}
    needed = reachable(roots, by_digest)
    unneeded = [manifest for manifest in manifests if manifest.digest not in needed]
    return Plan(gone, _parents_first(unneeded))


def reachable(roots: Collection[str], manifests: Mapping[str, ManifestFacts]) -> set[str]:
    """What is needed by these manifests: the children of indexes, and what is said about any of it."""
    about: dict[str, list[str]] = {}
    for manifest in manifests.values():
        about.setdefault(manifest.subject, []).append(manifest.digest)
    needed: set[str] = set()
    left = list(roots)
    while left:
        digest = left.pop()
        if digest in needed:
            continue
        needed.add(digest)
        left += about.get(digest, ())
        if digest in manifests:
            left += manifests[digest].children
    return needed


def _kept(rule: RetentionRule, tags: Sequence[TagFacts], now: datetime) -> set[str]:
    newest_first = sorted(tags, key=lambda tag: (tag.pushed_at, tag.name), reverse=True)
    kept = {tag.name for tag in newest_first[: rule.keep_newest or 0]}
    kept |= {tag.name for tag in tags if tag.immutable or patterns.matches_any(rule.keep_tags, tag.name)}
    if rule.keep_days is not None:
        since = now - timedelta(days=rule.keep_days)
        kept |= {tag.name for tag in tags if tag.pushed_at >= since}
    if rule.keep_newest is None and rule.keep_days is None and not rule.keep_tags.strip():
        # A rule that says nothing about tags is more likely unfinished than meant to delete everything.
        kept = {tag.name for tag in tags}
    return kept


def _parents_first(manifests: Sequence[ManifestFacts]) -> list[str]:
    children = {child for manifest in manifests for child in manifest.children}
    return [manifest.digest for manifest in sorted(manifests, key=lambda manifest: manifest.digest in children)]
