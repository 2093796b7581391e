"""The audit log, metrics and health checks."""

import json
import os
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import TestCase, override_settings

from oci.audit.models import Entry
from oci.errors import DeniedError
from oci.limits.models import ReadOnly
from oci.metrics.counters import Counters, formatted
from oci.metrics.observing import endpoint_of
from oci.policies import Policy
from tests.around.base import AccessTestCase, basic, bearer
from tests.base import OwnFolder, RegistryTestCase


class Refusing(Policy):
    def untag(self, repository: str, tag: str) -> None:
        raise DeniedError


class AuditTests(AccessTestCase):
    def push(self) -> str:
        self.client.defaults["HTTP_AUTHORIZATION"] = basic("alice")["Authorization"]
        digest = self.push_image("v1", b"layer")
        self.as_nobody()
        return digest

    def test_it_says_who_did_what_to_which_content(self) -> None:
        digest = self.push()
        entry = Entry.objects.get()
        self.assertEqual((entry.event, entry.account, entry.address), ("manifest.push", "alice", "127.0.0.1"))
        self.assertEqual((entry.repository, entry.tags, entry.digest), ("acme/shop", "v1", digest))

    def test_tokens_tell_the_account_too(self) -> None:
        digest = self.push()
        headers = bearer(self.token(basic("alice"), "repository:acme/shop:delete"))
        self.client.delete("/v2/acme/shop/manifests/v1", headers=headers)
        self.client.delete(f"/v2/acme/shop/manifests/{digest}", headers=headers)
        events = list(Entry.objects.order_by("pk").values_list("event", "account"))
        self.assertEqual(events[1:], [("tag.delete", "alice"), ("manifest.delete", "alice")])

    def test_a_change_that_fails_is_not_in_it(self) -> None:
        self.push()
        self.use(AUTHORIZE="oci.access.anonymous", POLICIES=["tests.around.test_watching.Refusing"])
        self.assertEqual(self.client.delete("/v2/acme/shop/manifests/v1").status_code, 403)
        self.assertEqual(list(Entry.objects.values_list("event", flat=True)), ["refused", "manifest.push"])

    def test_refusals_and_failed_logins_are(self) -> None:
        self.client.post("/v2/private/app/blobs/uploads/", headers=basic("bob"))
        self.client.get("/v2/", headers=basic("mallory", "guess"))
        refused = Entry.objects.get(event="refused")
        self.assertEqual((refused.account, refused.repository), ("bob", "private/app"))
        self.assertEqual(Entry.objects.get(event="login.failed").detail, {"username": "mallory"})

    def test_pulls_are_by_choice(self) -> None:
        self.push()
        self.client.get("/v2/acme/shop/manifests/v1", headers=basic("bob"))
        self.assertFalse(Entry.objects.filter(account="bob").exists())
        with override_settings(REGISTRY_AUDIT={"EVENTS": ["manifest.pull"]}):
            self.client.get("/v2/acme/shop/manifests/v1", headers=basic("bob"))
        self.assertEqual(Entry.objects.get(account="bob").event, "manifest.pull")

    def test_each_is_a_line_of_the_log_and_no_more_than_one(self) -> None:
        with self.assertLogs("oci.audit") as logs, self.captureOnCommitCallbacks(execute=True):
            self.client.get("/v2/", headers=basic('x\n{"event": "forged"}', "guess"))
        self.assertEqual(len(logs.records), 1)
        line = logs.records[0].getMessage()
        self.assertEqual(len(line.splitlines()), 1)
        self.assertEqual(json.loads(line)["event"], "login.failed")

    def test_no_password_is_in_it(self) -> None:
        self.client.get("/v2/", headers=basic("alice", "hunter2"))
        self.assertNotIn("hunter2", str(list(Entry.objects.values())))

    def test_old_entries_are_purged(self) -> None:
        self.push()
        Entry.objects.update(time="2020-01-01T00:00:00Z")
        call_command("registry_purge_audit", stdout=(out := StringIO()))
        self.assertEqual(out.getvalue(), "removed 1 entries\n")


