"""Where bytes lie: verified content behind Django's storage API, unfinished uploads in a folder."""

from oci.storage.content import Content
from oci.storage.filesystem import FileSystemContentStorage
from oci.storage.staging import Staged, Staging, Upload, UploadBusyError, UploadGoneError

__all__ = ["Content", "FileSystemContentStorage", "Staged", "Staging", "Upload", "UploadBusyError", "UploadGoneError"]
