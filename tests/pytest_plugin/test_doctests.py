"""pytest's doctests with greenroom: a database where they use one, and one configuration for all front doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from greenroom.events import TestFinished, TestPlanned
from greenroom.testing import check_stream
from tests.pytest_plugin.support import pytest_project, run_pytest, stock

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenroom.testing import Project

FILES = {
    "shop/items.py": '''\
        """
        >>> Item.objects.create(name="a").pk is not None
        True
        >>> Item.objects.count()
        1
        """
        from shop.models import Item

        def count():
            """
            >>> from django.db import transaction
            >>> with transaction.atomic():
            ...     item = Item.objects.create(name="b")
            >>> count()
            1
            >>> [1, 2, 3, 4]
            [1, ..., 4]
            """
            return Item.objects.count()

        def wrong():
            """
            >>> 1 + 1
            2
            >>> count()
            7
            """

        def raises():
            """
            >>> Item.objects.get()
            """
        ''',
    "shop/plain.py": '''\
        def double(n):
            """
            >>> double(2)
            4
            >>> given
            5
            """
            return 2 * n
        ''',
    "shop/left_out.py": '"""\n>>> 1\n2\n"""\n',
    "conftest.py": """\
        import pytest

        @pytest.fixture(autouse=True)
        def given(doctest_namespace):
            doctest_namespace["given"] = 5
        """,
    "docs/guide.rst": ">>> from shop.models import Item\n>>> Item.objects.count()\n0\n",
    "docs/test_old.txt": ">>> 1\n1\n",
    "test_rows.py": "def test_nothing_is_left(db):\n    from shop.models import Item\n    assert not Item.objects.exists()\n",
}
PASSED = ["shop.items::shop.items", "shop.items::shop.items.count", "shop.plain::shop.plain.double"]


@pytest.fixture(scope="module")
def project(make_shared_project: Callable[..., Project]) -> Project:
    """A project with doctests."""
    return pytest_project(make_shared_project, FILES)


def test_a_doctest_has_a_database_when_it_uses_one(project: Project) -> None:
    """Rolled back at its end; pytest-django alone refuses it."""
    ran = run_pytest(project, "--doctest-modules", "shop/items.py", "docs/guide.rst", "test_rows.py", "-v")
    check_stream(ran.ran.events)
    assert {name: bool(outcome) for name, outcome in ran.outcomes.items()} == {
        "shop.items::shop.items": False,
        "shop.items::shop.items.count": False,
        "shop.items::shop.items.wrong": True,
        "shop.items::shop.items.raises": True,
        "docs.guide.rst::guide.rst": False,
        "test_rows::test_nothing_is_left": False,
    }
    alone = stock(project, "--doctest-modules", "shop/items.py", "docs/guide.rst")
    assert all(alone.outcomes.values())
    assert "Database access not allowed" in alone.output


def test_no_database_is_made_for_those_that_use_none(project: Project) -> None:
    """Not even a snapshot is looked for."""
    ran = run_pytest(project, "--doctest-modules", "shop/plain.py", "-v", "-v")
    ran.all_passed("shop.plain.double")
    assert "test database" not in ran.output


def test_events(project: Project) -> None:
    """The frame is the line of the example; names are those of the other front doors."""
    ran = run_pytest(project, "--doctest-modules", "shop/items.py", "shop/plain.py", "docs/guide.rst")
    specs = {event.spec.id: event.spec for event in ran.ran.events if isinstance(event, TestPlanned)}
    assert {name: (spec.kind, spec.databases) for name, spec in specs.items()} == {
        "shop.items.__doc__": ("database", ("default",)),
        "shop.items.count.__doc__": ("database", ("default",)),
        "shop.items.wrong.__doc__": ("database", ("default",)),
        "shop.items.raises.__doc__": ("database", ("default",)),
        "shop.plain.double.__doc__": ("unit", ()),
        "docs/guide.rst": ("database", ("default",)),
    }
    failed = {event.test: event for event in ran.ran.events if isinstance(event, TestFinished) and event.problems}
    assert set(failed) == {"shop.items.wrong.__doc__", "shop.items.raises.__doc__"}
    lines = FILES["shop/items.py"].splitlines()
    for name, text in (("wrong", ">>> count()\n            7"), ("raises", ">>> Item.objects.get()")):
        raised = failed[f"shop.items.{name}.__doc__"].problems[0].raised
        assert raised is not None
        line = FILES["shop/items.py"][: FILES["shop/items.py"].index(text)].count("\n") + 1
        assert lines[line - 1].strip().startswith(">>>")
        assert (raised.frames[0].file, raised.frames[0].line) == (str(project.root / "shop/items.py"), line)
    assert raised is not None
    assert raised.type == "Item.DoesNotExist"


def test_kinds(project: Project) -> None:
    """`--kind` knows them."""
    ran = run_pytest(project, "--doctest-modules", "--kind", "unit", "shop/items.py", "shop/plain.py")
    assert set(ran.outcomes) == {"shop.plain::shop.plain.double"}


def test_by_greenrooms_option_and_configuration(make_project: Callable[..., Project]) -> None:
    """`--doctest`, or `doctest = true`, means pytest's own doctests, with the patterns, options and what is left out."""
    config = """\
        [tool.greenroom]
        doctest-glob = ["*.rst"]
        doctest-options = ["ELLIPSIS", "IGNORE_EXCEPTION_DETAIL", "REPORT_NDIFF", "FAIL_FAST", "NUMBER"]
        doctest-skip = ["left_out.py"]
        """
    project = pytest_project(make_project, {**FILES, "pyproject.toml": config})
    ran = run_pytest(project, "--doctest")
    expected = {*PASSED, "shop.items::shop.items.wrong", "shop.items::shop.items.raises", "docs.guide.rst::guide.rst",
                "test_rows::test_nothing_is_left"}  # fmt: skip
    assert set(ran.outcomes) == expected, ran.ran
    # ndiff's way to show what was expected
    assert "- 7\n" in ran.output
    assert set(run_pytest(project).outcomes) == {"docs.guide.rst::guide.rst", "test_rows::test_nothing_is_left"}
    assert set(run_pytest(project, env={"GREENROOM_DOCTEST": "true"}).outcomes) == expected
    wrong = run_pytest(project, "--doctest", env={"GREENROOM_DOCTEST_OPTIONS": "ELLIPSES"})
    assert wrong.code == 4
    assert "Did you mean ELLIPSIS" in wrong.output
    wrong = run_pytest(project, "--doctest", env={"GREENROOM_DOCTEST_DATABASES": "defualt"})
    assert wrong.code == 4
    assert "Did you mean default" in wrong.output


