"""`--report html`: a run as one page that needs nothing else, neither a network nor files beside it."""

from greenroom.model import PastRun
from greenroom.reporters.html.past import Past
from greenroom.reporters.html.report import HtmlReport

__all__ = ["HtmlReport", "Past", "PastRun"]
