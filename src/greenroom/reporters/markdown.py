"""`--report markdown[:PATH]`: the run on a page, for a comment, a wiki or a chat."""

from __future__ import annotations

from greenroom.events import FixtureFinished, RunFinished, TestFinished, TestsNotRun
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.output import Output
from greenroom.reporters.story import Story, StoryReporter
from greenroom.reporters.summary import Summary


class Markdown(StoryReporter):
    """Writes the page when the run is over.

    Args:
        context: without a path the page goes to standard output.

    Raises:
        GreenroomError: the file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        super().__init__()
        self._output = Output(context.path, context.out)
        self._summary = Summary()

    def test(self, story: Story) -> None:
        """Take it up."""
        self._summary.test(story)

    def passed(self, event: TestFinished, file: str) -> None:
        """Take up how long it took."""
        self._summary.passed(event)

    def fixture(self, event: FixtureFinished) -> None:
        """Take it up."""
        self._summary.fixture(event)

    def not_run(self, event: TestsNotRun) -> None:
        """Take them up."""
        self._summary.not_run(event)

    def end(self, event: RunFinished) -> None:
        """Write the page."""
        self._output.write(self._summary.page(event))

    def close(self) -> None:
        """Write it also where the run was killed."""
        if not self.over and self.run is not None:
            self._output.write(self._summary.page(None))
        self._output.close()
