"""Retention: the plan, for any repository there may be, and its execution."""

import json
import unittest
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from oci.limits.models import ImmutableTag, RetentionRule
from oci.limits.retention import ManifestFacts, Plan, TagFacts, plan, reachable
from oci.models import Manifest, Tag
from tests.base import RegistryTestCase, index, sha256

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAMES = ("a", "b", "c", "d", "e", "f")


def days(number: int) -> datetime:
    return NOW - timedelta(days=number)


def rule(**more: Any) -> RetentionRule:
    return RetentionRule(**{"pattern": "**", "untagged_days": None, **more})


def tags(*ages: int) -> list[TagFacts]:
    return [TagFacts(f"t{age}", f"d{age}", days(age)) for age in ages]


class TagPlanTests(unittest.TestCase):
    def gone(self, given_rule: RetentionRule, facts: list[TagFacts]) -> list[str]:
        return plan(given_rule, facts, [], NOW).tags

    def test_the_newest_stay(self) -> None:
        self.assertEqual(self.gone(rule(keep_newest=2), tags(1, 5, 3)), ["t5"])

    def test_those_that_match_stay(self) -> None:
        self.assertEqual(self.gone(rule(keep_tags="t1? latest"), tags(1, 10, 12)), ["t1"])

    def test_the_young_stay(self) -> None:
        self.assertEqual(self.gone(rule(keep_days=7), tags(1, 7, 8)), ["t8"])

    def test_one_reason_is_enough(self) -> None:
        self.assertEqual(self.gone(rule(keep_newest=1, keep_tags="t9", keep_days=3), tags(1, 2, 5, 9)), ["t5"])

    def test_immutable_ones_stay(self) -> None:
        facts = [TagFacts("v1", "d", days(100), immutable=True)]
        self.assertEqual(self.gone(rule(keep_newest=0), facts), [])

    def test_a_rule_without_a_word_about_tags_deletes_none(self) -> None:
        self.assertEqual(self.gone(rule(), tags(1, 100)), [])
        self.assertEqual(self.gone(rule(delete_tags=False, keep_newest=0), tags(1, 100)), [])


@st.composite
def repositories(draw: st.DrawFn) -> tuple[list[TagFacts], list[ManifestFacts]]:
    """Indexes of indexes, signatures of signatures, dangling subjects, circles: whatever can be pushed, and more."""
    ages = st.integers(0, 20)
    some = st.lists(st.sampled_from(NAMES), max_size=3)
    subjects = st.sampled_from(("", *NAMES))
    manifests = [
        ManifestFacts(name, days(draw(ages)), draw(some), draw(subjects))
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
    ]
    digests = [manifest.digest for manifest in manifests]
    count = draw(st.integers(0, 4)) if digests else 0
    found = [TagFacts(f"t{n}", draw(st.sampled_from(digests)), days(draw(ages))) for n in range(count)]
    return found, manifests


class ManifestPlanTests(unittest.TestCase):
    def test_an_index_keeps_its_parts_and_their_signatures(self) -> None:
        manifests = [
            ManifestFacts("index", days(90), ["image"]),
            ManifestFacts("image", days(90)),
            ManifestFacts("signature", days(90), subject="image"),
            ManifestFacts("old", days(90)),
            ManifestFacts("signature of old", days(90), subject="old"),
        ]
        found = plan(rule(untagged_days=7), [TagFacts("v1", "index", days(90))], manifests, NOW)
        self.assertEqual(found, Plan([], ["old", "signature of old"]))

    def test_new_ones_have_time_to_be_tagged(self) -> None:
        self.assertEqual(plan(rule(untagged_days=7), [], [ManifestFacts("m", days(6))], NOW).manifests, [])

    def test_an_index_goes_before_its_parts(self) -> None:
        manifests = [ManifestFacts("image", days(9)), ManifestFacts("index", days(9), ["image"])]
        self.assertEqual(plan(rule(untagged_days=1), [], manifests, NOW).manifests, ["index", "image"])

    @given(repositories(), st.integers(0, 3), st.integers(0, 15), st.integers(0, 15))
    def test_nothing_that_stays_misses_something(self, repository: Any, newest: int, young: int, untagged: int) -> None:
        facts, manifests = repository
        found = plan(rule(keep_newest=newest, keep_days=young, untagged_days=untagged), facts, manifests, NOW)
        staying = {tag.name: tag for tag in facts if tag.name not in found.tags}
        self.assertGreaterEqual(len(staying), min(newest, len(facts)))
        by_digest = {manifest.digest: manifest for manifest in manifests}
        needed = reachable({tag.digest for tag in staying.values()}, by_digest)
        self.assertFalse(needed & set(found.manifests))
        self.assertTrue(all(by_digest[digest].pushed_at <= days(untagged) for digest in found.manifests))
        self.assertEqual(len(found.manifests), len(set(found.manifests)))

    @given(repositories(), st.integers(0, 3))
    def test_what_was_carried_out_leaves_nothing_to_do(self, repository: Any, newest: int) -> None:
        facts, manifests = repository
        given_rule = rule(keep_newest=newest, untagged_days=3)
        first = plan(given_rule, facts, manifests, NOW)
        left = [tag for tag in facts if tag.name not in first.tags]
        rest = [manifest for manifest in manifests if manifest.digest not in first.manifests]
        self.assertEqual(plan(given_rule, left, rest, NOW), Plan())


