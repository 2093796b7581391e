"""What is known of pytest, of pytest-django and of a few plugins, and so needs no ordinary path."""

from __future__ import annotations

HOOKS = (
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_runtest_call",
    "pytest_runtest_teardown",
    "pytest_runtest_makereport",
    "pytest_fixture_setup",
    "pytest_fixture_post_finalizer",
    "pytest_assertion_pass",
)
"""Hooks that the fast path does not call for each test. All others are called as ever: reporters are not touched."""

HARMLESS_HOOKS: dict[str, frozenset[str]] = {
    # pytest's own: `lane` does what they do, or the options in question keep off the fast path.
    **{
        f"_pytest.{name}": frozenset(HOOKS)
        for name in (
            "assertion",
            "capture",
            "faulthandler",
            "fixtures",
            "logging",
            "runner",
            "setuponly",
            "setupplan",
            "skipping",
            "threadexception",
            "tmpdir",
            "unittest",
            "unraisableexception",
            "warnings",
        )
    },
    # greenroom's: done by `lane`, or kept off the fast path.
    **{
        f"greenroom.pytest_plugin.{name}": frozenset(HOOKS)
        for name in ("account", "around_fixtures", "scopes", "selection", "tests", "workers.early", "workers.timing")
    },
    # Asynchronous fixtures alone.
    "anyio.pytest_plugin": frozenset({"pytest_fixture_setup"}),
    "pytest_asyncio.plugin": frozenset({"pytest_fixture_setup"}),
    # Tests of hypothesis alone; those are kept off.
    "_hypothesis_pytestplugin": frozenset({"pytest_runtest_call", "pytest_runtest_makereport"}),
}
"""By module, the hooks that do nothing to a test case of unittest's, or nothing that the fast path leaves out."""

FIXTURES: dict[str, frozenset[str]] = {
    "pytest_django.plugin": frozenset(
        {
            "_dj_autoclear_mailbox",
            "_django_clear_site_cache",
            "_django_db_marker",
            "_django_isolate_apps",
            "_django_set_urlconf",
            "_template_string_if_invalid_marker",
        }
    ),
    "pytest_django.fixtures": frozenset({"_live_server_helper"}),
    "_pytest.monkeypatch": frozenset({"monkeypatch"}),
}
"""By module, the fixtures around each test that only marks make do something, or whose effect `lane` has."""

FIXTURES_OF_TEST_CASES: dict[str, frozenset[str]] = {"pytest_django.plugin": frozenset({"_django_setup_unittest"})}
"""Those that do something for test cases of Django's alone."""

MARKS = frozenset(
    {
        "django_isolate_apps",
        "filterwarnings",
        "ignore_template_errors",
        "parametrize",
        "requires",
        "skip",
        "skipif",
        "urls",
        "usefixtures",
        "xfail",
    }
)
"""Marks that something is done for around each test. What others mean, a hook or a fixture would have to do."""

FIXTURES_OF_CLASSES = "usefixtures"
"""The mark that is fine on a class or a module, as far as its fixtures are."""

OPTIONS: dict[str, str] = {
    "usepdb": "--pdb",
    "trace": "--trace",
    "setupshow": "--setup-show",
    "setuponly": "--setup-only",
    "setupplan": "--setup-plan",
}
"""Options that look into each test."""
