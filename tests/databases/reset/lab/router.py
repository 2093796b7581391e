from __future__ import annotations

from typing import Any


class Router:
    """Some models are on one of the databases alone."""

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if db == "other":
            return app_label in {"contenttypes", "extra"}
        return None
