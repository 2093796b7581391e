"""What a worker's Redis is."""

from __future__ import annotations

from typing import Protocol


class Redis(Protocol):
    """A Redis that is one worker's."""

    def url(self, url: str, *, kombu: bool) -> str:
        """The address that stands for one of the project's.

        Args:
            url: the project's.
            kombu: whether it is for Celery or kombu.
        """

    def flush(self) -> None:
        """Empty all that is the worker's.

        Raises:
            OSError: the server does not answer.
        """
