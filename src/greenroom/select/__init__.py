"""Understands what a user asks to run, and what a misspelt label may have meant."""

from greenroom.select.labels import Label, module_name_for, parse_label
from greenroom.select.lines import nearest_test, tests_at_line
from greenroom.select.nearest import nearest_labels

__all__ = ["Label", "module_name_for", "nearest_labels", "nearest_test", "parse_label", "tests_at_line"]
