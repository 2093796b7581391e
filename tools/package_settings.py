"""Where packages come from, as pip was told, in the words of uv."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "no-index": "UV_NO_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "constraint": "UV_CONSTRAINT",
    "proxy": "ALL_PROXY",
}
"""What uv calls a setting of pip's."""


def pip_settings(python: Path) -> dict[str, str]:
    """What pip was told by its files and by the environment; a later value of `pip config list` wins over an earlier."""
    done = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    settings = {}
    for line in sorted(done.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        where, _, value = line.partition("=")
        settings[where.rpartition(".")[2]] = value.strip("'\"")
    return settings


def uv_settings(pip: Mapping[str, str]) -> dict[str, str]:
    """Translate pip's settings to uv's variables; what is set for uv already stays."""
    variables = {UV_NAMES[name]: value for name, value in pip.items() if name in UV_NAMES}
    links = variables.pop("UV_FIND_LINKS", "").replace("\\n", " ").split()
    # uv refuses a folder that is not there, pip passes over it.
    usable = [link for link in links if "://" in link or Path(link).exists()]
    if usable:
        variables["UV_FIND_LINKS"] = ",".join(usable)
    return {name: value for name, value in variables.items() if name not in os.environ}
