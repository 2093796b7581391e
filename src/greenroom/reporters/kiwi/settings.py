"""Where results go: the configuration that users of Kiwi TCMS have already."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from greenroom.errors import ConfigError

PREFIX = "[DJANGO]"
"""What the names of plans and runs begin with, as those of Kiwi's own plugin for Django do."""
PRODUCT = ("TCMS_PRODUCT", "TRAVIS_REPO_SLUG", "JOB_NAME")
VERSION = ("TCMS_PRODUCT_VERSION", "TRAVIS_COMMIT", "TRAVIS_PULL_REQUEST_SHA", "GIT_COMMIT")
BUILD = ("TCMS_BUILD", "TRAVIS_BUILD_NUMBER", "BUILD_NUMBER")
SYSTEM = Path("c:/tcms.conf" if os.name == "nt" else "/etc/tcms.conf")
"""The configuration of the whole machine, read where the user has none."""
_ENDPOINTS = ("xml-rpc", "json-rpc")
_YES = frozenset({"1", "y", "yes", "t", "true", "on"})


class Server(msgspec.Struct, frozen=True):
    """Who is told. It is never written anywhere: the password is in it."""

    url: str
    """Of the JSON-RPC endpoint."""
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Server({self.url!r}, {self.username!r})"

    @property
    def pages(self) -> str:
        """The address of the pages that people look at, with a slash at its end."""
        return self.url.removesuffix("json-rpc/")


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in the server the results belong; it is kept beside the journal."""

    product: str = ""
    version: str = ""
    build: str = ""
    plan: int = 0
    """The id of a plan that is there; 0: one for the product and version, made where there is none."""
    run: int = 0
    """The id of a run that is there; 0: a new one."""
    parent: int = 0
    """The id of the plan that a new plan is a child of; 0: none."""
    prefix: str = PREFIX
    tester: int = 0
    """The id of the user that results are said to come from; 0: who sends them."""
    sources: str = ""
    """What a path is put behind to make a link to the source, at the commit that was tested; empty: there are no links."""
    job: str = ""
    """The page of the CI job."""


def server_from(environ: Mapping[str, str], home: Path | None = None, system: Path = SYSTEM) -> Server:
    """The server: `TCMS_API_URL`, `TCMS_USERNAME` and `TCMS_PASSWORD`, and for what they leave out `~/.tcms.conf`.

    Args:
        environ: the environment variables.
        home: where to look for `.tcms.conf`; the user's home when not given.
        system: the file that is read where there is none.

    Raises:
        ConfigError: there is no configuration, or a part of it is missing.
    """
    section, file = _section(home if home is not None else Path(os.path.expanduser("~")), system)  # noqa: PTH111 - it does not raise where there is none
    names = {"url": "TCMS_API_URL", "username": "TCMS_USERNAME", "password": "TCMS_PASSWORD"}
    given = {key: environ.get(name) or section.get(key, "") for key, name in names.items()}
    where = f"in the section [tcms] of {file}" if file else "in ~/.tcms.conf"
    if not given["url"]:
        raise ConfigError(
            "no server of Kiwi TCMS is configured", f"Set TCMS_API_URL, TCMS_USERNAME and TCMS_PASSWORD, or {where}: url, username, password."
        )  # fmt: skip
    if section.get("use_kerberos", "").lower() in _YES and not environ.get("TCMS_PASSWORD"):
        raise ConfigError(
            f"{file} asks for Kerberos, which greenroom does not speak", "Set TCMS_USERNAME and TCMS_PASSWORD."
        )
    for key in ("username", "password"):
        if not given[key]:
            raise ConfigError(f"no {key} for Kiwi TCMS is configured", f"Set {names[key]}, or {key} {where}.")
    return Server(endpoint(given["url"]), given["username"], given["password"])


def _section(home: Path, system: Path) -> tuple[Mapping[str, str], str]:
    """What the first configuration file that is there says."""
    for path in (home / ".tcms.conf", system):
        if not os.path.isfile(path):  # noqa: PTH113 - it does not raise where one may not look
            continue
        parser = configparser.ConfigParser()
        try:
            parser.read_string(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            # The text of the error may quote a line, and the line may be the password.
            raise ConfigError(f"{path} can't be read as a configuration: {type(error).__name__}") from None
        keys = parser.options("tcms") if parser.has_section("tcms") else []
        return {key: _value(parser, key) for key in keys}, str(path)
    return {}, ""


def _value(parser: configparser.ConfigParser, key: str) -> str:
    """A value as tcms-api reads it, where `%%` stands for a percent sign; one that it can't read is meant as it stands."""
    try:
        return parser.get("tcms", key)
    except configparser.InterpolationError:
        return parser.get("tcms", key, raw=True)