def test_a_database_that_doctests_may_not_use(make_project: Callable[..., Project]) -> None:
    """What `doctest-databases` does not name is refused, by default each but `default`."""
    rows = FILES["test_rows.py"]
    source = '"""\n>>> from shop.models import Item\n>>> Item.objects.using("other").count()\n0\n"""\n'
    project = pytest_project(make_project, {"shop/other.py": source, "test_rows.py": rows}, databases="two")
    ran = run_pytest(project, "--doctest", "shop/other.py")
    assert ran.code == 1
    ran = run_pytest(project, "--doctest", "shop/other.py", env={"GREENROOM_DOCTEST_DATABASES": "default,other"})
    ran.all_passed("shop.other")
    together = run_pytest(project, "--doctest", env={"GREENROOM_DOCTEST_DATABASES": "default,other"})
    together.all_passed("shop.other", "test_nothing_is_left")
    assert run_pytest(project, "-p", "no:doctest", "shop").code == 5


@pytest.mark.parametrize("how", [("-n", "2"), ("--workers", "2")], ids=" ".join)
def test_in_workers(project: Project, how: tuple[str, ...]) -> None:
    """The same in workers."""
    ran = run_pytest(project, "--doctest-modules", *how, "shop/items.py", "shop/plain.py", "docs/guide.rst")
    assert sorted(name for name, outcome in ran.outcomes.items() if not outcome) == [
        "docs.guide.rst::guide.rst",
        *PASSED,
    ]
