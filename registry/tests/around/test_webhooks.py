"""Webhooks: what is sent, when, how often, and where to it never goes."""

import hmac
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone

from oci.errors import DeniedError
from oci.policies import Policy
from oci.webhooks.delivering import claim, deliver_due, pause, purge
from oci.webhooks.models import Delivery, Webhook
from oci.webhooks.sending import RefusedAddressError, is_allowed, send, signature
from tests.base import RegistryTestCase, RegistryTransactionTestCase


class Receiver(http.server.BaseHTTPRequestHandler):
    """A service: keeps what it gets, answers what the test wants."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def service(status: int = 204) -> Iterator[Any]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.status = [], status  # type: ignore[attr-defined]
    server.url = f"http://127.0.0.1:{server.server_port}/hook?a=1"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


SETTINGS = {"THREAD": False, "PRIVATE_HOSTS": ("127.0.0.1",), "TIMEOUT": 5.0}


class Refusing(Policy):
    def tag(self, repository: str, tag: str, old: str | None, new: str) -> None:
        raise DeniedError


class WebhookTestCase(RegistryTestCase):
    def setUp(self) -> None:
        super().setUp()
        settings = override_settings(REGISTRY_WEBHOOKS=SETTINGS)
        settings.enable()
        self.addCleanup(settings.disable)

    def hook(self, url: str = "http://127.0.0.1:1/", **more: Any) -> Webhook:
        return Webhook.objects.create(name="hook", url=url, **more)


class OutboxTests(WebhookTestCase):
    def events(self) -> list[str]:
        return list(Delivery.objects.order_by("pk").values_list("event", flat=True))

    def test_a_push_and_a_delete_are_told(self) -> None:
        self.hook()
        digest = self.push_image("v1", b"layer")
        self.client.delete("/v2/acme/shop/manifests/v1")
        self.client.delete(f"/v2/acme/shop/manifests/{digest}")
        self.assertEqual(self.events(), ["manifest.push", "tag.delete", "manifest.delete"])
        message = json.loads(Delivery.objects.earliest("pk").body)
        expected = {"event": "manifest.push", "repository": "acme/shop", "digest": digest, "tags": ["v1"]}
        self.assertEqual({key: message[key] for key in expected}, expected)

    def test_pulls_are_told_to_who_wants_them(self) -> None:
        self.hook(events="manifest.pull blob.pull blob.push")
        self.push_image("v1", b"layer")
        self.client.get("/v2/acme/shop/manifests/v1")
        self.assertEqual(self.events(), ["blob.push", "blob.push", "manifest.pull"])

    def test_other_repositories_and_inactive_hooks_are_not(self) -> None:
        self.hook(pattern="other/**")
        Webhook.objects.create(name="off", url="http://127.0.0.1:1/", active=False)
        self.push_image("v1", b"layer")
        self.assertEqual(self.events(), [])

    def test_what_was_refused_is_not_told(self) -> None:
        self.hook()
        self.use(POLICIES=["tests.around.test_webhooks.Refusing"])
        self.assertEqual(self.put_manifest("v1", self.image(b"layer")).status_code, 403)
        self.assertEqual(self.events(), [])

    def test_unknown_events_are_refused(self) -> None:
        with self.assertRaises(ValidationError):
            Webhook(name="x", url="http://example.org/", events="manifest.push bake.cake").full_clean()


class DeliveryTests(WebhookTestCase):
    def push_and_deliver(self, url: str) -> Delivery:
        self.webhook = self.hook(url)
        self.push_image("v1", b"layer")
        deliver_due()
        return Delivery.objects.get()

    def test_it_is_signed_and_sent_once(self) -> None:
        with service() as server:
            delivery = self.push_and_deliver(server.url)
            self.assertEqual(deliver_due(), 0)
        self.assertEqual((delivery.state, delivery.status, delivery.attempts), ("delivered", 204, 1))
        [(path, headers, body)] = server.got
        self.assertEqual(path, "/hook?a=1")
        self.assertEqual(headers["X-Registry-Event"], "manifest.push")
        expected = signature(self.webhook.secret, headers["X-Registry-Timestamp"], body)
        self.assertTrue(hmac.compare_digest(headers["X-Registry-Signature"], expected))
        self.assertNotEqual(expected, signature(self.webhook.secret, "0", body))
        self.assertEqual(json.loads(body)["repository"], "acme/shop")

    def test_a_failure_is_tried_again(self) -> None:
        with service(500) as server:
            delivery = self.push_and_deliver(server.url)
            self.assertEqual((delivery.state, delivery.status, delivery.attempts), ("waiting", 500, 1))
            self.assertGreater(delivery.due_at, timezone.now())
            self.assertEqual(deliver_due(), 0)  # it is not due yet
            server.status = 200
            Delivery.objects.update(due_at=timezone.now())
            self.assertEqual(deliver_due(), 1)
        self.assertEqual(Delivery.objects.get().state, "delivered")
        self.assertEqual(server.got[0][2], server.got[1][2])

    def test_after_enough_failures_it_is_given_up(self) -> None:
        delivery = self.push_and_deliver("http://127.0.0.1:1/")
        self.assertIn("ConnectionRefusedError", delivery.error)
        Delivery.objects.update(attempts=11, due_at=timezone.now())
        deliver_due()
        self.assertEqual(Delivery.objects.get().state, "given-up")

    def test_a_redirect_is_a_failure(self) -> None:
        with service(302) as server:
            delivery = self.push_and_deliver(server.url)
        self.assertEqual((delivery.state, delivery.status, len(server.got)), ("waiting", 302, 1))

    def test_a_silent_service_holds_nothing_up_for_ever(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            override_settings(REGISTRY_WEBHOOKS={**SETTINGS, "TIMEOUT": 0.2}),
        ):
            delivery = self.push_and_deliver(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        self.assertIn("TimeoutError", delivery.error)

    def test_a_dribbling_service_neither(self) -> None:
        stop = threading.Event()

        def dribble(listener: socket.socket) -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 ")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        return

        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            override_settings(REGISTRY_WEBHOOKS={**SETTINGS, "TIMEOUT": 0.2}),
        ):
            thread = threading.Thread(target=dribble, args=(listener,), daemon=True)
            thread.start()
            delivery = self.push_and_deliver(f"http://127.0.0.1:{listener.getsockname()[1]}/")
            stop.set()
            thread.join()
        self.assertEqual(delivery.state, "waiting")

    def test_pauses_double_up_to_an_hour(self) -> None:
        for attempts, seconds in ((1, 10), (2, 20), (5, 160), (12, 3600), (1000, 3600)):
            self.assertAlmostEqual(pause(attempts), seconds, delta=seconds * 0.21)

    def test_old_messages_are_purged_and_waiting_ones_are_not(self) -> None:
        hook = self.hook()
        for state in ("waiting", "delivered", "given-up"):
            Delivery.objects.create(webhook=hook, event="blob.push", body="{}", state=state)
        Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
        self.assertEqual(purge(), 2)

    def test_the_command_delivers_what_is_due(self) -> None:
        with service() as server:
            self.hook(server.url)
            self.push_image("v1", b"layer")
            call_command("registry_webhooks", stdout=(out := StringIO()))
        self.assertEqual((out.getvalue(), len(server.got)), ("tried 1 messages\n", 1))


class ForbiddenAddressTests(WebhookTestCase):
    """A webhook leads to no place inside."""

    def setUp(self) -> None:
        super().setUp()
        settings = override_settings(REGISTRY_WEBHOOKS={"THREAD": False})
        settings.enable()
        self.addCleanup(settings.disable)

    def test_addresses_inside_are_refused(self) -> None:
        for address in (
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1%eth0",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
        ):
            self.assertFalse(is_allowed("host", address), address)

    def test_public_addresses_are_not(self) -> None:
        for address in ("93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"):
            self.assertTrue(is_allowed("host", address), address)

    def test_whatever_way_they_are_written(self) -> None:
        with service() as server:
            port = server.server_port
            for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "0"):
                with self.subTest(host), self.assertRaises((RefusedAddressError, OSError)):
                    send(f"http://{host}:{port}/", "secret", "blob.push", b"{}")
            self.assertEqual(server.got, [])

    def test_other_schemes_and_passwords_are_refused(self) -> None:
        for url in ("file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "http://", "http://a:b@c/"):
            with self.subTest(url), self.assertRaises(RefusedAddressError):
                send(url, "secret", "blob.push", b"{}")

    def test_no_header_is_smuggled_in(self) -> None:
        for url in ("http://example.org/\r\nX-Evil: 1", "http://example.org/ HTTP/1.1\r\nHost: x", "http://a b/"):
            with self.assertRaises(ValidationError):
                Webhook(name="x", url=url).full_clean()

    def test_it_is_given_up_at_once(self) -> None:
        with service() as server:
            self.hook(server.url)
            self.push_image("v1", b"layer")
            deliver_due()
        self.assertEqual((Delivery.objects.get().state, server.got), ("given-up", []))

    def test_the_settings_can_allow_a_host(self) -> None:
        with override_settings(REGISTRY_WEBHOOKS={"PRIVATE_HOSTS": ["hooks.local", "10.0.0.5"]}):
            self.assertTrue(is_allowed("hooks.local", "10.0.0.9"))
            self.assertTrue(is_allowed("other.local", "10.0.0.5"))
            self.assertFalse(is_allowed("other.local", "10.0.0.9"))


class CompetingTests(RegistryTransactionTestCase):
    """Several processes deliver, each message goes out once."""

    def test_a_message_isclaimed_once(self) -> None:
        hook = Webhook.objects.create(name="hook", url="http://127.0.0.1:1/")
        key = Delivery.objects.create(webhook=hook, event="blob.push", body="{}").pk
        self.assertEqual([claim(key), claim(key)], [True, False])
        Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        self.assertTrue(claim(key))  # whoever had it has died meanwhile

    def test_each_message_is_sent_once(self) -> None:
        if connection.vendor == "sqlite" and connection.is_in_memory_db():
            self.skipTest("threads cannot wait for each other's locks in a database in memory")
        with service() as server, override_settings(REGISTRY_WEBHOOKS=SETTINGS):
            hook = Webhook.objects.create(name="hook", url=server.url)
            Delivery.objects.bulk_create(
                [Delivery(webhook=hook, event="blob.push", body=json.dumps({"n": n})) for n in range(20)]
            )
            threads = [threading.Thread(target=self.deliver) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(sorted(json.loads(body)["n"] for _, _, body in server.got), list(range(20)))

    @staticmethod
    def deliver() -> None:
        try:
            deliver_due()
        finally:
            connections.close_all()
