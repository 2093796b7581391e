import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

from django.test import SimpleTestCase, override_settings

from oci.grammar import digest_of
from oci.storage import Staging, hashers

_WRITER = """
import sys, time, uuid
from pathlib import Path
from django.conf import settings
settings.configure(REGISTRY={"UPLOADS": sys.argv[1]})
from oci.storage import Staging
staged = Staging().open(uuid.UUID(sys.argv[2]), "sha256")
staged.write(b"first half, ")
print("written", flush=True)
time.sleep(60)
"""


class StagingTests(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        settings = override_settings(REGISTRY={"UPLOADS": folder.name, "PIECE": 7})
        settings.enable()
        self.addCleanup(settings.disable)
        self.staging = Staging(Path(folder.name) / "made when needed")
        self.upload = uuid.uuid4()

    def write(self, content: bytes, algorithm: str = "sha256") -> str:
        with self.staging.open(self.upload, algorithm) as staged:
            staged.write(content)
            return staged.encoded("sha256")

    def test_requests_append_and_the_hash_goes_on(self) -> None:
        self.write(b"one, ")
        self.assertEqual(self.write(b"two"), digest_of("sha256", b"one, two").encoded)
        self.assertEqual(self.staging.offset(self.upload), 8)

    def test_another_process_reads_the_file_again(self) -> None:
        self.write(b"a long first chunk, ")
        self.assertIsNotNone(hashers.take(self.upload, "sha256", 20))
        self.assertEqual(self.write(b"two"), digest_of("sha256", b"a long first chunk, two").encoded)

    def test_a_hash_of_another_place_is_not_used(self) -> None:
        self.write(b"one, ")
        with open(self.staging.path(self.upload), "ab") as file:
            file.write(b"by another process, ")
        self.assertEqual(self.write(b"two"), digest_of("sha256", b"one, by another process, two").encoded)

    def test_an_algorithm_that_is_named_late(self) -> None:
        self.write(b"one, ")
        with self.staging.open(self.upload, "sha256") as staged:
            staged.write(b"two")
            self.assertEqual(staged.encoded("sha512"), digest_of("sha512", b"one, two").encoded)

    def test_what_a_request_wrote_can_be_taken_back(self) -> None:
        self.write(b"one, ")
        with self.staging.open(self.upload, "sha256") as staged:
            staged.write(b"wrong")
            staged.revert()
        self.assertEqual(self.write(b"two"), digest_of("sha256", b"one, two").encoded)

    def test_one_writer_at_a_time(self) -> None:
        order = []
        with self.staging.open(self.upload, "sha256") as staged:
            other = threading.Thread(target=lambda: order.append(self.write(b"second")))
            other.start()
            staged.write(b"first, ")
            order.append("first")
        other.join()
        self.assertEqual(order, ["first", digest_of("sha256", b"first, second").encoded])

    def test_who_waited_for_a_file_that_was_moved_gets_a_new_one(self) -> None:
        with self.staging.open(self.upload, "sha256") as staged:
            other = threading.Thread(target=self.write, args=(b"late",))
            other.start()
            staged.write(b"published")
            moved = staged.path.with_name("moved")
            staged.path.rename(moved)
        other.join()
        self.assertEqual(moved.read_bytes(), b"published")

    def test_a_killed_process_leaves_what_it_wrote_and_no_lock(self) -> None:
        self.staging = Staging()
        command = [sys.executable, "-c", _WRITER, str(self.staging.folder), str(self.upload)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as writer:
            assert writer.stdout is not None
            self.assertEqual(writer.stdout.readline(), b"written\n")
            os.kill(writer.pid, signal.SIGKILL)
        self.assertEqual(self.write(b"second half"), digest_of("sha256", b"first half, second half").encoded)
