"""The configuration that users of Kiwi TCMS have already: files, variables, and what CI systems set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.errors import ConfigError
from greenroom.reporters.kiwi.settings import PREFIX, Server, Target, endpoint, server_from, target_from

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
[tcms]
url = https://tcms.example.com/xml-rpc/
username = tester
password = secret
"""
ENVIRON = {"TCMS_API_URL": "http://other.example.com/", "TCMS_USERNAME": "robot", "TCMS_PASSWORD": "hidden"}
ABOUT = {"TCMS_PRODUCT": "shop", "TCMS_PRODUCT_VERSION": "2.1", "TCMS_BUILD": "b7"}


class Machine:
    """A home and a file for all."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.system = folder / "tcms.conf"

    def write(self, own: str, system: str = "") -> Machine:
        """The files; an empty one is not there."""
        for path, text in ((self.home / ".tcms.conf", own), (self.system, system)):
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text, encoding="utf-8")
        return self

    def server(self, **environ: str) -> Server:
        """What is made of it."""
        return server_from(environ, self.home, self.system)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One without any configuration."""
    return Machine(tmp_path)


def test_the_file_in_the_home(machine: Machine) -> None:
    """As tcms-api reads it; the file for all counts only where there is none of one's own."""
    other = FILE.replace("tester", "everybody")
    assert machine.write(FILE, other).server() == Server("https://tcms.example.com/json-rpc/", "tester", "secret")
    assert machine.write("", other).server().username == "everybody"
    # Of two files the first one is read, and not completed by the second.
    with pytest.raises(ConfigError, match="no server of Kiwi TCMS is configured"):
        machine.write("[else]\na = b\n", other).server()


def test_the_home_is_that_of_the_user(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `HOME` says; a user without one, or one that can't be looked into, has no file."""
    machine.write(FILE)
    monkeypatch.setenv("HOME", str(machine.home))
    assert server_from({}, system=machine.system).username == "tester"
    monkeypatch.setenv("HOME", f"{machine.home}/.tcms.conf/no/folder")
    with pytest.raises(ConfigError, match="no server of Kiwi TCMS is configured"):
        server_from({}, system=machine.system)


def test_variables_count_before_files(machine: Machine) -> None:
    """Each by itself; all three need no file."""
    assert machine.server(**ENVIRON) == Server("http://other.example.com/json-rpc/", "robot", "hidden")
    machine.write(FILE)
    assert machine.server(TCMS_PASSWORD="changed") == Server("https://tcms.example.com/json-rpc/", "tester", "changed")
    assert machine.server(TCMS_PASSWORD="").password == "secret"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("50%%", "50%"),  # What tcms-api makes of it.
        ("50% off", "50% off"),  # What it refuses.
        ("%(nothing)s", "%(nothing)s"),
        ("a=b:c ; d # e", "a=b:c ; d # e"),
        ("pässwörd", "pässwörd"),
    ],
)
def test_passwords_are_what_tcms_api_takes_them_for(machine: Machine, written: str, meant: str) -> None:
    """And such as it can't read are meant as they stand."""
    assert machine.write(FILE.replace("secret", written)).server().password == meant


@pytest.mark.parametrize("yes", ["True", "yes", "1", "y"])
def test_kerberos_is_one_clear_line(machine: Machine, yes: str) -> None:
    """It names the file and the way out, which works."""
    machine.write(f"[tcms]\nurl = https://tcms.example.com/xml-rpc/\nuse_kerberos = {yes}\n")
    with pytest.raises(ConfigError, match="asks for Kerberos, which greenroom does not speak") as caught:
        machine.server()
    assert str(machine.home / ".tcms.conf") in caught.value.message
    assert caught.value.hint == "Set TCMS_USERNAME and TCMS_PASSWORD."
    assert machine.server(TCMS_USERNAME="robot", TCMS_PASSWORD="hidden").username == "robot"
    machine.write(f"{FILE}use_kerberos = False\n")
    assert machine.server().username == "tester"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tcms]\nusername = tester\npassword = secret\n", "no server of Kiwi TCMS is configured"),
        (FILE.replace("username = tester\n", ""), "no username for Kiwi TCMS is configured"),
        (FILE.replace("password = secret\n", ""), "no password for Kiwi TCMS is configured"),
        (FILE.replace("[tcms]\n", ""), "can't be read as a configuration: MissingSectionHeaderError"),
        (f"{FILE}secret\n", "can't be read as a configuration: ParsingError"),
        (FILE.replace("https://", ""), "the url of Kiwi TCMS is no address: tcms.example.com/xml-rpc/"),
    ],
)
def test_what_is_wrong_is_named_without_the_password(machine: Machine, text: str, said: str) -> None:
    """Each by one line that names the file, where it is one that is wrong."""
    with pytest.raises(ConfigError) as caught:
        machine.write(text).server()
    assert said in caught.value.message
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
    assert "\n" not in f"{caught.value.message} {caught.value.hint}"


