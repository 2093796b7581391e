"""A thread that delivers, in each process that answers requests: begun by the first event, asleep while there is nothing."""

import logging
import os
import threading

from django.db import connections

from oci.webhooks.conf import conf
from oci.webhooks.delivering import deliver_due, purge

# Seconds between two looks at what is to be tried again.
_INTERVAL = 10.0
_PURGE_EVERY = 360  # looks

_log = logging.getLogger("oci.webhooks")
_woken = threading.Event()
_lock = threading.Lock()
_running_in = 0
_thread: threading.Thread | None = None
_stopping = False


def wake() -> None:
    """There is something to deliver."""
    global _running_in, _thread, _stopping  # noqa: PLW0603 - one thread for each process
    if not conf().thread:
        return
    _woken.set()
    with _lock:
        # Threads do not survive a fork.
        if _running_in != os.getpid():
            _running_in, _stopping = os.getpid(), False
            _thread = threading.Thread(target=run, name="webhooks", daemon=True)
            _thread.start()


def stop() -> None:
    """End the thread, for who tests with it."""
    global _running_in, _stopping
    with _lock:
        thread, _running_in, _stopping = _thread, 0, True
    _woken.set()
    if thread is not None:
        thread.join()


def run() -> None:
    """Deliver until it is stopped."""
    looks = 0
    while not _stopping:
        _woken.wait(_INTERVAL)
        _woken.clear()
        try:
            deliver_due()
            if looks % _PURGE_EVERY == 0:
                purge()
        except Exception:
            # The database may be away for a while. The next look may find it again.
            _log.exception("messages could not be delivered")
        finally:
            connections.close_all()
        looks += 1
