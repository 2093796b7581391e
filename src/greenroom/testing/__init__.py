"""Helpers to test greenroom, its plugins and projects that use it: generated projects run through the front doors.

Example:
    project = Project(tmp_path)
    project.write("shop/tests.py", "...")
    ran = project.manage_test("--parallel", "2")
    assert ran.outcomes["shop.tests.OrderTests.test_total"] == "passed"
    check_stream(ran.events)
"""

from greenroom.testing.eventlog import EventLog, check_stream, problem_counts, read_events
from greenroom.testing.outcomes import MODEL, check, write_model_project
from greenroom.testing.output import (
    Section,
    TerminalReport,
    differences,
    masked,
    parse_report,
    section_differences,
    unordered,
)
from greenroom.testing.process import Hung, Running
from greenroom.testing.project import Databases, How, Project, Started, StartMethod
from greenroom.testing.ran import Ran
from greenroom.testing.reporters import Report, check_reporter, report_of
from greenroom.testing.sample import Expected, Sample
from greenroom.testing.sample_run import sample_run

__all__ = [
    "MODEL",
    "Databases",
    "EventLog",
    "Expected",
    "How",
    "Hung",
    "Project",
    "Ran",
    "Report",
    "Running",
    "Sample",
    "Section",
    "StartMethod",
    "Started",
    "TerminalReport",
    "check",
    "check_reporter",
    "check_stream",
    "differences",
    "masked",
    "parse_report",
    "problem_counts",
    "read_events",
    "report_of",
    "sample_run",
    "section_differences",
    "unordered",
    "write_model_project",
]
