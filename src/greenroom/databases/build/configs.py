"""Stubs of the configurations of apps, in a registry that renders what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.db.migrations.state import AppConfigStub


class LazyStub(AppConfigStub):
    """Django's stub of an app. Its models are complete as soon as somebody looks at them.

    Args:
        label: the app's.
        apps: the registry.
        models: all models of the app, by their names in lower case.
    """

    def __init__(self, label: str, apps: Any, models: Callable[[str], dict[str, Any]]) -> None:
        super().__init__(label)
        self.apps = apps
        self._all = models

    @property
    def models(self) -> dict[str, Any]:
        """All models of the app."""
        return self._all(self.label)

    @models.setter
    def models(self, models: dict[str, Any]) -> None:
        """Django's class sets it, to none."""

    def import_models(self) -> None:
        """They are there."""


class Configs(Mapping[str, AppConfigStub]):
    """The stubs of a registry by their labels.

    Args:
        apps: the registry.
        labels: the labels of the apps that have models in the state.
        models: as for `LazyStub`.
    """

    def __init__(self, apps: Any, labels: Callable[[], set[str]], models: Callable[[str], dict[str, Any]]) -> None:
        self._apps = apps
        self._labels = labels
        self._models = models
        self._stubs: dict[str, AppConfigStub] = {}

    def __getitem__(self, label: str) -> AppConfigStub:
        stub = self._stubs.get(label)
        if stub is None:
            if label not in self._labels():
                raise KeyError(label)
            stub = self._stubs[label] = LazyStub(label, self._apps, self._models)
        return stub

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._labels()))

    def __len__(self) -> int:
        return len(self._labels())
