"""Carries out retention, repository by repository, beside whatever else is going on."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from oci import grammar, patterns
from oci.limits.models import ImmutableTag, RetentionRule
from oci.limits.retention import ManifestFacts, Plan, TagFacts, plan
from oci.models import Manifest, Reference, Repository, Tag
from oci.services import manifests


@dataclass(frozen=True)
class Retained:
    """What was deleted in a repository, or would be."""

    repository: str
    plan: Plan


def retain(*, dry_run: bool = False) -> Iterator[Retained]:
    """Apply the rules. Yields each repository in which there was something to delete."""
    rules = list(RetentionRule.objects.filter(active=True))
    for repository in Repository.objects.order_by("name").iterator():
        rule = next((rule for rule in rules if patterns.matches(rule.pattern, repository.name)), None)
        if rule is None:
            continue
        found = _plan(rule, repository)
        if found.tags or found.manifests:
            if not dry_run:
                _carry_out(rule, repository)
            yield Retained(repository.name, found)


def _plan(rule: RetentionRule, repository: Repository) -> Plan:
    immutable = list(ImmutableTag.objects.all())
    tags = [
        TagFacts(
            tag.name,
            tag.manifest.digest,
            tag.updated_at,
            any(rule.covers(repository.name, tag.name) for rule in immutable),
        )
        for tag in Tag.objects.filter(repository=repository).select_related("manifest").defer("manifest__payload")
    ]
    children: dict[int, list[str]] = {}
    references = Reference.objects.filter(manifest__repository=repository, kind=Reference.Kind.MANIFEST)
    for manifest, digest in references.values_list("manifest_id", "digest"):
        children.setdefault(manifest, []).append(digest)
    rows = Manifest.objects.filter(repository=repository).defer("payload")
    facts = [ManifestFacts(row.digest, row.pushed_at, children.get(row.pk, ()), row.subject) for row in rows]
    return plan(rule, tags, facts, timezone.now())


def _carry_out(rule: RetentionRule, repository: Repository) -> None:
    with transaction.atomic():
        # Pushes to this repository lock the same rows, or wait altogether on SQLite: what was pushed since the plan
        # was made is seen by the one that is carried out.
        list(Tag.objects.select_for_update().filter(repository=repository).values_list("pk"))
        list(Manifest.objects.select_for_update().filter(repository=repository).values_list("pk"))
        found = _plan(rule, repository)
        for tag in found.tags:
            manifests.untag(repository.name, tag)
        for digest in found.manifests:
            parsed = grammar.parse_digest(digest)
            if parsed is not None:
                manifests.delete(repository.name, parsed)
