"""A project state that copies what an operation changes, and renders what it looks at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.migrations.utils import get_references
from django.utils.functional import cached_property

from greenroom.databases.build.registry import FullApps, Key, LazyApps, Rendered


class Chain:
    """What all states of one run of migrations have in common.

    Args:
        real_apps: the labels of the apps without migrations.
    """

    def __init__(self, real_apps: set[str]) -> None:
        self.real_apps = real_apps
        self.shared: dict[Key, Rendered] = {}
        self.full: tuple[dict[Key, ModelState], FullApps] | None = None

    @cached_property
    def real(self) -> dict[Key, ModelState]:
        """The models of apps without migrations, as Django's registry of a state has them."""
        from django.apps import apps

        states = {}
        for label in self.real_apps:
            for model in apps.get_app_config(label).get_models():
                state = ModelState.from_model(model, exclude_rels=True)
                states[state.app_label, state.name_lower] = state
        return states


class StockState(ProjectState):
    """Django's state, whose registry is made when it is asked for, and after the one of the state that it was cloned from.

    Fields are ordered by when they were made, and an operation may make a table of fields of both states.
    """

    before: ProjectState | None = None

    @cached_property
    def apps(self) -> StateApps:
        """Django's registry, complete."""
        if self.before is not None:
            _ = self.before.apps
        return StateApps(self.real_apps, self.models)  # type: ignore[arg-type]

    def clone(self) -> StockState:
        state = StockState({key: model.clone() for key, model in self.models.items()}, self.real_apps)
        if "apps" in self.__dict__:
            state.apps = self.apps.clone()
        state.is_delayed = self.is_delayed
        state.before = self
        return state


