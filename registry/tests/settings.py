"""The project's settings, with a folder that goes with the test run: tests never touch what a real registry keeps."""

# ruff: noqa: F403 - these are all of the project's settings

import atexit
import os
import shutil
import tempfile

# A worker that is started anew finds the folder of the run that it belongs to.
if "REGISTRY_TEST_DATA" not in os.environ:
    _folder = os.environ["REGISTRY_TEST_DATA"] = tempfile.mkdtemp(prefix="registry-tests-")
    _owner = os.getpid()

    @atexit.register
    def _remove() -> None:
        if os.getpid() == _owner:
            shutil.rmtree(_folder, ignore_errors=True)


os.environ["REGISTRY_DATA"] = os.environ["REGISTRY_TEST_DATA"]

from project.settings import *

# A line for each push belongs on a server's console, not between the dots. Tests of the log ask for it.
LOGGING["loggers"]["oci.audit"] = {"level": "ERROR"}  # noqa: F405
# What migrations and receivers read of the settings is a part of what the test database is made from: it must not be
# another one in each run. Each test class has folders of its own (tests.base), tests of the metrics too.
SECRET_KEY = "of the tests"
REGISTRY = {**REGISTRY, "UPLOADS": BASE_DIR / "uploads-of-tests"}  # noqa: F405
REGISTRY_METRICS = {**REGISTRY_METRICS, "FOLDER": None}  # noqa: F405
