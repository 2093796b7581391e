"""Hooks of which the first result counts, called on behalf of a plugin that comes first and wants to do something around the rest.

A wrapper does the same, and costs each call that it has nothing to do for about three times as much as a plain hook does.
"""

from __future__ import annotations

from typing import Any


def result_of_others(hook: Any, plugin: object, arguments: dict[str, Any]) -> Any:
    """What those give who come after a plugin: the first result that is not None, as pytest would have it.

    Args:
        hook: that is being called.
        plugin: whose function was called, and is no wrapper; wrappers are at work already.
        arguments: of the hook, by name.
    """
    __tracebackhide__ = True
    functions = [each for each in hook.get_hookimpls() if not (each.wrapper or each.hookwrapper)]
    place = next(place for place, each in enumerate(functions) if each.plugin is plugin)
    for each in reversed(functions[:place]):
        found = each.function(*(arguments[name] for name in each.argnames))
        if found is not None:
            return found
    return None
