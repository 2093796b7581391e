"""Plugins: found, checked, ordered, called one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from greenroom.errors import PluginError
from greenroom.events import RunFinished
from greenroom.hooks import Plugins, hookimpl, spec
from greenroom.hooks.plugins import HOOKS, fault
from greenroom.hooks.process import process_hooks
from greenroom.hooks.sources import Sources, find_sources

END = RunFinished(1.0, 1.0, 0, 1)


@pytest.fixture
def told() -> list[str]:
    """What was said."""
    return []


@pytest.fixture
def plugins(told: list[str]) -> Plugins:
    """None yet."""
    return Plugins(told.append)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project's root, on the import path; modules of the test are forgotten after it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def verdict(text: str) -> Any:
    """A plugin with an opinion."""
    return SimpleNamespace(greenroom_verdict=lambda finished: text)


class TestHooks:
    """The specifications."""

    def test_at_most_fifteen_in_one_module(self) -> None:
        """More would be a design of its own."""
        assert 0 < len(HOOKS) <= 15

    @pytest.mark.parametrize("name", HOOKS)
    def test_each_says_when_where_and_how_often(self, name: str) -> None:
        """In its docstring, as the page of hooks is made from it."""
        text = getattr(spec, name).__doc__
        assert "Called in " in text
        assert "process" in text
        assert "once" in text


class TestCalls:
    """How hooks are called."""

    def test_the_last_comes_first(self, plugins: Plugins) -> None:
        """As pluggy orders them; `tryfirst` and `trylast` move one."""

        class First:
            @hookimpl(tryfirst=True)
            def greenroom_verdict(self) -> str:
                return "first"

        class Last:
            @hookimpl(trylast=True)
            def greenroom_verdict(self) -> str:
                return "last"

        for name, plugin in {"a": First(), "b": verdict("b"), "c": verdict("c"), "d": Last()}.items():
            plugins.add(plugin, name)
        assert [text for _, text in plugins.call("greenroom_verdict", finished=END)] == ["first", "c", "b", "last"]

    def test_one_that_raises_is_named_once_and_the_others_are_called(self, plugins: Plugins, told: list[str]) -> None:
        """With the place where it raised."""

        def bad(finished: RunFinished) -> str:
            raise ValueError("two\nlines")

        plugins.add(verdict("good"), "good")
        plugins.add(SimpleNamespace(greenroom_verdict=bad), "bad")
        for _ in range(2):
            assert plugins.call("greenroom_verdict", finished=END) == [("good", "good")]
        [line] = told
        assert line.startswith("the plugin bad failed in greenroom_verdict: ValueError: two lines (test_plugins.py:")
        assert plugins.failed == ["bad"]

    def test_a_hook_takes_what_it_uses(self, plugins: Plugins) -> None:
        """All of the arguments, or some, or none."""
        got: list[Any] = []
        plugins.add(SimpleNamespace(greenroom_run_finished=lambda exit_code: got.append(int(exit_code))), "some")
        plugins.add(SimpleNamespace(greenroom_run_finished=lambda: got.append("none")), "none")
        plugins.call("greenroom_run_finished", finished=END, exit_code=6)
        assert got == ["none", 6]

    def test_what_gives_nothing_is_left_out(self, plugins: Plugins) -> None:
        """None means that a plugin has nothing to say."""
        plugins.add(SimpleNamespace(greenroom_verdict=lambda finished: None), "quiet")
        assert plugins.call("greenroom_verdict", finished=END) == []

    def test_the_same_plugin_twice_is_one(self, plugins: Plugins) -> None:
        """It may be installed and named as well."""
        plugin = verdict("x")
        plugins.add(plugin, "one")
        plugins.add(plugin, "other")
        assert len(plugins.call("greenroom_verdict", finished=END)) == 1


class TestChecks:
    """What is wrong with a plugin is told in one line."""

    def test_a_misspelt_hook(self, plugins: Plugins) -> None:
        """With the nearest name."""
        with pytest.raises(
            PluginError, match="the plugin mine has a hook greenroom_reporter, which there is not"
        ) as caught:
            plugins.add(SimpleNamespace(greenroom_reporter=lambda: None), "mine")
        assert "greenroom_reporters" in caught.value.hint

    def test_a_misspelt_argument(self, plugins: Plugins) -> None:
        """With those that there are."""
        with pytest.raises(PluginError, match="finnished"):
            plugins.add(SimpleNamespace(greenroom_verdict=lambda finnished: None), "mine")

    def test_a_wrapper(self, plugins: Plugins) -> None:
        """Hooks are called one by one: there is nothing to wrap."""

        class Wrapping:
            @hookimpl(wrapper=True)
            def greenroom_verdict(self) -> Any:
                return (yield)

        with pytest.raises(PluginError, match="wraps greenroom_verdict"):
            plugins.add(Wrapping(), "mine")

    def test_what_is_no_function_is_no_hook(self, plugins: Plugins) -> None:
        """A module may hold others of that name."""
        plugins.add(SimpleNamespace(greenroom_settings={"a": 1}, greenroom_verdict=lambda: "x"), "mine")
        assert plugins.has("greenroom_verdict")


class TestLoading:
    """From where plugins come."""

    def test_the_projects_own(self, plugins: Plugins, folder: Path) -> None:
        """`greenroom_plugins.py` in the root."""
        assert not find_sources(folder, ()).any or find_sources(folder, ()).installed
        (folder / "greenroom_plugins.py").write_text("def greenroom_verdict(): return __name__\n")
        assert Sources(folder).any
        plugins.load(Sources(folder))
        assert plugins.call("greenroom_verdict", finished=END) == [("greenroom_plugins", "greenroom_plugins")]

    def test_by_dotted_path_by_file_and_by_object(self, plugins: Plugins, folder: Path) -> None:
        """In the order of the list, the last called first."""
        (folder / "one_plugin.py").write_text("def greenroom_verdict(): return 'module'\n")
        (folder / "tools").mkdir()
        (folder / "tools/two_plugin.py").write_text("def greenroom_verdict(): return 'file'\n")
        (folder / "three_plugin.py").write_text(
            "class P:\n def greenroom_verdict(self): return 'object'\nplugin = P()\n"
        )
        plugins.load(Sources(folder, ("one_plugin", "tools/two_plugin.py", "three_plugin:plugin")))
        assert plugins.call("greenroom_verdict", finished=END) == [
            ("three_plugin:plugin", "object"),
            ("tools/two_plugin.py", "file"),
            ("one_plugin", "module"),
        ]

    def test_an_installed_one(self, plugins: Plugins, folder: Path) -> None:
        """By its entry point; found without loading the metadata of every package."""
        (folder / "acme_plugin.py").write_text("def greenroom_verdict(): return 'installed'\n")
        package = folder / "acme-1.0.dist-info"
        package.mkdir()
        (package / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
        (package / "entry_points.txt").write_text("[greenroom]\nacme = acme_plugin\n")
        sources = find_sources(folder, ())
        assert sources.installed
        plugins.load(sources)
        assert plugins.call("greenroom_verdict", finished=END) == [("acme", "installed")]

    def test_no_leaves_one_out(self, plugins: Plugins, folder: Path) -> None:
        """Wherever it came from."""
        (folder / "greenroom_plugins.py").write_text("def greenroom_verdict(): return 'own'\n")
        (folder / "one_plugin.py").write_text("def greenroom_verdict(): return 'one'\n")
        plugins.load(Sources(folder, ("one_plugin", "no:greenroom_plugins", "no:one_plugin")))
        assert not plugins.has("greenroom_verdict")

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("nowhere.plugin", "there is no plugin nowhere.plugin"),
            ("tools/nowhere.py", "the plugin tools/nowhere.py is no file"),
            ("no:greenroom_plugin", "there is no plugin greenroom_plugin that could be left out"),
        ],
    )
    def test_a_name_that_leads_nowhere(self, plugins: Plugins, folder: Path, name: str, message: str) -> None:
        """One line, with what there is."""
        (folder / "greenroom_plugins.py").write_text("")
        with pytest.raises(PluginError, match=message) as caught:
            plugins.load(Sources(folder, (name,)))
        if name.startswith("no:"):
            assert "greenroom_plugins" in caught.value.hint

    @pytest.mark.parametrize("text", ["1/0\n", "import nowhere_at_all\n", "def x(:\n"])
    def test_one_that_cannot_be_imported(self, plugins: Plugins, told: list[str], folder: Path, text: str) -> None:
        """It is named, and the others are there."""
        (folder / "greenroom_plugins.py").write_text(text)
        (folder / "good_plugin.py").write_text("def greenroom_verdict(): return 'good'\n")
        plugins.load(Sources(folder, ("good_plugin",)))
        assert plugins.call("greenroom_verdict", finished=END) == [("good_plugin", "good")]
        assert plugins.failed == ["greenroom_plugins"]
        assert told[0].startswith("the plugin greenroom_plugins could not be loaded: ")


def test_the_hooks_of_a_process(plugins: Plugins) -> None:
    """There are none where no plugin has any; tests are gone round only where a plugin wants that."""
    assert process_hooks(None, 0) is None
    plugins.add(verdict("x"), "x")
    assert process_hooks(plugins, 1) is None
    calls: list[object] = []
    plugins.add(SimpleNamespace(greenroom_worker_started=lambda worker: calls.append(int(worker))), "worker")
    hooks = process_hooks(plugins, 1)
    assert hooks is not None
    assert not hooks.around_tests
    hooks.begin()
    assert calls == [1]


def test_a_fault_in_a_line() -> None:
    """Without text it is its name."""
    assert fault(KeyError()) == "KeyError"
