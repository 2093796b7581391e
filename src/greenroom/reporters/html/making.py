"""`--report html[:PATH]`."""

from __future__ import annotations

from greenroom.hooks.context import ReporterContext
from greenroom.reporters.html.report import HtmlReport

NAME = "report.html"


def html_report(context: ReporterContext) -> HtmlReport:
    """The reporter for a run.

    Raises:
        GreenroomError: the file can't be written there, or the editor is not known.
    """
    path = context.path if context.path is not None else context.folder / NAME
    config = context.config
    return HtmlReport(path, context.root, past=context.past, editor=config.editor or "", queries=config.html_sql)
