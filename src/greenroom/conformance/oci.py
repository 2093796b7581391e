"""The official conformance suite for OCI registries, run as tests.

The suite is a Go program that is configured by environment variables, those of today (`OCI_REGISTRY`, ...) and those of
its first version (`OCI_ROOT_URL`, ...), which it still understands. It ends with exit code 0 also where it did not
understand its configuration or could not write its results: the results that it wrote are all that counts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from greenroom.config.folders import cache_folder
from greenroom.conformance.case import ExternalSuiteTestCase, Prepared
from greenroom.conformance.golang import BuildError, MissingGoError, installed
from greenroom.conformance.junit import Result
from greenroom.errors import ConfigError
from greenroom.running.place import place

__unittest = True

PACKAGE = "github.com/opencontainers/distribution-spec/conformance"
VERSION = "v0.0.0-20260716174315-967efdc079b9"
"""The version of the suite that is installed: its main branch of July 2026. Nothing newer comes by itself."""
PROGRAM_VARIABLE = "OCI_CONFORMANCE_PROGRAM"
"""Names a program that is built already, e.g. where no Go module can be had."""
_ROOT = "OCI Conformance Test/"
"""What the names of all results begin with."""
_TRUE = {"1", "t", "true", "yes", "on"}
_RESOURCES = {"all", "command", "command:go"}
"""What `--require` calls Go."""


def suite_program(program: str, cache: Path) -> Path:
    """The suite, built if need be.

    Args:
        program: one that is built already; empty: as the environment says.
        cache: greenroom's, see `greenroom.config.folders`.

    Raises:
        MissingGoError: it has to be built, and there is no Go.
        BuildError: it could not be built.
        ConfigError: what was given is no program.
    """
    given = program or os.environ.get(PROGRAM_VARIABLE, "")
    if given:
        path = Path(given).expanduser().absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise ConfigError(f"the suite {path} is no program", "Give the file that `go build` made.")
        return path
    return installed(PACKAGE, VERSION, cache / "suites")


class OciConformanceTestCase(ExternalSuiteTestCase, abstract=True):
    """Runs the official OCI conformance suite against the project's live server; each of its results becomes a test.

    All variables of the suite's own documentation count, but those that name the registry: this class is about the
    project's own. What an attribute says counts before the variables.
    """

    version: ClassVar[str] = ""
    """The version of the specification: `1.0`, `1.1`, or `dev` for what its main branch adds; by default the suite's own
    choice, 1.1."""
    namespace: ClassVar[str] = ""
    """The repository to push to."""
    crossmount_namespace: ClassVar[str] = ""
    """The repository that blobs are mounted from."""
    username: ClassVar[str] = ""
    password: ClassVar[str] = ""
    program: ClassVar[str] = ""
    """The suite, where it is built already."""

    def require(self) -> None:
        here = place()
        try:
            self._suite = suite_program(self.program, cache_folder(here.config, here.root))
        except (MissingGoError, BuildError) as error:
            if _RESOURCES & set(here.config.require):
                raise
            why = error.hint.splitlines()[-1:] if isinstance(error, BuildError) else []
            self.skipTest(": ".join([error.message, *why]))

    def prepare(self, url: str, reports: Path) -> Prepared:
        return Prepared([str(self._suite)], self.variables(url, reports), reports / "junit.xml")

    def variables(self, url: str, reports: Path) -> dict[str, str]:
        """The environment of the suite."""
        parts = urlsplit(url)
        if not parts.netloc or parts.path.strip("/"):
            raise ConfigError(
                f"{url} can't be tested as a registry",
                "The API of a registry begins at /v2/ of its host: give a URL such as http://127.0.0.1:5000.",
            )
        own = {
            "OCI_VERSION": self.version,
            "OCI_REPO1": self.namespace,
            "OCI_REPO2": self.crossmount_namespace,
            "OCI_USERNAME": self.username,
            "OCI_PASSWORD": self.password,
        }
        return {
            **os.environ,
            **self.environment,
            **{name: value for name, value in own.items() if value},
            "OCI_REGISTRY": parts.netloc,
            "OCI_TLS": self._tls(parts.scheme),
            "OCI_RESULTS_DIR": str(reports),
        }

    def _tls(self, scheme: str) -> str:
        if scheme == "http":
            return "disabled"
        # The certificate of a live server was made for this run: nobody has signed it.
        wanted = os.environ.get("OCI_TLS", "").lower() if self.root_url else "insecure"
        return wanted if wanted == "insecure" else "enabled"

    def verdict(self, results: Sequence[Result], code: int) -> str:
        # Its exit code says nothing that the results don't say: 1 also where all was skipped.
        return ""

    def name_of(self, result: Result) -> str:
        return result.name.removeprefix(_ROOT)

    def hides(self, result: Result) -> bool:
        return result.skipped and os.environ.get("OCI_HIDE_SKIPPED_WORKFLOWS", "").lower() in _TRUE
