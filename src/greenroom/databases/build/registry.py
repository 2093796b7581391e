"""Registries of historical models: one that renders what is asked for, and one that renders everything, cheaply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.migrations.state import ModelState, StateApps

from greenroom.databases.build.configs import Configs

Key = tuple[str, str]
"""A model: its app's label, its name in lower case."""

States = Mapping[Key, ModelState]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A class that was rendered, and the states of all models that it leads to: it may be used where these are."""

    model: Any
    states: dict[Key, ModelState | None]


class FullApps(StateApps):
    """Django's own registry, complete. Only caches that every rendered model would clear are cleared once."""

    def clear_cache(self) -> None:
        if self.ready:
            super().clear_cache()
        else:
            # Models are being rendered. Django would also forget which models are swappable, for each of them.
            self.get_models.cache_clear()  # type: ignore[attr-defined]


class LazyApps(StateApps):
    """A registry that renders a model, and what the model leads to by bases and relations, when it is asked for.

    A model that leads to another one is bound to a class of an earlier state where nothing that the other one leads to
    has changed since. A class that was asked for by name is always this registry's own, so that its relations from other
    models are those of this state: they are asked for by `get_models()`, which renders everything.

    Args:
        models: the models of the state. The mapping may not change any more.
        real: the models of apps without migrations.
        shared: the newest class of each model, over all states of one run.
        share: whether classes of `shared` may be used.

    Attributes:
        before: the registry of the state before, whose class of a model must be made before this one's: fields are
            ordered by when they were made, and a table may be made of fields of both.
    """

    def __init__(self, models: States, real: States, shared: dict[Key, Rendered], *, share: bool) -> None:
        # Neither StateApps.__init__, which renders everything, nor that of Apps, which builds every app's configuration.
        self.all_models = defaultdict(dict)
        self.stored_app_configs = []
        self.apps_ready = self.models_ready = self.ready = True
        self.loading = False
        self.ready_event = self._lock = None  # type: ignore[assignment]
        self._pending_operations = defaultdict(list)
        self._models = models
        self._real = real
        self._shared = shared
        self.before: StateApps | None = None
        self.restart(share=share)

    def restart(self, *, share: bool) -> None:
        """Forget what was rendered. Nobody may hold a class of this registry."""
        self._share = share
        self._complete = False
        self._configs: Configs | None = None
        self._borrowed: dict[Key, Rendered] = {}
        self._needs: dict[Key, set[Key]] = {}
        self._rendering: list[Key] = []
        self._fresh: list[Key] = []
        self.all_models.clear()
        self._pending_operations.clear()

    # What Django's operations and schema editors ask for.

    def get_model(self, app_label: str, model_name: str | None = None, require_ready: bool = True) -> Any:
        if model_name is None:
            app_label, model_name = app_label.split(".")
        key = app_label, model_name.lower()
        if self._rendering:
            self._needs[self._rendering[-1]].add(key)
        elif isinstance(self.before, LazyApps) and self.before._state(key) is not None:
            self.before.get_model(*key)
        model = self._registered(key)
        if model is None or key in self._borrowed:
            if self._state(key) is None:
                self.complete()  # It is the automatic model of a relation, or there is none.
            elif key not in self._rendering:
                self._render(key)
            model = self._registered(key)
        if model is None:
            raise LookupError(f"App {app_label!r} doesn't have a {model_name!r} model.")
        return model

    def lazy_model_operation(self, function: Any, *model_keys: Key) -> None:
        if self._rendering:
            self._needs[self._rendering[-1]].update(model_keys)
        super().lazy_model_operation(function, *model_keys)

    def register_model(self, app_label: str, model: Any) -> None:
        self.all_models[app_label][model._meta.model_name] = model
        self.do_pending_operations(model)

    def unregister_model(self, app_label: str, model_name: str) -> None:
        self.all_models.get(app_label, {}).pop(model_name, None)

    def clear_cache(self) -> None:
        for models in self.all_models.values():
            for model in models.values():
                model._meta._expire_cache()  # type: ignore[attr-defined]

    # What needs every model.

    @property
    def real_models(self) -> list[ModelState]:  # type: ignore[override]
        """The states of the models of apps without migrations."""
        return list(self._real.values())

    @property
    def app_configs(self) -> Configs:  # type: ignore[override]
        """A stub for each app, with all its models."""
        if self._configs is None:
            self._configs = Configs(self, self._labels, self._all_of)
        return self._configs

    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> list[Any]:
        self.complete()
        uncached: Any = StateApps.get_models
        return list(uncached.__wrapped__(self, include_auto_created, include_swapped))

    def clone(self) -> StateApps:
        self.complete()
        return super().clone()

    def complete(self) -> None:
        """Render what has not been rendered."""
        if self._complete:
            return
        self._complete = True
        self._share = False
        for key in self._borrowed:
            self.unregister_model(*key)
        self._borrowed.clear()
        for key in [*self._models, *self._real]:
            if self._registered(key) is None and key not in self._rendering:
                self._render(key)
        self._order()
        self.clear_cache()

    # How it is done.

    def _labels(self) -> set[str]:
        return {label for label, _ in self._models} | {label for label, _ in self._real}

    def _all_of(self, label: str) -> dict[str, Any]:
        self.complete()
        return self.all_models[label]

    def _state(self, key: Key) -> ModelState | None:
        return self._models.get(key) or self._real.get(key)

    def _registered(self, key: Key) -> Any:
        return self.all_models.get(key[0], {}).get(key[1])

    def _render(self, key: Key) -> None:
        """Render a model as this registry's own, and provide what it leads to."""
        state = self._state(key)
        assert state is not None
        if self._borrowed.pop(key, None) is not None:
            self.unregister_model(*key)
        self._needs[key] = set()
        self._rendering.append(key)
        try:
            state.render(self)
            self._fresh.append(key)
            while wanted := self._wanted():
                for other in wanted:
                    self._provide(other)
        finally:
            self._rendering.pop()
        if not self._rendering:
            self._settle()

    def _wanted(self) -> list[Key]:
        """The models that rendered ones wait for and that can be had."""
        pending = self._pending_operations
        return [key for key in pending if key not in self._rendering and self._state(key) is not None]

    def _provide(self, key: Key) -> None:
        """Let a relation lead to a model: an earlier class where that one would be the same."""
        if self._registered(key) is not None:
            return
        found = self._shared.get(key) if self._share else None
        if found is None or any(self._state(other) is not state for other, state in found.states.items()):
            self._render(key)
            return
        self._borrowed[key] = found
        self.register_model(key[0], found.model)

    def _settle(self) -> None:
        """End of one request: what was rendered may be shared, unless something that it leads to is missing."""
        fresh, self._fresh = self._fresh, []
        if self._pending_operations and not self._complete:
            self.complete()  # The automatic model of a relation of some other model may be what is missing.
        for key in fresh:
            model = self._registered(key)
            model._meta._expire_cache()
            if self._share:
                self._shared[key] = Rendered(model, self._closure(key))

    def _closure(self, key: Key) -> dict[Key, ModelState | None]:
        closure: dict[Key, ModelState | None] = {}
        queue: Iterable[Key] = [key]
        queue = list(queue)
        while queue:
            other = queue.pop()
            if other in closure:
                continue
            closure[other] = self._state(other)
            if (borrowed := self._borrowed.get(other)) is not None:
                closure.update(borrowed.states)
            else:
                queue.extend(self._needs.get(other, ()))
        return closure

    def _order(self) -> None:
        """Put apps and models into the order of a registry that was rendered at once."""
        rank = {key: place for place, key in enumerate([*self._models, *self._real])}

        def place(model: Any) -> tuple[int, bool]:
            opts = (model._meta.auto_created or model)._meta
            return rank.get((opts.app_label, opts.model_name), len(rank)), not model._meta.auto_created

        for models in self.all_models.values():
            ordered = sorted(models.items(), key=lambda item: place(item[1]))
            models.clear()
            models.update(ordered)
