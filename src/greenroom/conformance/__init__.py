"""Other people's suites as tests: the official OCI conformance suite, and any command that writes JUnit XML."""

from greenroom.conformance.case import ExternalSuiteTestCase
from greenroom.conformance.oci import OciConformanceTestCase

__all__ = ["ExternalSuiteTestCase", "OciConformanceTestCase"]
