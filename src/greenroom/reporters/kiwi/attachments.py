"""Files with a result: they go to its execution from 15.3 on, else to the run.

Which it is follows from what the server lists. Only executions' files can be listed, so only there none is twice when an
answer was lost.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from greenroom.events import Attachment
from greenroom.reporters.kiwi.places import Place
from greenroom.reporters.kiwi.results import Result
from greenroom.reporters.kiwi.rpc import Client, Fault, call

LIMIT = 1_400_000
"""Bytes of a file that fits into a request once it is text."""
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class Uploads:
    """Sends files.

    Args:
        client: the connection.
        place: the run.
        root: of the project, to find them.
    """

    def __init__(self, client: Client, place: Place, root: Path) -> None:
        self._client = client
        self._run = place.run
        self._root = root
        self._to_execution = "TestExecution.add_attachment" in place.methods
        self._lists = self._to_execution and "TestExecution.list_attachments" in place.methods

    def send(self, results: Sequence[tuple[int, Result]], old: Iterable[int]) -> int:
        """Send the files of results, each with its execution.

        Args:
            results: the results.
            old: executions that may have files.

        Returns:
            How many files the server has not taken, or are gone.

        Raises:
            UnreachableError: the server does not answer.
        """
        having = [(execution, result.attachments) for execution, result in results if result.attachments]
        there = self._there(sorted(set(old).intersection(execution for execution, _ in having)))
        return sum(
            not self._upload(execution, number, one, there)
            for execution, attachments in having
            for number, one in enumerate(attachments)
        )

    def _there(self, executions: Sequence[int]) -> set[str]:
        """The names of the files that are there."""
        if not self._lists:
            return set()
        answers = self._client.batch([call("TestExecution.list_attachments", number) for number in executions])
        listed = [one for answer in answers if not isinstance(answer, Fault) for one in answer]
        return {str(one["url"]).rpartition("/")[2] for one in listed}

    def _upload(self, execution: int, number: int, one: Attachment, there: set[str]) -> bool:
        path = self._root / one.file
        try:
            if path.stat().st_size > LIMIT:
                return False
            content = path.read_bytes()
        except OSError:
            return False
        # The same name with other content is another file.
        digest = hashlib.sha256(content).hexdigest()[:8]
        name = f"{execution}-{number}-{digest}-{_UNFIT.sub('_', one.name)[-80:]}"
        if name in there:
            return True
        owner = (
            ("TestExecution.add_attachment", execution) if self._to_execution else ("TestRun.add_attachment", self._run)
        )
        sent = call(*owner, name, base64.b64encode(content).decode())
        return not isinstance(self._client.batch([sent])[0], Fault)
