import os
import threading
import time
import uuid
from typing import Any

from django.core.management import call_command
from django.db import connection, connections
from django.test import skipUnlessDBFeature

from oci.models import Blob, RepositoryBlob
from oci.services.collecting import collect, purge
from oci.storage import Staging
from tests.base import RegistryTestCase, RegistryTransactionTestCase, body, sha256


class CollectTests(RegistryTestCase):
    def test_what_a_manifest_needs_stays(self) -> None:
        self.push_image("v1", b"one", b"two")
        done = collect(0)
        self.assertEqual((done.links, done.blobs, done.files), (0, 0, 0))
        self.assertEqual(len(self.files()), 3)

    def test_what_nothing_needs_goes(self) -> None:
        self.push_blob(b"nobody's")
        digest = self.push_image("v1", b"one")
        self.client.delete(f"/v2/acme/shop/manifests/{digest}")
        done = collect(0)
        self.assertEqual((done.links, done.blobs, done.bytes), (3, 3, 13))
        self.assertEqual(self.files(), [])
        self.assertFalse(Blob.objects.exists())

    def test_a_manifest_elsewhere_does_not_hold_it_here(self) -> None:
        self.push_image("v1", b"one", name="other/shop")
        digest = self.push_blob(b"one")
        collect(0)
        self.assertEqual(self.client.get(f"/v2/acme/shop/blobs/{digest}").status_code, 404)
        self.assertEqual(body(self.client.get(f"/v2/other/shop/blobs/{digest}")), b"one")

    def test_what_is_new_stays(self) -> None:
        self.push_blob(b"a manifest is about to come")
        self.assertEqual(collect(3600).links, 0)

    def test_asking_for_a_blob_keeps_it(self) -> None:
        digest = self.push_blob(b"old")
        RepositoryBlob.objects.update(used_at="2020-01-01T00:00:00Z")
        self.client.head(f"/v2/acme/shop/blobs/{digest}")
        self.assertEqual(collect(3600).links, 0)

    def test_a_stray_file_goes_when_it_is_old(self) -> None:
        self.push_blob(b"known")
        self.push_blob(b"stray")
        Blob.objects.get(digest=sha256(b"stray")).links.all().delete()
        Blob.objects.filter(digest=sha256(b"stray")).delete()
        self.assertEqual(collect(3600).files, 0)
        for path in self.files():
            os.utime(path, (0, 0))
        self.assertEqual(collect(3600).files, 1)
        self.assertEqual([path.read_bytes() for path in self.files()], [b"known"])

    def test_a_dry_run_changes_nothing(self) -> None:
        self.push_blob(b"nobody's")
        self.assertEqual(collect(0, dry_run=True).links, 1)
        self.assertEqual(len(self.files()), 1)

    def test_the_commands(self) -> None:
        self.push_blob(b"nobody's")
        self.begin()
        call_command("registry_gc", grace=0, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
        call_command("registry_purge_uploads", older_than=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
        self.assertEqual(self.files(), [])
        self.assertEqual(self.staged(), [])


class PurgeTests(RegistryTestCase):
    def test_only_what_rests(self) -> None:
        resting, busy = self.begin(), self.begin()
        self.patch(resting, b"some")
        self.patch(busy, b"some")
        staging = Staging()
        os.utime(staging.path(staging.find("acme/shop", uuid.UUID(resting.rpartition("/")[2]))), (0, 0))
        self.assertEqual(purge(3600), 1)
        self.assertEqual(self.client.get(resting).status_code, 404)
        self.assertEqual(self.client.get(busy).status_code, 204)
        self.assertEqual(len(self.staged()), 1)


class RaceTests(RegistryTransactionTestCase):
    """Pushes while garbage is collected without any grace, which is harsher than real life."""

    def test_a_blob_that_is_collected_while_it_is_pushed_again(self) -> None:
        digest = self.push_blob(b"content")
        location = self.begin()
        collected = []

        def just_after_the_question(execute: Any, sql: str, *args: Any) -> Any:
            result = execute(sql, *args)
            if not collected and 'FROM "oci_blob"' in sql:
                collected.append(0)  # first: collecting asks too
                collected[0] = collect(0).blobs
            return result

        # The push sees that the blob is there and keeps its own bytes; then the blob goes.
        with connection.execute_wrapper(just_after_the_question):
            response = self.put(location, digest, b"content")
        self.assertEqual((response.status_code, collected), (201, [1]))
        self.assertEqual(body(self.client.get(f"/v2/acme/shop/blobs/{digest}")), b"content")
        self.assertEqual(len(self.files()), 1)

    @skipUnlessDBFeature("test_db_allows_multiple_connections")
    def test_concurrent_pushes(self) -> None:
        stop = threading.Event()
        failures: list[object] = []

        def push(number: int) -> None:
            try:
                for turn in range(8):
                    name = f"acme/shop{number}"
                    # Two layers that all threads push over and over, and one of its own.
                    self.push_image("v1", b"shared", f"{number}-{turn}".encode(), name=name)
            except BaseException as error:
                failures.append(error)
            finally:
                connections.close_all()

        def sweep() -> None:
            while not stop.is_set():
                collect(2)
                time.sleep(0.01)
            connections.close_all()

        threads = [threading.Thread(target=push, args=(number,)) for number in range(4)]
        sweeper = threading.Thread(target=sweep)
        for thread in [*threads, sweeper]:
            thread.start()
        for thread in threads:
            thread.join()
        stop.set()
        sweeper.join()
        self.assertEqual(failures, [])
        for number in range(4):
            manifest = self.client.get(f"/v2/acme/shop{number}/manifests/v1").json()
            for layer in [manifest["config"], *manifest["layers"]]:
                response = self.client.get(f"/v2/acme/shop{number}/blobs/{layer['digest']}")
                self.assertEqual(sha256(body(response)), layer["digest"])
        self.assertTrue(connection.is_usable())
