"""What the registry knows. Bytes of blobs lie in the storage; everything else is here."""

from oci.models.blob import Blob, RepositoryBlob
from oci.models.manifest import Manifest, Reference, Tag
from oci.models.repository import Repository

__all__ = ["Blob", "Manifest", "Reference", "Repository", "RepositoryBlob", "Tag"]
