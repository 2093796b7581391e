"""The fixtures by which tests know their worker, where pytest-xdist is not there to give them."""

from __future__ import annotations

import pytest

from greenroom.pytest_plugin.run import RUN


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of the worker, such as `gw0`; `master` where tests run in no worker."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "master"))


@pytest.fixture(scope="session")
def testrun_uid(request: pytest.FixtureRequest) -> str:
    """What tells this run from others; the same for all of its workers."""
    return request.config.stash[RUN].place.run