def test_a_server_does_not_show_its_password() -> None:
    """However it gets into a log."""
    assert "hidden" not in f"{server_from(ENVIRON)!r} {server_from(ENVIRON)!s}"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://tcms.example.com/xml-rpc/", "https://tcms.example.com/json-rpc/"),
        ("https://tcms.example.com/json-rpc", "https://tcms.example.com/json-rpc/"),
        ("https://tcms.example.com", "https://tcms.example.com/json-rpc/"),
        (" http://tcms.example.com:8080/kiwi/xml-rpc/ ", "http://tcms.example.com:8080/kiwi/json-rpc/"),
        ("https://someone:secret@tcms.example.com/xml-rpc/", "https://tcms.example.com/json-rpc/"),
        ("http://[::1]:8000/xml-rpc/", "http://[::1]:8000/json-rpc/"),
    ],
)
def test_addresses(given: str, meant: str) -> None:
    """Whatever page of the server is configured, it is the same one."""
    assert endpoint(given) == meant


@pytest.mark.parametrize(
    "given", ["tcms.example.com", "ftp://tcms.example.com/", "https://", "http://a:secret@b:no", "http://[::1/xml-rpc/"]
)
def test_what_is_no_address_is_said_to_be_none(given: str) -> None:
    """Without what may be a password."""
    with pytest.raises(ConfigError, match="the url of Kiwi TCMS is no address") as caught:
        endpoint(given)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("product", ["TCMS_PRODUCT", "TRAVIS_REPO_SLUG", "JOB_NAME"]),
        ("version", ["TCMS_PRODUCT_VERSION", "TRAVIS_COMMIT", "TRAVIS_PULL_REQUEST_SHA", "GIT_COMMIT"]),
        ("build", ["TCMS_BUILD", "TRAVIS_BUILD_NUMBER", "BUILD_NUMBER"]),
    ],
)
def test_each_fallback_of_travis_and_jenkins(field: str, names: list[str]) -> None:
    """In the order of Kiwi's own plugins; one that is empty is none; where none is set, all are named."""
    key = names[0]
    others = {name: value for name, value in ABOUT.items() if name != key}
    for number, name in enumerate(names):
        later = dict.fromkeys(names[number:], "later")
        earlier = dict.fromkeys(names[:number], "")
        assert getattr(target_from({**others, **later, **earlier, name: "this"}), field) == "this"
    with pytest.raises(ConfigError) as caught:
        target_from(others)
    assert caught.value.message == f"Kiwi TCMS needs {key}"
    assert all(name in str(caught.value.hint) for name in [*names[1:], "TCMS_RUN_ID"])


def test_all_that_can_be_said_of_the_place() -> None:
    """Numbers are ids; without the prefix it is that of Kiwi's own plugin, and it may be empty."""
    assert target_from(ABOUT) == Target("shop", "2.1", "b7", prefix="[DJANGO]")
    assert PREFIX == "[DJANGO]"
    more = {
        "TCMS_PLAN_ID": "3", "TCMS_RUN_ID": " 4 ", "TCMS_PARENT_PLAN": "5", "TCMS_PREFIX": "", "TCMS_DEFAULT_TESTER_ID": "6",
    }  # fmt: skip
    assert target_from({**ABOUT, **more}) == Target("shop", "2.1", "b7", 3, 4, 5, "", 6)


def test_a_run_needs_nothing_else_and_a_plan_no_product() -> None:
    """As with Kiwi's own plugins; a run in a plan is for a build."""
    assert target_from({"TCMS_RUN_ID": "4"}).run == 4
    assert target_from({"TCMS_PLAN_ID": "3", "TCMS_BUILD": "b7"}).plan == 3
    with pytest.raises(ConfigError, match="Kiwi TCMS needs TCMS_BUILD"):
        target_from({"TCMS_PLAN_ID": "3"})


@pytest.mark.parametrize("name", ["TCMS_RUN_ID", "TCMS_PLAN_ID", "TCMS_PARENT_PLAN", "TCMS_DEFAULT_TESTER_ID"])
@pytest.mark.parametrize("text", ["TR-4", "-4", "4.0", "٤"])
def test_an_id_that_is_no_number_is_named(name: str, text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigError, match=f"{name} is no number: {text}"):
        target_from({**ABOUT, name: text})


def test_links_to_the_source_and_to_the_job() -> None:
    """At the commit that was tested, in GitHub and GitLab; Jenkins has the page of the job."""
    github = {"GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "c0ffee", "GITHUB_RUN_ID": "9"}
    found = target_from({**ABOUT, **github})
    assert (found.sources, found.job) == (
        "https://github.com/a/b/blob/c0ffee/",
        "https://github.com/a/b/actions/runs/9",
    )
    gitlab = {"CI_PROJECT_URL": "https://git.example.com/a/b", "CI_COMMIT_SHA": "c0ffee", "CI_JOB_URL": "https://job"}
    found = target_from({**ABOUT, **gitlab})
    assert (found.sources, found.job) == ("https://git.example.com/a/b/-/blob/c0ffee/", "https://job")
    found = target_from({**ABOUT, "BUILD_URL": "https://jenkins.example.com/7/"})
    assert (found.sources, found.job) == ("", "https://jenkins.example.com/7/")
