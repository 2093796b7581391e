"""`--report junit[:PATH]`: the run as JUnit XML."""

from __future__ import annotations

from greenroom.events import ChecksFinished, FixtureFinished, RunFinished, TestFinished, TestsNotRun
from greenroom.hooks.context import ReporterContext
from greenroom.reporters.junitxml import JUnitDocument
from greenroom.reporters.output import Output
from greenroom.reporters.story import Story, StoryReporter


class JUnit(StoryReporter):
    """Writes the document when the run is over. Until then it is kept in a temporary file.

    Args:
        context: the path is that of the document, `.greenroom/reports/junit.xml` by default.

    Raises:
        GreenroomError: the file can't be opened.
    """

    def __init__(self, context: ReporterContext) -> None:
        super().__init__()
        self._output = Output(context.path_or("junit.xml"), context.out)
        self._document = JUnitDocument(str(context.root))

    def test(self, story: Story) -> None:
        """Keep it."""
        self._document.test(story)

    def passed(self, event: TestFinished, file: str) -> None:
        """Keep it."""
        self._document.passed(event, file)

    def fixture(self, event: FixtureFinished) -> None:
        """Keep it."""
        self._document.fixture(event)

    def not_run(self, event: TestsNotRun) -> None:
        """Keep them."""
        self._document.not_run(event)

    def checks(self, event: ChecksFinished) -> None:
        """Keep them where they failed."""
        self._document.checks(event)

    def end(self, event: RunFinished) -> None:
        """Write the document."""
        self._document.finish(self._output, self.run, self.execution, event)

    def close(self) -> None:
        """Write it also where the run was killed."""
        if not self.over and self.run is not None:
            self._document.finish(self._output, self.run, self.execution, None)
        self._output.close()