def endpoint(url: str) -> str:
    """The JSON-RPC endpoint of the server that an address is of, be it that of a page, of XML-RPC or of JSON-RPC.

    Raises:
        ConfigError: it is no address.
    """
    no_address = ConfigError(
        f"the url of Kiwi TCMS is no address: {_without_secret(url)}", "Such as https://tcms.example.com/xml-rpc/."
    )
    try:
        parts = urlsplit(url.strip())
        number = parts.port
    except ValueError:
        raise no_address from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise no_address
    path = parts.path.rstrip("/")
    for name in _ENDPOINTS:
        path = path.removesuffix(f"/{name}")
    port = f":{number}" if number else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return urlunsplit((parts.scheme, f"{host}{port}", f"{path}/json-rpc/", "", ""))


def _without_secret(url: str) -> str:
    return url.rpartition("@")[2]


def target_from(environ: Mapping[str, str]) -> Target:
    """Where the results belong, from the variables `TCMS_*` and what CI systems set.

    Raises:
        ConfigError: an id is no number, or product, version or build are not known and no run is given.
    """
    run, plan = _number(environ, "TCMS_RUN_ID"), _number(environ, "TCMS_PLAN_ID")
    product, version, build = (_first(environ, names) for names in (PRODUCT, VERSION, BUILD))
    if not run:
        for text, names in ((product, PRODUCT), (version, VERSION), (build, BUILD)):
            if not text and not (plan and names is not BUILD):
                raise ConfigError(
                    f"Kiwi TCMS needs {names[0]}", f"Set it, or one of {', '.join(names[1:])}, or TCMS_RUN_ID."
                )
    prefix = environ.get("TCMS_PREFIX", PREFIX)
    sources, job = _ci(environ)
    return Target(
        product, version, build, plan, run, _number(environ, "TCMS_PARENT_PLAN"), prefix,
        _number(environ, "TCMS_DEFAULT_TESTER_ID"), sources, job,
    )  # fmt: skip


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next(filter(None, (environ.get(name, "").strip() for name in names)), "")


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit()):
        raise ConfigError(f"{name} is no number: {text}", "It is the id of a record in Kiwi TCMS, such as 42.")
    return int(text or 0)


def _ci(environ: Mapping[str, str]) -> tuple[str, str]:
    """What makes a path a link to the source, and the page of the job."""
    return next(_known_ci(environ), ("", ""))


def _known_ci(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    get = environ.get
    if get("GITHUB_REPOSITORY") and get("GITHUB_SHA"):
        base = f"{get('GITHUB_SERVER_URL', 'https://github.com')}/{get('GITHUB_REPOSITORY')}"
        yield (
            f"{base}/blob/{get('GITHUB_SHA')}/",
            f"{base}/actions/runs/{get('GITHUB_RUN_ID')}" if get("GITHUB_RUN_ID") else "",
        )
    if get("CI_PROJECT_URL") and get("CI_COMMIT_SHA"):
        yield f"{get('CI_PROJECT_URL')}/-/blob/{get('CI_COMMIT_SHA')}/", get("CI_JOB_URL", "")
    if get("BUILD_URL"):
        yield "", get("BUILD_URL", "")
