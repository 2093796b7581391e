"""Values of settings and of environment variables as digests."""

# Paths are texts: there are thousands, and milliseconds count.
# ruff: noqa: PTH113, PTH117, PTH122

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from greenroom.databases.fingerprint.files import read_file
from greenroom.databases.fingerprint.stable import digest_of, digest_of_text

ALWAYS = (
    "INSTALLED_APPS",
    "AUTH_USER_MODEL",
    "DEFAULT_AUTO_FIELD",
    "DEFAULT_TABLESPACE",
    "DEFAULT_INDEX_TABLESPACE",
    "DATABASE_ROUTERS",
    "USE_TZ",
    "TIME_ZONE",
    "LANGUAGE_CODE",
    "USE_I18N",
    "LANGUAGES",
    "SITE_ID",
    "PASSWORD_HASHERS",
)
"""The settings that every database depends on, whoever asks for them."""

_ELSEWHERE = frozenset({"DATABASES", "CACHES", "MIGRATION_MODULES", *ALWAYS})
"""Settings that are parts of their own, as far as they count; the names in `DATABASES` change during a run."""

_OF_THE_PROCESS = frozenset({
    "COLUMNS", "LINES", "OLDPWD", "PWD", "PYTEST_CURRENT_TEST", "PYTHONHASHSEED", "SHLVL", "TERM", "WINDOWID", "_",
})  # fmt: skip
"""Variables that say where and in which window a process runs."""

_NOT_OF_A_TEST_DATABASE = frozenset(
    {"NAME", "HOST", "PORT", "PASSWORD", "CONN_MAX_AGE", "CONN_HEALTH_CHECKS", "ATOMIC_REQUESTS", "TEST"}
)
_NOT_OF_ITS_CONTENTS = frozenset({"NAME", "DEPENDENCIES"})


class Values:
    """The values that code may ask for, digested when they are needed and once."""

    def __init__(self) -> None:
        from django.conf import settings

        self._settings = settings
        self._defined = frozenset(name for name in dir(settings) if name.isupper()) - _ELSEWHERE
        self._environment = frozenset(os.environ) - _OF_THE_PROCESS
        self._digests: dict[str, str] = {}
        self.named: dict[str, str] = {}
        """The digests of what was asked for by `settings()` and `environment()`, by a name for people."""

    def setting(self, name: str) -> str:
        """A digest of one setting; `unset` where there is none of that name."""
        if name not in self._digests:
            self._digests[name] = self._digest(name)
        return self._digests[name]

    def settings(self, names: frozenset[str]) -> str:
        """A digest of these settings, or nothing for none."""
        asked = {f"setting {name}": self.setting(name) for name in sorted(names)}
        self.named.update(asked)
        return repr(asked) if asked else ""

    def environment(self, names: frozenset[str]) -> str:
        """A digest of these environment variables, or nothing for none."""
        asked = {
            f"environment variable {name}": digest_of_text(os.environ[name] + _contents(os.environ[name]))[:16]
            for name in sorted(names)
        }
        self.named.update(asked)
        return repr(asked) if asked else ""

    def defined(self, words: frozenset[str]) -> frozenset[str]:
        """Those of these words that are settings."""
        return words & self._defined

    def exported(self, words: frozenset[str]) -> frozenset[str]:
        """The environment variables that these words name; one that ends in `_` stands for all that start so."""
        found = words & self._environment
        beginnings = tuple(word for word in words if len(word) > 2 and word[-1] == "_")
        if beginnings:
            found |= {name for name in self._environment if name.startswith(beginnings)}
        return found

    def present(self, words: frozenset[str]) -> frozenset[str]:
        """The settings (`setting X`) and variables (`variable X`) that these words name."""
        return _told(self.defined(words), self.exported(words))

    def all(self) -> frozenset[str]:
        """All settings and variables that there are, told as in `present()`."""
        return _told(self._defined, self._environment)

    def _digest(self, name: str) -> str:
        try:
            value = getattr(self._settings, name)
        except AttributeError:
            return "unset"
        except Exception as error:  # a setting of a settings object of one's own may refuse
            return f"unreadable: {type(error).__name__}"
        modules: set[str] = set()
        digest = digest_of(value, modules) + _contents(value)
        codes = [code for module in sorted(modules) if (code := _own_code(module))]
        return hashlib.blake2b("".join([digest, *codes]).encode(), digest_size=16).hexdigest() if codes else digest


def _told(settings: frozenset[str], variables: frozenset[str]) -> frozenset[str]:
    return frozenset([*(f"setting {name}" for name in settings), *(f"variable {name}" for name in variables)])


def _contents(value: object) -> str:
    """A digest of the contents, if a value is the path of a file: whoever asks for it will read that."""
    if not isinstance(value, (str, os.PathLike)):
        return ""
    path = os.fspath(value)
    if not isinstance(path, str) or not os.path.isabs(path) or not os.path.isfile(path):
        return ""
    if not os.path.splitext(path)[1] and os.access(path, os.X_OK):
        return ""  # a program, such as the user's shell
    return read_file(path)[0].digest


def _own_code(module: str) -> str:
    """A digest of the source of a module of the project or of a third party."""
    top = module.partition(".")[0]
    if top == "django" or top in sys.stdlib_module_names:
        return ""
    file = getattr(sys.modules.get(module), "__file__", None)
    return read_file(file)[0].digest if file else ""


def caches(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What of `CACHES` makes tables, or might: entries with backends that are not Django's own without a table."""
    own = "django.core.cache.backends."
    return {
        alias: about
        for alias, about in chosen.items()
        if not str(about.get("BACKEND", "")).startswith(own) or str(about["BACKEND"]).startswith(f"{own}db.")
    }


def database(about: Mapping[str, Any]) -> dict[str, Any]:
    """What of the settings of one database counts for what test databases hold: not where it is, nor its name."""
    test = {name: value for name, value in about.get("TEST", {}).items() if name not in _NOT_OF_ITS_CONTENTS}
    kept = {name: value for name, value in about.items() if name not in _NOT_OF_A_TEST_DATABASE}
    return {"TEST": dict(sorted(test.items())), **dict(sorted(kept.items()))}
