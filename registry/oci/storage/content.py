"""Verified content in one of Django's storages.

    blobs/sha256/ab/abcdef…-1a2b3c4d

The folders are built from a validated digest and nothing else; the end is random (see models.Blob.file).
"""

import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils import timezone

from oci.conf import conf
from oci.grammar import ALGORITHMS, Digest

ROOT = "blobs"


def new_name(digest: Digest) -> str:
    """A name that no content has."""
    return f"{ROOT}/{digest.algorithm}/{digest.encoded[:2]}/{digest.encoded}-{secrets.token_hex(4)}"


class Content:
    """The storage that `REGISTRY["STORAGE"]` names."""

    def __init__(self, storage: Storage | None = None) -> None:
        self.storage = storage or storages[conf().storage]

    def add(self, digest: Digest, staged: Path) -> str:
        """Take over a verified file, which is gone from its place afterwards. Returns the name of the content."""
        name = new_name(digest)
        if hasattr(self.storage, "adopt"):
            return str(self.storage.adopt(name, staged, fsync=conf().fsync))
        with open(staged, "rb") as file:
            name = self.storage.save(name, File(file, name=name))
        staged.unlink()
        return name

    def open(self, name: str) -> IO[bytes]:
        """The content, for reading. Raises FileNotFoundError."""
        opened: IO[bytes] = self.storage.open(name, "rb")
        return opened

    def exists(self, name: str) -> bool:
        """Whether it is there."""
        return self.storage.exists(name)

    def url(self, name: str) -> str:
        """Where a client can get it from the storage itself."""
        return self.storage.url(name)

    def remove(self, name: str) -> None:
        """Forget it. No error where it is gone already."""
        self.storage.delete(name)

    def names(self) -> Iterator[str]:
        """Everything that lies there, known to the database or not."""
        for algorithm in ALGORITHMS:
            for shard in self._list(f"{ROOT}/{algorithm}")[0]:
                folder = f"{ROOT}/{algorithm}/{shard}"
                for name in self._list(folder)[1]:
                    yield f"{folder}/{name}"

    def modified(self, name: str) -> datetime:
        """When it came here."""
        moment = self.storage.get_modified_time(name)
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def _list(self, folder: str) -> tuple[list[str], list[str]]:
        try:
            return self.storage.listdir(folder)
        except FileNotFoundError:
            return [], []
