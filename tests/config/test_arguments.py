"""The options on the command line, beside those that a project's runner adds."""

from __future__ import annotations

import argparse

from greenroom.config.arguments import add_greenroom_arguments
from greenroom.config.sane_arguments import add_sane_arguments


def parser() -> argparse.ArgumentParser:
    """As the runner makes it."""
    made = argparse.ArgumentParser()
    add_greenroom_arguments(made)
    add_sane_arguments(made)
    return made


def test_filters_have_a_short_name() -> None:
    """And add up."""
    options = parser().parse_args(["-E", "tag(a)", "--filter", "tag(b)", "--profile", "ci"])
    assert (options.filter, options.profile) == (["tag(a)", "tag(b)"], "ci")


def test_common_names_give_way_to_those_of_a_project() -> None:
    """A runner with a `--profile` for a profiler keeps it; the other name of the same option stays."""
    own = parser()
    own.add_argument("--profile", action="store_true", dest="profiler")
    own.add_argument("-E", dest="everything")
    options = own.parse_args(["--profile", "-E", "x", "--filter", "tag(a)"])
    assert (options.profiler, options.everything, options.filter) == (True, "x", ["tag(a)"])
