"""A certificate for a server that speaks HTTPS, and the authority that signed it: made for one server, gone with it."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path

from greenroom.errors import MissingExtraError


class Certificate:
    """A certificate in a temporary folder that only this user can read.

    Args:
        names: hosts and addresses besides those of this machine that it is good for.

    Raises:
        MissingExtraError: trustme is not installed.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        try:
            import trustme
        except ImportError:
            raise MissingExtraError(
                "HTTPS needs the package trustme, which is not installed.", "Install it: pip install 'greenroom[https]'"
            ) from None
        hosts = dict.fromkeys(("localhost", "127.0.0.1", "::1", *filter(None, names)))
        authority = trustme.CA()
        certificate = authority.issue_cert(*hosts)
        self._folder = Path(tempfile.mkdtemp(prefix="greenroom-https-"))
        self.ca_file = str(self._folder / "ca.pem")
        """What clients have to trust."""
        self.file = str(self._folder / "server.pem")
        """The key and the certificates of the server."""
        authority.cert_pem.write_to_path(self.ca_file)
        certificate.private_key_and_cert_chain_pem.write_to_path(self.file)

    def server_context(self) -> ssl.SSLContext:
        """How the server speaks TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context

    def close(self) -> None:
        """Remove the files."""
        shutil.rmtree(self._folder, ignore_errors=True)
