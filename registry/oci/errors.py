"""The spec's errors. A view raises one; `oci.views.base` turns it into the spec's JSON."""

from collections.abc import Mapping
from typing import Any


class RegistryError(Exception):
    """Base: a status, one of the spec's codes, and what to say.

    `headers` are added to the response; `detail` is any JSON.
    """

    status = 400
    code = "UNSUPPORTED"
    message = "the operation is unsupported"

    def __init__(
        self,
        message: str = "",
        *,
        detail: Any = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message or self.message)
        self.message = message or self.message
        self.detail = detail
        self.status = status or self.status
        self.headers = dict(headers or {})


class BlobUnknownError(RegistryError):
    status, code, message = 404, "BLOB_UNKNOWN", "blob unknown to registry"


class BlobUploadInvalidError(RegistryError):
    status, code, message = 400, "BLOB_UPLOAD_INVALID", "blob upload invalid"


class BlobUploadUnknownError(RegistryError):
    status, code, message = 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"


class RangeInvalidError(RegistryError):
    """A chunk out of order, or a range outside of a blob."""

    status, code, message = 416, "BLOB_UPLOAD_INVALID", "range not satisfiable"


class DigestInvalidError(RegistryError):
    status, code, message = 400, "DIGEST_INVALID", "provided digest did not match uploaded content"


class ManifestBlobUnknownError(RegistryError):
    status, code, message = 404, "MANIFEST_BLOB_UNKNOWN", "manifest references a manifest or blob unknown to registry"


class ManifestInvalidError(RegistryError):
    status, code, message = 400, "MANIFEST_INVALID", "manifest invalid"


class ManifestUnknownError(RegistryError):
    status, code, message = 404, "MANIFEST_UNKNOWN", "manifest unknown to registry"


class NameInvalidError(RegistryError):
    status, code, message = 400, "NAME_INVALID", "invalid repository name"


class NameUnknownError(RegistryError):
    status, code, message = 404, "NAME_UNKNOWN", "repository name not known to registry"


class SizeInvalidError(RegistryError):
    status, code, message = 400, "SIZE_INVALID", "provided length did not match content length"


class TooLargeError(RegistryError):
    status, code, message = 413, "SIZE_INVALID", "the content is larger than the registry accepts"


class LengthRequiredError(RegistryError):
    """A chunked body, behind a server that cannot pass it on."""

    status, code, message = 411, "SIZE_INVALID", "this server needs a Content-Length"


class UnauthorizedError(RegistryError):
    """Raise with a `WWW-Authenticate` header."""

    status, code, message = 401, "UNAUTHORIZED", "authentication required"


class DeniedError(RegistryError):
    status, code, message = 403, "DENIED", "requested access to the resource is denied"


class UnsupportedError(RegistryError):
    status, code, message = 405, "UNSUPPORTED", "the operation is unsupported"


class TooManyRequestsError(RegistryError):
    """Raise with a `Retry-After` header."""

    status, code, message = 429, "TOOMANYREQUESTS", "too many requests"