class LazyState(ProjectState):
    """A state of a run of migrations, for operations that are Django's own.

    `apps` is a complete registry where the state was made, and where all models have been asked for
    (`clear_delayed_apps_cache`, as before RunPython); after an operation it is one that renders what is asked for.

    Args:
        models: the states of the models; none of them is changed.
        chain: what the states of one run share.
    """

    def __init__(self, models: dict[Key, ModelState], chain: Chain) -> None:
        super().__init__(models, chain.real_apps)
        self.models = models  # Django takes another dict in place of an empty one.
        self.chain = chain

    @cached_property
    def apps(self) -> FullApps:
        """A complete registry. It is shared for as long as Django would share its classes."""
        known = self.chain.full
        if known is not None and known[0] is self.models and not self.is_delayed:
            return known[1]
        apps = FullApps.__new__(FullApps)
        try:
            apps.__init__(self.chain.real_apps, self.models)  # type: ignore[misc]
        except ValueError:
            # A relation to a model that does not exist: Django notices where it renders all models anew, and the check
            # is the last thing it does there.
            if self.is_delayed:
                raise
        self.chain.full = self.models, apps
        return apps

    def clear_delayed_apps_cache(self) -> None:
        if self.is_delayed or not isinstance(self.__dict__.get("apps"), FullApps):
            self.__dict__.pop("apps", None)

    def clone(self) -> LazyState:
        state = LazyState(self.models, self.chain)
        if "apps" in self.__dict__:
            state.__dict__["apps"] = self.__dict__["apps"]
        state.is_delayed = self.is_delayed
        return state

    def stock(self) -> StockState:
        """The same as Django has it, which shares nothing with this one."""
        state = StockState({key: model.clone() for key, model in self.models.items()}, self.chain.real_apps)
        state.is_delayed = self.is_delayed
        return state

    def adopt(self, state: ProjectState) -> None:
        """Become what an operation made of a state of Django's own class."""
        self._fork()
        self.models.clear()
        self.models.update(state.models)
        self.is_delayed = state.is_delayed

    def _fork(self, *changed: Key, share: bool = True, pair: bool = True) -> None:
        """Make what an operation is about to change this state's own.

        Args:
            changed: the models that it changes.
            share: whether it looks at no relation from another model.
            pair: whether it compares a model with what it was.
        """
        before = self.__dict__.get("apps")
        if not share and isinstance(before, LazyApps):
            before.restart(share=False)
        self._relations = None
        self.models = dict(self.models)
        for key in changed:
            if key in self.models:
                self.models[key] = self.models[key].clone()
        apps = self.__dict__["apps"] = LazyApps(self.models, self.chain.real, self.chain.shared, share=share)
        if isinstance(before, LazyApps):
            before.before = None
            apps.before = before if pair else None

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        self.is_delayed = self.is_delayed or delay

    def reload_models(self, models: Iterable[Key], delay: bool = True) -> None:
        self.is_delayed = self.is_delayed or delay

    # Each of Django's methods that change a state.

    def add_model(self, model_state: ModelState) -> None:
        self._fork(pair=False)
        super().add_model(model_state)

    def remove_model(self, app_label: str, model_name: str) -> None:
        self._fork(pair=False)
        super().remove_model(app_label, model_name)

    def rename_model(self, app_label: str, old_name: str, new_name: str) -> None:
        references = get_references(self, (app_label, old_name.lower()))
        changed = {(state.app_label, state.name_lower) for state, *_ in references}
        self._fork(*changed, share=False)
        before = self.__dict__["apps"].before
        if before is not None:
            before.get_model(app_label, old_name)  # The new one's fields are to be younger.
        super().rename_model(app_label, old_name, new_name)
        self._fork(share=False)  # Django removed the old name, which is a change that shares.
        self.__dict__["apps"].before = before

    def alter_model_options(self, app_label: str, model_name: str, options: Any, option_keys: Any = None) -> None:
        self._fork((app_label, model_name))
        super().alter_model_options(app_label, model_name, options, option_keys)

    def remove_model_options(self, app_label: str, model_name: str, option_name: str, value_to_remove: Any) -> None:
        self._fork((app_label, model_name))
        super().remove_model_options(app_label, model_name, option_name, value_to_remove)

    def alter_model_managers(self, app_label: str, model_name: str, managers: Any) -> None:
        self._fork((app_label, model_name), pair=False)
        super().alter_model_managers(app_label, model_name, managers)

    def _append_option(self, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
        self._fork((app_label, model_name), pair=False)
        super()._append_option(app_label, model_name, option_name, obj)  # type: ignore[misc]

    def _remove_option(self, app_label: str, model_name: str, option_name: str, obj_name: str) -> None:
        self._fork((app_label, model_name), pair=False)
        super()._remove_option(app_label, model_name, option_name, obj_name)  # type: ignore[misc]

    def _alter_option(self, app_label: str, model_name: str, option_name: str, obj_name: str, alt_obj: Any) -> None:
        self._fork((app_label, model_name), pair=False)
        super()._alter_option(app_label, model_name, option_name, obj_name, alt_obj)  # type: ignore[misc]

    def rename_index(self, app_label: str, model_name: str, old_index_name: str, new_index_name: str) -> None:
        self._fork((app_label, model_name))
        super().rename_index(app_label, model_name, old_index_name, new_index_name)

    def add_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        self._fork((app_label, model_name))
        super().add_field(app_label, model_name, name, field, preserve_default)

    def remove_field(self, app_label: str, model_name: str, name: str) -> None:
        self._fork((app_label, model_name))
        super().remove_field(app_label, model_name, name)

    def alter_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        old = self.models[app_label, model_name].fields.get(name)
        self._fork((app_label, model_name), share=not (_may_be_target(old) or _may_be_target(field)))
        super().alter_field(app_label, model_name, name, field, preserve_default)

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        key = app_label, model_name
        found = self.models[key].fields.get(old_name)
        references = list(get_references(self, key, (old_name, found))) if found is not None else []
        changed = {(state.app_label, state.name_lower) for state, *_ in references}
        self._fork(key, *changed, share=not _may_be_target(found))
        # Django changes these fields in place, which the state before the operation would see: it is rendered later.
        for state, name, *_ in references:
            self._replace((state.app_label, state.name_lower), name)
        for name, field in list(self.models[key].fields.items()):
            if old_name in (getattr(field, "from_fields", None) or getattr(field, "field_names", None) or ()):
                self._replace(key, name)
        super().rename_field(app_label, model_name, old_name, new_name)

    def _replace(self, key: Key, name: str) -> None:
        self.models[key].fields[name] = self.models[key].fields[name].clone()


def _may_be_target(field: Any) -> bool:
    """Whether a relation may lead to a field: when it is altered, what leads to it is looked at."""
    return field is None or bool(getattr(field, "unique", True))
