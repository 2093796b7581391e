"""Labels: what kind each is, and the module that a file is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenroom.errors import GreenroomError
from greenroom.select import Label, module_name_for, parse_label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app", Label("app", "dotted")),
        ("app.tests.Case.test_x", Label("app.tests.Case.test_x", "dotted")),
        ("path/to", Label("path/to", "directory", "path/to")),
        ("./path/to/", Label("./path/to/", "directory", "./path/to/")),
        ("known", Label("known", "directory", "known")),
        (".", Label(".", "directory", ".")),
        ("tests.py", Label("tests.py", "file", "tests.py")),
        ("path/test_x.py", Label("path/test_x.py", "file", "path/test_x.py")),
        ("path/test_x.py:120", Label("path/test_x.py:120", "file", "path/test_x.py", 120)),
        ("path/test_x.py:120:8", Label("path/test_x.py:120:8", "file", "path/test_x.py", 120)),
        ("path/test_x.py:120:", Label("path/test_x.py:120:", "file", "path/test_x.py", 120)),
        ("x.py::Case", Label("x.py::Case", "file", "x.py", None, ("Case",))),
        ("x.py::Case::test_x", Label("x.py::Case::test_x", "file", "x.py", None, ("Case", "test_x"))),
        ("x.py::test_x[a::b]", Label("x.py::test_x[a::b]", "file", "x.py", None, ("test_x[a::b]",))),
        ("C:/a/x.py:3", Label("C:/a/x.py:3", "file", "C:/a/x.py", 3)),
        ("a.pyc/x.py", Label("a.pyc/x.py", "file", "a.pyc/x.py")),
        ("odd.py", Label("odd.py", "file", "odd.py")),
    ],
)
def test_kinds_of_labels(text: str, expected: Label) -> None:
    """Django's own forms stay as they are; of files it is told what is asked of them."""
    assert parse_label(text, is_folder={"known", "."}.__contains__) == expected


def test_a_folder_goes_before_a_file_of_that_form() -> None:
    """A folder may have any name."""
    assert parse_label("odd.py", is_folder=lambda _: True).kind == "directory"


@pytest.mark.parametrize(
    "text", ["", "x.py:0", "x.py:abc", "x.py::", "x.py::A::", "x.py::::b", "a/b:12", "a/b::C", "a:b", "app.tests::Case"]
)
def test_what_is_no_label_is_refused(text: str) -> None:
    """With the forms that there are."""
    with pytest.raises(GreenroomError, match="is no label") as caught:
        parse_label(text)
    assert "path/test_x.py::Case" in caught.value.hint


@given(st.text())
def test_any_text_is_a_label_or_refused(text: str) -> None:
    """And what is a label is kept as written."""
    try:
        label = parse_label(text, is_folder=lambda _: False)
    except GreenroomError:
        return
    assert label.text == text


def make(root: Path, *files: str) -> None:
    """Empty files."""
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


class TestModuleName:
    def test_in_packages(self, tmp_path: Path) -> None:
        """The common case."""
        make(tmp_path, "app/__init__.py", "app/tests/__init__.py", "app/tests/test_x.py")
        assert module_name_for(tmp_path / "app/tests/test_x.py", tmp_path) == "app.tests.test_x"
        assert module_name_for(tmp_path / "app/tests/__init__.py", tmp_path) == "app.tests"

    def test_from_within_a_package(self, tmp_path: Path) -> None:
        """A top level that is a package itself is left behind, as by Django's find_top_level."""
        make(tmp_path, "app/__init__.py", "app/tests/__init__.py", "app/tests/test_x.py")
        assert module_name_for(tmp_path / "app/tests/test_x.py", tmp_path / "app/tests") == "app.tests.test_x"

    def test_in_a_folder_without_init(self, tmp_path: Path) -> None:
        """It is a namespace package below the top level."""
        make(tmp_path, "app/test_x.py")
        assert module_name_for(tmp_path / "app/test_x.py", tmp_path) == "app.test_x"

    def test_outside_of_the_top_level(self, tmp_path: Path) -> None:
        """Its own outermost package says where it begins."""
        make(tmp_path, "lib/app/__init__.py", "lib/app/test_x.py", "project/manage.py")
        assert module_name_for(tmp_path / "lib/app/test_x.py", tmp_path / "project") == "app.test_x"

    def test_below_a_folder_that_is_no_name(self, tmp_path: Path) -> None:
        """What cannot be imported cannot be part of the name."""
        make(tmp_path, "my-code/app/__init__.py", "my-code/app/test_x.py")
        assert module_name_for(tmp_path / "my-code/app/test_x.py", tmp_path) == "app.test_x"

    def test_relative_paths_and_dots(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As labels are written."""
        make(tmp_path, "app/__init__.py", "app/test_x.py")
        monkeypatch.chdir(tmp_path / "app")
        assert module_name_for(Path("../app/./test_x.py"), Path("..")) == "app.test_x"

    @pytest.mark.parametrize("name", ["test-x.py", "1st.py", "__init__.py"])
    def test_a_file_that_is_no_module(self, tmp_path: Path, name: str) -> None:
        """It is told that its name is the reason."""
        make(tmp_path, f"my-code/{name}")
        if name == "__init__.py":
            tmp_path = tmp_path / "my-code"
            assert tmp_path.name == "my-code"
        with pytest.raises(GreenroomError, match="cannot be imported"):
            module_name_for(tmp_path / (name if name == "__init__.py" else f"my-code/{name}"), tmp_path)
