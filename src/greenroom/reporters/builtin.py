"""The reporters that greenroom brings, as a plugin like any other. Each module is imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import Any

from greenroom.hooks.context import ReporterContext, ReporterFactory
from greenroom.hooks.spec import hookimpl

_MAKERS = {
    "dots": "choice:dots",
    "verbose": "choice:verbose",
    "progress": "choice:live",
    "emoji": "emoji:emoji",
    "junit": "junit:JUnit",
    "html": "html.making:html_report",
    "json": "json_lines:JsonLines",
    "github": "github:GitHub",
    "gitlab": "gitlab:GitLab",
    "teamcity": "teamcity:TeamCity",
    "tap": "tap:Tap",
    "slow": "slow:Slow",
    "markdown": "markdown:Markdown",
    "sql": "sql:Sql",
    "trace": "trace:Trace",
    "kiwi": "kiwi.reporter:Kiwi",
}
"""Module and maker of each reporter."""


def _lazily(place: str) -> ReporterFactory:
    module, _, maker = place.partition(":")

    def make(context: ReporterContext) -> Any:
        return getattr(importlib.import_module(f"greenroom.reporters.{module}"), maker)(context)

    return make


@hookimpl(trylast=True)
def greenroom_reporters() -> dict[str, ReporterFactory]:
    """Give all of them; a plugin's reporter of the same name goes before."""
    return {name: _lazily(place) for name, place in _MAKERS.items()}