class MetricsTests(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        settings = override_settings(REGISTRY_METRICS={"FOLDER": self.folder / "metrics"})
        settings.enable()
        self.addCleanup(settings.disable)

    def values(self) -> dict[str, float]:
        text = self.client.get("/metrics").content.decode()
        rows = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {series: float(value) for series, _, value in rows}

    def test_requests_bytes_and_content_are_counted(self) -> None:
        before = self.values()
        self.push_image("v1", b"x" * 5000)
        self.client.get("/v2/acme/shop/manifests/v1")
        after = self.values()
        series = 'registry_requests_total{endpoint="manifests",method="GET",status="200"}'
        self.assertEqual(after[series], before.get(series, 0) + 1)
        received = 'registry_received_bytes_total{endpoint="uploads"}'
        self.assertEqual(after[received] - before.get(received, 0), 5002)
        self.assertEqual((after["registry_blobs"], after["registry_stored_bytes"]), (2, 5002))
        self.assertGreater(after["registry_database_queries_total"], before["registry_database_queries_total"])

    def test_the_histogram_rises(self) -> None:
        self.client.get("/v2/")
        text = self.client.get("/metrics").content.decode()
        rows = [line for line in text.splitlines() if 'bucket{endpoint="base"' in line]
        values = [int(line.rpartition(" ")[2]) for line in rows]
        self.assertEqual(values, sorted(values))
        self.assertIn('le="+Inf"', rows[-1])

    def test_the_garbage_collection_of_another_process_is_counted(self) -> None:
        before = self.values().get("registry_gc_runs_total", 0)
        call_command("registry_gc", "--grace", "0", stdout=StringIO())
        self.assertEqual(self.values()["registry_gc_runs_total"], before + 1)

    def test_names_of_clients_make_no_series(self) -> None:
        for path in ("/v2/a/b/blobs/x", "/v2/<x>/manifests/1", "/v2/%0Aevil/tags/list", "/x" * 50):
            self.client.generic("EVIL", path)
        self.assertNotIn("evil", self.client.get("/metrics").content.decode().lower())

    def test_a_token_may_be_asked_for(self) -> None:
        with override_settings(REGISTRY_METRICS={"TOKEN": "secret"}):
            self.assertEqual(self.client.get("/metrics").status_code, 401)
            self.assertEqual(self.client.get("/metrics", headers=bearer("secre")).status_code, 401)
            self.assertEqual(self.client.get("/metrics", headers=bearer("secret")).status_code, 200)

    def test_endpoints(self) -> None:
        names = {
            "/v2/": "base",
            "/v2/a/blobs/uploads/": "uploads",
            "/v2/a/blobs/sha256:0": "blobs",
            "/v2/a/manifests/v1": "manifests",
            "/v2/a/tags/list": "tags",
            "/v2/a/referrers/sha256:0": "referrers",
            "/auth/token": "token",
            "/": "other",
        }
        self.assertEqual({path: endpoint_of(path) for path in names}, names)


class CountersTests(OwnFolder, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.metrics = self.folder / "metrics"
        settings = override_settings(REGISTRY_METRICS={"FOLDER": self.metrics})
        settings.enable()
        self.addCleanup(settings.disable)

    def test_labels_are_escaped(self) -> None:
        self.assertEqual(formatted({"b": 'x"\n\\', "a": "1"}), 'a="1",b="x\\"\\n\\\\"')

    def test_processes_are_added_up_and_the_ended_are_not_forgotten(self) -> None:
        self.metrics.mkdir()
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        (self.metrics / f"{ended.pid}-0.json").write_text('[["hits", "", 5]]')
        (self.metrics / f"{os.getppid()}-0.json").write_text('[["hits", "", 2]]')
        (self.metrics / f"{os.getppid()}-1.json").write_text("half a fi")
        counters = Counters()
        counters.add("hits")
        for _ in range(2):
            self.assertEqual(counters.totals(), {("hits", ""): 8})
        self.assertFalse((self.metrics / f"{ended.pid}-0.json").exists())

    def test_threads_lose_no_count(self) -> None:
        counters = Counters()
        threads = [threading.Thread(target=lambda: [counters.add("hits") for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(counters.totals()["hits", ""], 2000)


class HealthTests(RegistryTestCase):
    def get(self, path: str) -> tuple[int, Any]:
        response = self.client.get(path)
        return response.status_code, response.json()

    def test_well(self) -> None:
        self.assertEqual(self.get("/healthz"), (200, {"status": "ok"}))
        checks = {"database": "ok", "storage": "ok", "uploads": "ok"}
        self.assertEqual(self.get("/readyz"), (200, {"status": "ok", "checks": checks}))

    def test_read_only_is_well(self) -> None:
        ReadOnly.objects.create()
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_without_its_folder_it_is_not_ready(self) -> None:
        Path(self.folder / "file").touch()
        self.use(UPLOADS=self.folder / "file" / "uploads")
        with self.assertLogs("django.request"):
            status, answer = self.get("/readyz")
        self.assertEqual((status, answer["checks"]["uploads"]), (503, "failed"))
        self.assertEqual(self.get("/healthz")[0], 200)
