"""The middlewares, also as an ASGI server uses them, and the thread that delivers webhooks."""

import time

from django.db import connection
from django.test import AsyncClient, override_settings

from oci import current
from oci.middleware import answered
from oci.webhooks import worker
from oci.webhooks.models import Delivery, Webhook
from tests.around.test_webhooks import SETTINGS, service
from tests.base import RegistryTestCase, RegistryTransactionTestCase


class WatchTests(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.seen: list[tuple[str, int, bool]] = []
        answered.connect(self.note)
        self.addCleanup(answered.disconnect, self.note)

    def note(self, request: object, response: object, **_: object) -> None:
        self.seen.append((request.path, response.status_code, current.request() is request))  # type: ignore[attr-defined]

    def test_each_answer_is_told_and_the_request_known(self) -> None:
        self.client.get("/v2/")
        self.client.get("/v2/a/tags/list")
        self.assertEqual(self.seen, [("/v2/", 200, True), ("/v2/a/tags/list", 404, True)])
        self.assertIsNone(current.request())

    async def test_under_asgi_too(self) -> None:
        client = AsyncClient()
        for path in ("/v2/", "/", "/healthz"):
            self.assertEqual((await client.get(path)).status_code, 200, path)
        self.assertEqual(self.seen, [("/v2/", 200, True), ("/", 200, True), ("/healthz", 200, True)])
        self.assertIsNone(current.request())

    def test_an_observer_that_fails_costs_no_answer(self) -> None:
        def fail(**_: object) -> None:
            raise RuntimeError("the observer is broken")

        answered.connect(fail)
        self.addCleanup(answered.disconnect, fail)
        with self.assertLogs("django.dispatch", "ERROR"):
            self.assertEqual(self.client.get("/v2/").status_code, 200)


class WorkerTests(RegistryTransactionTestCase):
    def test_the_thread_delivers_by_itself(self) -> None:
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            self.skipTest("threads cannot wait for each other's locks in a database in memory")
        self.addCleanup(worker.stop)
        with service() as server, override_settings(REGISTRY_WEBHOOKS={**SETTINGS, "THREAD": True}):
            Webhook.objects.create(name="hook", url=server.url)
            self.push_image("v1", b"layer")
            for _ in range(200):
                if Delivery.objects.filter(state="delivered").exists():
                    break
                time.sleep(0.05)
            self.assertEqual(len(server.got), 1)
