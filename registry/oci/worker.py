"""gunicorn's threaded worker, with one thing more: a connection that goes on at once stays on its thread.

gunicorn hands a connection back to its main thread after each answer, to wait for the next request among all others. That
is right for connections that rest, and costs three changes of thread for one request where a client goes on asking: a
pull is a manifest and its blobs, a push a dozen of requests.
"""

import select
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

# Milliseconds that a thread waits for the next request, while no other connection waits for a thread.
_LINGER = 10


class Worker(ThreadWorker):
    """For gunicorn's `worker_class`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Connections that were given to the threads and have not come back: counted by the main thread alone.
        self._given = 0

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to the threads."""
        self._given += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Take it back."""
        self._given -= 1
        super().finish_request(conn, fs)

    def handle(self, conn: TConn) -> Any:
        """Answer requests of a connection, in a thread. Returns what gunicorn's own does for the last one."""
        while True:
            result = super().handle(conn)
            if result is not True or not self.alive or self._given > self.cfg.threads or not _goes_on(conn):
                return result


def _goes_on(conn: TConn) -> bool:
    """Whether the client sends another request now."""
    if conn.is_http2:
        return False
    if conn.parser.unreader.buf.getvalue() or (hasattr(conn.sock, "pending") and conn.sock.pending()):
        return True  # read with the body of the last one
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(_LINGER))
