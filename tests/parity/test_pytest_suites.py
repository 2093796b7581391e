"""The comparison of suites written for pytest-django: it sees what differs, and runs nothing that is not pinned."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from parity import pytest_suites, sources
from parity.errors import ParityError
from parity.pytest_suites import FILE, MODES, Ran, Suite, differences, judge, load, outcomes_of, run


def test_every_suite_is_pinned() -> None:
    """By version and sha256; and there are enough of them to mean something."""
    suites = load()
    assert len(suites) >= 6
    assert all(len(suite.sha256) == 64 and suite.version and suite.django for suite in suites)


def test_a_key_that_means_nothing_is_refused(tmp_path: Path) -> None:
    """A misspelt `arguments` would compare something else than was meant."""
    file = tmp_path / "pytest_suites.toml"
    file.write_text(FILE.read_text().replace("arguments =", "argumnets =", 1))
    with pytest.raises(ParityError, match="argumnets"):
        load(file)
    file.write_text("format = 2\n")
    with pytest.raises(ParityError, match="format 2"):
        load(file)


def test_outcomes_are_read_from_junit(tmp_path: Path) -> None:
    """A test with two problems has both; two tests of one name count twice."""
    file = tmp_path / "a.xml"
    file.write_text(
        dedent("""\
            <testsuites><testsuite>
            <testcase classname="a" name="b"/>
            <testcase classname="a" name="b"><skipped type="pytest.skip"/></testcase>
            <testcase classname="a" name="c"><failure/><error/></testcase>
            <testcase classname="a" name="d"><skipped type="pytest.xfail"/></testcase>
            </testsuite></testsuites>""")
    )
    assert outcomes_of(file) == {
        "a::b": ("passed", "pytest.skip"),
        "a::c": ("error", "failure"),
        "a::d": ("pytest.xfail",),
    }


def test_differences() -> None:
    """Another outcome, a test that is missing, one too many, another exit code."""
    before = Ran(0, {"a": ("passed",), "b": ("passed",)})
    assert differences(before, before) == {}
    assert set(differences(before, Ran(1, {"a": ("failure",), "b": ("passed",)}))) == {"a"}
    assert set(differences(before, Ran(0, {"a": ("passed",)}))) == {"b"}
    assert set(differences(before, Ran(0, {**before.outcomes, "c": ("passed",)}))) == {"c"}
    assert set(differences(before, Ran(1, before.outcomes))) == {"exit code"}
    assert differences(before, Ran(1, before.outcomes, checks_failed=True)) == {}
    assert set(differences(before, Ran(0, before.outcomes, checks_failed=True))) == {"exit code"}


def test_a_suite_is_run_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only one side has is told; what wavers is unstable."""
    folder = tmp_path / "suite"
    folder.mkdir()
    seen = tmp_path / "seen"
    (folder / "settings.py").write_text(
        'SECRET_KEY = "x"\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n'
    )
    (folder / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = settings\n")
    (folder / "test_it.py").write_text(
        dedent(f"""\
            from pathlib import Path

            def test_same(db):
                pass

            def test_other(request):
                assert not request.config.pluginmanager.hasplugin("greenroom-tests")

            def test_wavers():
                seen = Path({str(seen)!r})
                seen.touch()
                seen.write_text(seen.read_text() + ".")
                assert len(seen.read_text()) != 1
            """)
    )
    monkeypatch.setattr(sources, "unpacked", lambda package: folder)
    monkeypatch.setattr(pytest_suites, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(pytest_suites, "CACHE", tmp_path / "cache")
    source = str(Path(pytest_suites.__file__).resolve().parents[1] / "src")
    suite = Suite("it", "1", "0" * 64, arguments=("-p", "no:asyncio"), environ={"PYTHONPATH": source})
    judged = judge(suite, "plain", Path(sys.executable), {})
    assert judged.equal == 1
    assert [line.partition(":")[0] for line in judged.different] == ["test_it"]
    assert "test_other: passed without, failure with greenroom" in judged.different[0]
    assert "test_wavers: failure without, passed with greenroom" in judged.unstable[0]


def test_a_suite_has_no_configuration_but_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders above are looked in for one, too: that of this repository would turn pytest-django off."""
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "test_it.py").write_text("def test_it():\n    pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    monkeypatch.setattr(sources, "unpacked", lambda package: folder)
    monkeypatch.setattr(pytest_suites, "RUNS", tmp_path / "runs")
    ran = run(Suite("it", "1", "0" * 64), Path(sys.executable), ("-p", "no:django", "-p", "no:greenroom"))
    assert list(ran.outcomes.values()) == [("passed",)]


def test_each_way_has_one_to_compare_with() -> None:
    """No mode is left out by its name."""
    assert set(MODES) == set(pytest_suites.STOCK)
