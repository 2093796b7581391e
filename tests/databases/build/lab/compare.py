"""Run in a process of its own: generated migrations by Django's executor and by the fast one, on real databases.

Arguments: the database's settings as JSON, the first seed, the number of seeds, the steps of each. Prints one JSON line for
each seed, with what is different between the two.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any


def main() -> None:
    """Compare, seed by seed."""
    settings_json, first, count, steps = sys.argv[1:]
    database = json.loads(settings_json)

    import django
    from django.conf import settings

    settings.configure(DATABASES={"default": database}, INSTALLED_APPS=[], USE_TZ=True)
    django.setup()
    warnings.simplefilter("ignore")
    for seed in range(int(first), int(first) + int(count)):
        print(json.dumps({"seed": seed, **one(seed, int(steps))}), flush=True)


def one(seed: int, steps: int) -> dict[str, Any]:
    """What is different for one seed."""
    from tests.databases.build.lab.operations import Maker
    from tests.databases.build.lab.runs import Run

    runs = [Run(fast=fast) for fast in (False, True)]
    for run in runs:
        run.apply(Maker(seed).migrations(steps))
    stock, fast = runs
    return {
        "applied": stock.applied,
        "error": stock.error,
        "renders": [stock.renders, fast.renders],
        "different": [
            name for name in vars(stock) if name not in {"renders", "fast"} and vars(stock)[name] != vars(fast)[name]
        ],
        "details": [repr(pair)[:3000] for pair in stock.differences(fast)][:3],
    }


if __name__ == "__main__":
    main()
