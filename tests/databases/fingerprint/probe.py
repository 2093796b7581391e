"""Sums up the inputs of projects in processes of their own: `python probe.py`, then a line of JSON for each request.

Django is imported once and the process forks for each request, which is what makes hundreds of tests quick. Nothing of
greenroom is imported before the fork: the child has to be as a fresh process is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def answer(request: dict[str, object]) -> None:
    """Print the inputs of one project, once for each thing to do in between."""
    sys.dont_write_bytecode = True  # a second version in the same second would pass for the first
    os.chdir(str(request["cwd"]))
    os.environ.update(dict(request["env"]))  # type: ignore[call-overload]
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    sys.path[:0] = [str(request["root"])]
    import django

    django.setup()
    from django.db import connections

    from greenroom.databases.fingerprint import files, inputs_of

    if request["trust"]:
        files.RACY_SECONDS = -1.0
    connection = connections[str(request["alias"])]
    results = []
    for action in ["", *request["between"]]:  # type: ignore[misc]
        exec(action, {"root": Path(str(request["root"])), "connection": connection, "sys": sys})
        found = inputs_of(connection, cache=Path(str(request["cache"])), server=str(request["server"]))
        results.append(
            {
                "migrations": found.migrations,
                "parts": found.parts,
                "ready": found.ready,
                "sources": found.sources,
                "imported": sorted(
                    name for name in sys.modules if ".migrations." in name and not name.startswith("django.")
                ),
            }
        )
    print(json.dumps(results), flush=True)


def main() -> None:
    """Answer requests until there are no more."""
    import django.contrib.auth.hashers
    import django.contrib.contenttypes
    import django.core.checks
    import django.core.management
    import django.db.migrations.loader
    import django.db.models  # noqa: F401 - imported for the children

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                answer(json.loads(line))
            except BaseException:
                import traceback

                traceback.print_exc()
                print(json.dumps({"error": traceback.format_exc()}), flush=True)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
