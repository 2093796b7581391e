"""What a registry may refuse beyond the spec: quotas, immutable tags, read-only mode.

`REGISTRY["POLICIES"]` names subclasses of `Policy`. Each method may raise a `RegistryError`; the request then fails with
it, and nothing has changed. Methods marked "in the transaction" are called inside of the one that makes the change, so
what they look up holds.
"""

import functools

from django.http import HttpRequest
from django.utils.module_loading import import_string

from oci.conf import conf


class Policy:
    """Allows everything. Override what you want to refuse."""

    def write(self, request: HttpRequest, repository: str) -> None:
        """Before any request that changes something, after it was authorized."""

    def upload(self, repository: str, size: int | None) -> None:
        """Before bytes are read. `size`: what the upload will hold after this request, None where it is not said."""

    def room(self, repository: str) -> int | None:
        """Bytes that an upload may have at most, None for any number: for bodies whose length nobody said."""
        return None

    def blob(self, repository: str, digest: str, size: int) -> None:
        """In the transaction: a blob that the repository does not hold yet becomes part of it, by push or by mount."""

    def manifest(self, repository: str, digest: str, size: int) -> None:
        """In the transaction: a manifest that the repository does not hold yet becomes part of it."""

    def tag(self, repository: str, tag: str, old: str | None, new: str) -> None:
        """In the transaction: a tag comes to point to the digest `new`. `old` is where it pointed to; may equal `new`."""

    def untag(self, repository: str, tag: str) -> None:
        """In the transaction: a tag is deleted, for itself or with its manifest."""


def policies() -> tuple[Policy, ...]:
    """One of each class that the settings name."""
    return _load(conf().policies)


@functools.cache
def _load(paths: tuple[str, ...]) -> tuple[Policy, ...]:
    return tuple(import_string(path)() for path in paths)
