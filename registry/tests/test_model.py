"""Any order of pushes, mounts, tags, deletes and collections leaves what a model in plain Python says is left."""

import json
import shutil
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from oci.services.collecting import collect
from tests.base import RegistryTestCase, body, descriptor, index, sha256

NAMES = st.sampled_from(["acme/shop", "acme/shop/api", "other"])
TAGS = st.sampled_from(["latest", "v1"])
CONTENTS = [b"{}", b"one", b"two", b""]
CONTENT = st.sampled_from(CONTENTS)


@dataclass
class Repository:
    """What the model knows of one."""

    blobs: set[str] = field(default_factory=set)
    manifests: dict[str, bytes] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class Machine(RuleBasedStateMachine):
    """Clients of a registry. `test` is the test whose registry and client are used."""

    test: RegistryTestCase

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, Repository] = {}
        self.stored: set[str] = set()
        self.taken_back = transaction.atomic()
        self.taken_back.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.taken_back.__exit__(None, None, None)
        shutil.rmtree(self.test.folder / "content", ignore_errors=True)
        shutil.rmtree(self.test.folder / "uploads", ignore_errors=True)

    def of(self, name: str) -> Repository:
        """What the model knows, where the repository may not be there."""
        return self.model.get(name, Repository())

    def expect(self, response: Any, status: int) -> None:
        assert response.status_code == status, (response.status_code, status, response.content)

    @rule(name=NAMES, content=CONTENT, cut=st.integers(0, 3), chunked=st.booleans())
    def push_blob(self, name: str, content: bytes, cut: int, *, chunked: bool) -> None:
        location = self.test.begin(name)
        if chunked:
            self.expect(self.test.chunked("PATCH", location, content[:cut]), 202)
        else:
            cut = 0
        self.expect(self.test.put(location, sha256(content), content[cut:]), 201)
        self.model.setdefault(name, Repository()).blobs.add(sha256(content))
        self.stored.add(sha256(content))

    @rule(name=NAMES, content=CONTENT)
    def push_falsely(self, name: str, content: bytes) -> None:
        self.expect(self.test.put(self.test.begin(name), sha256(content), content + b"."), 400)

    @rule(name=NAMES, source=NAMES, content=CONTENT, anywhere=st.booleans())
    def mount(self, name: str, source: str, content: bytes, *, anywhere: bool) -> None:
        digest = sha256(content)
        query = f"?mount={digest}" + ("" if anywhere else f"&from={source}")
        sources = self.model.values() if anywhere else [self.of(source)]
        there = any(digest in repository.blobs for repository in sources)
        self.expect(self.test.client.post(f"/v2/{name}/blobs/uploads/{query}"), 201 if there else 202)
        if there:
            self.model.setdefault(name, Repository()).blobs.add(digest)

    @rule(name=NAMES, tag=TAGS, layers=st.lists(CONTENT, max_size=2))
    def push_image(self, name: str, tag: str, layers: list[bytes]) -> None:
        parts = [descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers]
        config = descriptor(b"{}", "application/vnd.oci.image.config.v1+json")
        media_type = "application/vnd.oci.image.manifest.v1+json"
        image = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": parts}
        needed = {part["digest"] for part in [config, *parts]}
        self.push_manifest(name, tag, image, needed, complete=needed <= self.of(name).blobs)

    @rule(name=NAMES, tag=TAGS, source=NAMES)
    def push_index(self, name: str, tag: str, source: str) -> None:
        held = sorted(self.of(source).manifests.items())
        parts = [descriptor(content, json.loads(content)["mediaType"]) for _, content in held]
        complete = {digest for digest, _ in held} <= set(self.of(name).manifests)
        self.push_manifest(name, tag, index(*parts), set(), complete=complete)

    def push_manifest(self, name: str, tag: str, data: dict[str, Any], needed: set[str], *, complete: bool) -> None:
        content = json.dumps(data).encode()
        self.expect(self.test.put_manifest(tag, content, name, data["mediaType"]), 201 if complete else 404)
        if complete:
            repository = self.model.setdefault(name, Repository())
            repository.manifests[sha256(content)] = content
            repository.needs[sha256(content)] = needed
            repository.tags[tag] = sha256(content)

    @rule(name=NAMES, content=CONTENT)
    def delete_blob(self, name: str, content: bytes) -> None:
        there = sha256(content) in self.of(name).blobs
        self.expect(self.test.client.delete(f"/v2/{name}/blobs/{sha256(content)}"), 202 if there else 404)
        self.of(name).blobs.discard(sha256(content))

    @rule(name=NAMES, tag=TAGS)
    def delete_tag(self, name: str, tag: str) -> None:
        there = self.of(name).tags.pop(tag, None)
        self.expect(self.test.client.delete(f"/v2/{name}/manifests/{tag}"), 202 if there else 404)

    @rule(name=NAMES, tag=TAGS)
    def delete_manifest(self, name: str, tag: str) -> None:
        repository = self.of(name)
        digest = repository.tags.get(tag, sha256(b"no manifest"))
        there = repository.manifests.pop(digest, None) is not None
        self.expect(self.test.client.delete(f"/v2/{name}/manifests/{digest}"), 202 if there else 404)
        repository.needs.pop(digest, None)
        repository.tags = {tag: named for tag, named in repository.tags.items() if named != digest}

    @rule()
    def collect_garbage(self) -> None:
        collect(0)
        for repository in self.model.values():
            repository.blobs &= set().union(*repository.needs.values())
        self.stored &= set().union(*(repository.blobs for repository in self.model.values()))

    @invariant()
    def blobs_are_what_the_model_says(self) -> None:
        for name, repository in self.model.items():
            for content in CONTENTS:
                response = self.test.client.get(f"/v2/{name}/blobs/{sha256(content)}")
                there = sha256(content) in repository.blobs
                self.expect(response, 200 if there else 404)
                assert not there or body(response) == content

    @invariant()
    def manifests_and_tags_are_what_the_model_says(self) -> None:
        for name, repository in self.model.items():
            listed = self.test.client.get(f"/v2/{name}/tags/list").json()["tags"]
            assert listed == sorted(repository.tags), (listed, repository.tags)
            for reference, digest in [*repository.tags.items(), *((held, held) for held in repository.manifests)]:
                response = self.test.client.get(f"/v2/{name}/manifests/{reference}")
                assert response.content == repository.manifests[digest]

    @invariant()
    def each_content_is_stored_once(self) -> None:
        assert len(self.test.files()) == len(self.stored), (self.test.files(), self.stored)


class ModelTests(RegistryTestCase):
    def test_model(self) -> None:
        # The same examples everywhere: a failure in CI can be had again.
        limits = settings(
            max_examples=10,
            stateful_step_count=25,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(self.machine, settings=limits)  # type: ignore[no-untyped-call]

    def machine(self) -> Machine:
        machine = Machine.__new__(Machine)
        machine.test = self
        machine.__init__()  # type: ignore[misc]
        return machine
