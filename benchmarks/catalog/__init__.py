"""The benchmarks: one module each."""

from benchmarks.catalog.balance import BALANCE
from benchmarks.catalog.browsers import BROWSERS
from benchmarks.catalog.databases import DATABASES
from benchmarks.catalog.django_suite import DJANGO_SUITE
from benchmarks.catalog.events import EVENTS
from benchmarks.catalog.kiwi import KIWI
from benchmarks.catalog.live_servers import LIVE_SERVERS
from benchmarks.catalog.memory import MEMORY
from benchmarks.catalog.pytest_databases import PYTEST_DATABASES
from benchmarks.catalog.pytest_table20k import PYTEST_TABLE20K
from benchmarks.catalog.pytest_workers import PYTEST_WORKERS
from benchmarks.catalog.registry import REGISTRY
from benchmarks.catalog.reports import REPORTS
from benchmarks.catalog.startup import STARTUP
from benchmarks.catalog.table20k import TABLE20K
from benchmarks.catalog.trivial import TRIVIAL

CATALOG = {
    benchmark.name: benchmark
    for benchmark in (
        TRIVIAL,
        TABLE20K,
        PYTEST_TABLE20K,
        PYTEST_WORKERS,
        BALANCE,
        DATABASES,
        PYTEST_DATABASES,
        LIVE_SERVERS,
        BROWSERS,
        REGISTRY,
        STARTUP,
        MEMORY,
        EVENTS,
        REPORTS,
        KIWI,
        DJANGO_SUITE,
    )
}
"""All benchmarks by name, in the order in which they run."""

__all__ = [
    "BALANCE",
    "BROWSERS",
    "CATALOG",
    "DATABASES",
    "DJANGO_SUITE",
    "EVENTS",
    "KIWI",
    "LIVE_SERVERS",
    "MEMORY",
    "PYTEST_DATABASES",
    "PYTEST_TABLE20K",
    "PYTEST_WORKERS",
    "REGISTRY",
    "REPORTS",
    "STARTUP",
    "TABLE20K",
    "TRIVIAL",
]
