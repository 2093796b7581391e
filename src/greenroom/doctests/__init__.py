"""Doctests as tests of a run: found in docstrings and text files, each with a clean database, one result for each.

Built on the standard library's `doctest`, whose finder, parser and runner do the work.
"""
