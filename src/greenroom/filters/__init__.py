"""The language of filter expressions: which tests are meant, in a line of text such as `kind(browser) - tag(quick)`."""

from greenroom.filters.evaluate import Subject, compiled, needs_seconds
from greenroom.filters.parse import parse
from greenroom.filters.terms import Expression
from greenroom.filters.write import written

__all__ = ["Expression", "Subject", "compiled", "needs_seconds", "parse", "written"]
