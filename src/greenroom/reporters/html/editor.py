"""Links that open a source line in an editor."""

from __future__ import annotations

import re

from greenroom.errors import ConfigError, did_you_mean

EDITORS = {
    "vscode": "vscode://file/{path}:{line}",
    "vscodium": "vscodium://file/{path}:{line}",
    "cursor": "cursor://file/{path}:{line}",
    "zed": "zed://file/{path}:{line}",
    "pycharm": "pycharm://open?file={path}&line={line}",
    "sublime": "subl://open?url=file://{path}&line={line}",
    "textmate": "txmt://open?url=file://{path}&line={line}",
}
"""Editors by name, and what they call a place in a file."""

_UNFIT = frozenset({"javascript", "data", "vbscript", "blob"})


def link_pattern(editor: str) -> str:
    """The pattern of links for an editor.

    Args:
        editor: a name out of `EDITORS`, a pattern with `{path}` and `{line}`, or nothing for no links.

    Raises:
        ConfigError: it is neither.
    """
    if not editor or editor in EDITORS:
        return EDITORS.get(editor, "")
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", editor)
    if "{path}" in editor and scheme and scheme[1] not in _UNFIT:
        return editor
    if ":" in editor or "{" in editor:
        raise ConfigError(f"editor: {editor!r} is no link to a line", "Such as vscode://file/{path}:{line}.")
    raise ConfigError(f"editor: there is no editor {editor!r}", did_you_mean(editor, EDITORS))
