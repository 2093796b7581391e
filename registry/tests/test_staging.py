import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from unittest import mock

from django.test import SimpleTestCase, override_settings

from oci.grammar import NAME_MAX_LENGTH, digest_of
from oci.storage import Staged, Staging, UploadGoneError, hashers

_WRITER = """
import sys, time, uuid
from pathlib import Path
from django.conf import settings
settings.configure(REGISTRY={"UPLOADS": sys.argv[1]})
from oci.storage import Staging
staging = Staging()
staged = staging.open(staging.find("acme/shop", uuid.UUID(sys.argv[2])), "sha256")
staged.write(b"first half, ")
print("written", flush=True)
time.sleep(60)
"""


def os_write_part(staged: Staged, part: bytes) -> int:
    """What a disk takes before it is full."""
    with open(staged.path, "ab") as file:
        return file.write(part)


class StagingTests(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        settings = override_settings(REGISTRY={"UPLOADS": folder.name, "PIECE": 7})
        settings.enable()
        self.addCleanup(settings.disable)
        self.staging = Staging(Path(folder.name) / "made when needed")
        self.upload = self.staging.begin("acme/shop", "sha256")

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
        self.assertIsNotNone(hashers.take(self.upload.id, "sha256", 20))
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

    def test_who_waited_for_a_file_that_was_moved_is_told_that_it_is_gone(self) -> None:
        told = []

        def late() -> None:
            try:
                self.write(b"late")
            except UploadGoneError:
                told.append("gone")

        with self.staging.open(self.upload, "sha256") as staged:
            other = threading.Thread(target=late)
            other.start()
            staged.write(b"published")
            moved = staged.path.with_name("moved")
            staged.path.rename(moved)
        other.join()
        self.assertEqual((told, moved.read_bytes()), (["gone"], b"published"))

    def test_an_upload_belongs_to_one_repository(self) -> None:
        self.assertEqual(self.staging.find("acme/shop", self.upload.id), self.upload)
        for name in ("acme", "acme/shop2", "acme.shop", "shop"):
            with self.subTest(name), self.assertRaises(UploadGoneError):
                self.staging.find(name, self.upload.id)

    def test_the_longest_name_of_a_repository_is_one_for_a_file(self) -> None:
        longest = "/".join(["a"] * (NAME_MAX_LENGTH // 2)) + "b"
        upload = self.staging.begin(longest, "sha512")
        self.assertEqual([found for found, _ in self.staging.ages() if found == upload], [upload])

    def test_large_pieces_are_hashed_beside(self) -> None:
        pieces = [os.urandom(200_000), b"small", os.urandom(100_000)]
        with self.staging.open(self.upload, "sha256") as staged:
            for piece in pieces:
                staged.write(piece)
            self.assertEqual(staged.encoded("sha256"), digest_of("sha256", b"".join(pieces)).encoded)

    def test_a_full_disk_leaves_a_hash_that_is_read_again(self) -> None:
        content = os.urandom(200_000)
        self.write(b"one, ")
        with self.assertRaises(OSError), self.staging.open(self.upload, "sha256") as staged:  # noqa: SIM117
            with mock.patch("os.write", side_effect=[os_write_part(staged, content[:70_000]), OSError(28, "full")]):
                staged.write(content)
        self.assertEqual(self.staging.offset(self.upload), 70_005)
        expected = digest_of("sha256", b"one, " + content).encoded
        self.assertEqual(self.write(content[70_000:]), expected)

    def test_a_killed_process_leaves_what_it_wrote_and_no_lock(self) -> None:
        self.staging = Staging()
        self.upload = self.staging.begin("acme/shop", "sha256")
        command = [sys.executable, "-c", _WRITER, str(self.staging.folder), str(self.upload.id)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as writer:
            assert writer.stdout is not None
            self.assertEqual(writer.stdout.readline(), b"written\n")
            os.kill(writer.pid, signal.SIGKILL)
        self.assertEqual(self.write(b"second half"), digest_of("sha256", b"first half, second half").encoded)
