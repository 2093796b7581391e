"""How clients speak TLS with a live server."""

from __future__ import annotations

import functools
import ssl


@functools.lru_cache(maxsize=4)
def trusting(ca_file: str | None) -> ssl.SSLContext:
    """Trust whom everybody trusts, and one authority more. The same one for each call: it takes some time to make.

    Args:
        ca_file: the certificate of the authority; None: no other.
    """
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
