"""The official OCI suite: how it is configured, what its results become, and one run of the real thing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenroom.conformance.golang import find_go
from greenroom.conformance.oci import PROGRAM_VARIABLE, suite_program
from greenroom.errors import GreenroomError
from greenroom.testing import Project, Ran
from tests.conformance.projects import write_items_project

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT = os.environ.get(PROGRAM_VARIABLE, "")
"""The suite, where whoever runs these tests has built it already."""
ROOT = Path(__file__).resolve().parents[2]

# What the official suite does with its configuration and its results, without the registry's part.
PROGRAM = f"""\
#!{sys.executable}
import json, os, sys, urllib.request
from pathlib import Path

if os.environ.get("OCI_VERSION") not in (None, "", "1.0", "1.1", "dev"):
    print("failed to load config: unsupported config version", file=sys.stderr)
    sys.exit(0)
scheme = "http" if os.environ["OCI_TLS"] == "disabled" else "https"
if os.environ["OCI_REGISTRY"].startswith("localhost"):
    urllib.request.urlopen(scheme + "://" + os.environ["OCI_REGISTRY"] + "/items/").close()
reports = Path(os.environ["OCI_RESULTS_DIR"])
seen = {{name: value for name, value in os.environ.items() if name.startswith("OCI_")}}
(reports / "seen.json").write_text(json.dumps(seen))
(reports / "report.html").write_text("<html>")
name = "OCI Conformance Test"
(reports / "junit.xml").write_text(f'''<testsuites><testsuite name="{{name}}" failures="1">
  <testcase name="{{name}}/ping" classname="" time="0.5" status="passed"><system-err>GET /v2/</system-err></testcase>
  <testcase name="{{name}}/push/blob" classname="" status="failure"><system-out>expected 404</system-out>
    <system-err>~~~ REQUEST ~~~ PUT</system-err></testcase>
  <testcase name="{{name}}/push/blob" classname="" status="skipped"><system-out>unsupported</system-out></testcase>
</testsuite></testsuites>''')
"""

TESTS = """\
    import os
    from greenroom.conformance import OciConformanceTestCase
    from shop.models import Item

    class Registry(OciConformanceTestCase):
        version = "dev"
        namespace = "one/two"
        report_dir = "kept"
    """


WITHOUT_GO = """\
    from settings import *
    from greenroom.conformance import golang

    golang._USUAL = "/no/such/go"
    """


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment of these tests says of registries is nothing to them."""
    for name in os.environ:
        if name.startswith("OCI_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """A project with a class for the suite."""
    project = write_items_project(make_shared_project)
    project.write("shop/tests/test_items.py", TESTS)
    project.write("program", PROGRAM).chmod(0o755)
    return project


def run(project: Project, *command: str, **env: str) -> Ran:
    """A run with the program in place of the built suite."""
    return project.greenroom(*command, env={"OCI_CONFORMANCE_PROGRAM": "program", **env})


def seen(project: Project) -> dict[str, str]:
    """The variables that the program was given."""
    import json

    values: dict[str, str] = json.loads((project.root / "kept" / "seen.json").read_text())
    return values


OUTCOMES = {"test_suite": "passed", "ping": "passed", "push/blob": "failed", "push/blob #2": "skipped"}


def test_the_command(project: Project) -> None:
    """Options and variables reach the suite; its exit code of 0 hides no failure; request and response are told."""
    options = ["--namespace", "a/b", "--version", "dev", "--username", "ann", "--report-dir", "kept"]
    ran = run(
        project, "conform", "oci", *options, OCI_PASSWORD="secret", OCI_API_PUSH="false", OCI_NAMESPACE="old/name"
    )
    assert ran.returncode == 1, ran
    assert ran.outcomes == {f"conform.oci.{name}": outcome for name, outcome in OUTCOMES.items()}
    assert "FAIL: push/blob (conform.oci)" in ran.stderr
    assert "AssertionError: expected 404\n\n~~~ REQUEST ~~~ PUT" in ran.stderr
    assert "secret" not in ran.output
    given = seen(project)
    assert given["OCI_REGISTRY"].startswith("localhost:")
    expected = {
        "OCI_TLS": "disabled",
        "OCI_REPO1": "a/b",
        "OCI_VERSION": "dev",
        "OCI_USERNAME": "ann",
        "OCI_PASSWORD": "secret",
        "OCI_API_PUSH": "false",
        "OCI_NAMESPACE": "old/name",
    }
    assert {name: given.get(name) for name in expected} == expected
    [suite] = [event for event in ran.events.finished if event.test.endswith("test_suite")]
    assert {each.name for each in suite.attachments} == {"junit.xml", "report.html", "seen.json", "output.txt"}


@pytest.mark.parametrize(
    ("env", "registry", "tls"),
    [
        ({"OCI_ROOT_URL": "http://127.0.0.1:9/"}, "127.0.0.1:9", "disabled"),
        ({"OCI_ROOT_URL": "https://registry.invalid"}, "registry.invalid", "enabled"),
        (
            {"OCI_REGISTRY": "127.0.0.1:9", "OCI_TLS": "disabled", "OCI_ROOT_URL": "http://other"},
            "127.0.0.1:9",
            "disabled",
        ),
        ({"OCI_REGISTRY": "127.0.0.1:9", "OCI_TLS": "insecure"}, "127.0.0.1:9", "insecure"),
    ],
    ids=["old", "old https", "new before old", "insecure"],
)
def test_the_registry_that_variables_name(project: Project, env: dict[str, str], registry: str, tls: str) -> None:
    """It is tested in place of the project's own, and no database is made."""
    ran = run(project, "conform", "oci", "--report-dir", "kept", **env)
    assert ran.returncode == 1, ran
    assert "Creating test database" not in ran.output
    assert (seen(project)["OCI_REGISTRY"], seen(project)["OCI_TLS"]) == (registry, tls)


def test_skipped_results_are_hidden_by_choice(project: Project) -> None:
    """`OCI_HIDE_SKIPPED_WORKFLOWS` of the first suite: they are no tests of the run, and their number is told."""
    ran = run(project, "conform", "oci", OCI_HIDE_SKIPPED_WORKFLOWS="1")
    assert "skipped" not in ran.outcomes.values()
    assert "1 skipped results are not shown" in ran.stderr


def test_a_configuration_that_the_suite_refuses(project: Project) -> None:
    """It ends with 0 then, and has no results: exit code 3, with its own words."""
    ran = run(project, "conform", "oci", "--version", "9")
    assert ran.returncode == 3, ran
    assert "unsupported config version" in ran.stderr


def test_mistakes(project: Project) -> None:
    """A program that is none, and a URL with a path."""
    ran = project.greenroom("conform", "oci", "--program", "settings.py")
    assert ran.returncode == 2, ran
    assert "settings.py is no program" in ran.stderr
    ran = run(project, "conform", "oci", "--root-url", "http://127.0.0.1:9/registry/")
    assert ran.returncode == 3, ran
    assert "can't be tested as a registry" in ran.stderr


def test_the_class(project: Project) -> None:
    """In a project's own suite, against its own server whatever registry the variables name."""
    env = {"OCI_CONFORMANCE_PROGRAM": str(project.root / "program"), "OCI_ROOT_URL": "http://other.invalid"}
    ran = project.manage_test(env=env)
    assert ran.returncode == 1, ran
    assert ran.outcomes == {f"shop.tests.test_items.Registry.{name}": outcome for name, outcome in OUTCOMES.items()}
    assert seen(project)["OCI_REGISTRY"].startswith("localhost:")
    assert seen(project)["OCI_REPO1"] == "one/two"


def test_without_go(project: Project, tmp_path: Path) -> None:
    """The class skips itself and says why; `--require command:go` makes that a failure; the command ends with 3."""
    project.write("settings_without_go.py", WITHOUT_GO)
    env = {"PATH": str(tmp_path), "GOROOT": "", "DJANGO_SETTINGS_MODULE": "settings_without_go"}
    ran = project.manage_test(env=env)
    assert ran.returncode == 0, ran
    assert set(ran.outcomes.values()) == {"skipped"}
    [problem] = ran.events.problems("shop.tests.test_items.Registry.test_suite")
    assert problem.text.startswith("Go is needed")
    ran = project.manage_test("--require", "command:go", env=env)
    assert ran.returncode == 1, ran
    assert "Go is needed" in ran.stderr
    ran = project.greenroom("conform", "oci", env=env)
    assert ran.returncode == 3, ran
    assert "Go is needed" in ran.stderr
    assert "Creating test database" not in ran.output


def official_suite() -> str:
    """The real program; the test is skipped where it can't be had."""
    if BUILT:
        return BUILT
    try:
        return str(suite_program("", ROOT / ".cache"))
    except GreenroomError as error:
        pytest.skip(str(error).replace("\n", " "))


@pytest.mark.skipif(find_go() is None, reason="Go is not installed")
def test_a_suite_that_cannot_be_fetched(project: Project, tmp_path: Path) -> None:
    """The same, with Go's own words."""
    env = {"GOPROXY": tmp_path.as_uri(), "GOMODCACHE": str(tmp_path / "modules"), "GOFLAGS": "-modcacherw"}
    ran = project.manage_test(env=env)
    assert ran.returncode == 0, ran
    [problem] = ran.events.problems("shop.tests.test_items.Registry.test_suite")
    assert problem.text.startswith("`go install")
    assert "no such file" in problem.text
    ran = project.manage_test("--require", "all", env=env)
    assert ran.returncode == 1, ran


@pytest.mark.slow
@pytest.mark.one_pair
def test_the_official_suite(tmp_path: Path) -> None:
    """The real suite against the registry of this project: no failure, and each result a test of its own."""
    program = official_suite()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("OCI_", "GREENROOM_", "DJANGO_"))
    }
    environment |= {"GREENROOM_DIRECTORY": str(tmp_path / "kept"), "GREENROOM_CACHE": str(tmp_path / "cache")}
    environment |= {"REGISTRY_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "greenroom", "conform", "oci", "--program", program, "--live-server", "asgi"]
    done = subprocess.run(
        [*command, "--report-dir", str(tmp_path / "reports")],
        cwd=ROOT / "registry", env=environment, capture_output=True, text=True, check=False, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failures, 0 errors" in done.stderr
    assert (tmp_path / "reports" / "report.html").stat().st_size > 100_000
