"""What happened, for audit logs, webhooks and metrics. Each is sent after the transaction is committed.

The sender is the repository's name, a str. Receivers are called with `send_robust`: an error of theirs is logged and
fails no request.
"""

import logging
from typing import Any

from django.db import transaction
from django.dispatch import Signal

blob_pushed = Signal()  # digest, size, mounted (bool)
blob_pulled = Signal()  # digest, size
blob_deleted = Signal()  # digest
manifest_pushed = Signal()  # digest, media_type, size, tags (list of str)
manifest_pulled = Signal()  # digest, reference
manifest_deleted = Signal()  # digest, tags (list of str that went along)
tag_deleted = Signal()  # tag

# Garbage was collected; the sender is None.
collected = Signal()  # links, blobs, bytes, files

# For what must not be lost: sent for each of the above, inside of the transaction. What a receiver writes is committed
# with the change, and what it raises refuses the change.
recording = Signal()  # event (one of the above), facts (a dict of what it says)

_log = logging.getLogger("oci.signals")


def announce(signal: Signal, repository: str, **facts: Any) -> None:
    """Send a signal once the transaction under way is committed; at once where there is none."""
    recording.send(sender=repository, event=signal, facts=facts)
    if not signal.has_listeners(repository):
        return

    def send() -> None:
        for receiver, result in signal.send_robust(sender=repository, **facts):
            if isinstance(result, Exception):
                _log.error("%r failed", receiver, exc_info=result)

    transaction.on_commit(send)