class RetainTests(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.digests = {tag: self.push_image(tag, tag.encode()) for tag in ("v1", "v2", "v3")}
        for age, tag in enumerate(("v3", "v2", "v1")):
            moment = timezone.now() - timedelta(days=30 + age)
            Tag.objects.filter(name=tag).update(updated_at=moment)
            Manifest.objects.filter(digest=self.digests[tag]).update(pushed_at=moment)
        RetentionRule.objects.create(pattern="acme/**", keep_newest=1)

    def run_it(self, *arguments: str) -> str:
        call_command("registry_retain", *arguments, stdout=(out := StringIO()))
        return out.getvalue()

    def tag_names(self) -> list[str]:
        return self.client.get("/v2/acme/shop/tags/list").json()["tags"]

    def test_a_dry_run_only_says(self) -> None:
        self.assertIn("would delete acme/shop:v1", self.run_it("--dry-run"))
        self.assertEqual(self.tag_names(), ["v1", "v2", "v3"])

    def test_it_deletes_tags_and_what_they_held(self) -> None:
        self.assertIn("deleted 2 tags, 2 manifests", self.run_it())
        self.assertEqual(self.tag_names(), ["v3"])
        self.assertEqual(self.client.get(f"/v2/acme/shop/manifests/{self.digests['v1']}").status_code, 404)
        self.assertEqual(self.run_it(), "deleted 0 tags, 0 manifests\n")

    def test_immutable_tags_stay(self) -> None:
        ImmutableTag.objects.create(pattern="**", tags="v1")
        self.run_it()
        self.assertEqual(self.tag_names(), ["v1", "v3"])

    def test_parts_of_an_index_stay(self) -> None:
        payload = bytes(Manifest.objects.get(digest=self.digests["v1"]).payload)
        entry = {"mediaType": json.loads(payload)["mediaType"], "digest": sha256(payload), "size": len(payload)}
        self.put_manifest("all", index(entry))
        Tag.objects.filter(name="v1").delete()
        self.run_it()
        self.assertEqual(self.client.get(f"/v2/acme/shop/manifests/{self.digests['v1']}").status_code, 200)

    def test_of_two_rules_the_first_one_counts(self) -> None:
        RetentionRule.objects.create(pattern="**", keep_newest=3, order=-1, untagged_days=None)
        self.run_it()
        self.assertEqual(self.tag_names(), ["v1", "v2", "v3"])

    def test_other_repositories_are_left_alone(self) -> None:
        RetentionRule.objects.update(pattern="other/**")
        self.assertEqual(self.run_it(), "deleted 0 tags, 0 manifests\n")

    def test_what_was_pushed_again_is_new(self) -> None:
        """A client pushes an image again before the index that will name it: it must still be there then."""
        pushed = Manifest.objects.get(digest=self.digests["v1"])
        before = pushed.pushed_at
        self.assertEqual(self.push_image("v1", b"v1"), pushed.digest)
        pushed.refresh_from_db()
        self.assertGreater(pushed.pushed_at, before)
