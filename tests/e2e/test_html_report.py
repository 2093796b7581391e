"""`--report html`, through the front doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenroom.testing import Project
from tests.reporters.html.pages import read

TESTS = """
    import logging
    from pathlib import Path

    import greenroom
    from django.test import SimpleTestCase, TestCase, tag
    from shop.models import Item

    class OrderTests(TestCase):
        @tag("slow")
        def test_total(self):
            "The total of an order."
            Item.objects.create(name="tea")
            logging.getLogger("shop").warning("careful with %s", "tea")
            greenroom.attach("answer.txt", "<script>alert(1)</script>")
            self.assertEqual(["tea"], ["<b>milk</b>"])

        def test_passes(self):
            pass

        def test_subtests(self):
            for number in range(3):
                with self.subTest(number=number):
                    self.assertEqual(number, 1)

    class BrokenTests(TestCase):
        @classmethod
        def setUpTestData(cls):
            raise LookupError("no data")

        def test_never(self):
            pass

    class FlakyTests(SimpleTestCase):
        def test_second_time(self):
            seen = Path(__file__).with_name("seen")
            if not seen.exists():
                seen.touch()
                self.fail("the first time")
    """


@pytest.mark.parametrize("options", [(), ("--parallel", "2")], ids=["serial", "parallel"])
def test_the_page_of_a_run_and_of_its_recording(options: tuple[str, ...], tmp_path: Path) -> None:
    """Both are one page, byte for byte, and each test of the run stands in it as it ended."""
    project = Project(tmp_path, files={"shop/tests.py": TESTS})
    ran = project.manage_test(*options, "--retries", "1", "--report", "html:reports/live.html")
    assert ran.returncode == 1, ran.stderr
    page = read(project.root / "reports/live.html")
    rows = page.rows
    verdicts = {test.removeprefix("shop.tests."): row["verdict"] for test, row in rows.items()}
    assert verdicts == {
        "OrderTests.test_total": "failed",
        "OrderTests.test_passes": "passed",
        "OrderTests.test_subtests": "failed",
        "BrokenTests.test_never": "not_run",
        "setUpClass (shop.tests.BrokenTests)": "error",
        "FlakyTests.test_second_time": "flaky",
    }
    total = rows["shop.tests.OrderTests.test_total"]
    assert page.data["tests"]["tags"][total["tags"]] == ["slow"]
    assert page.data["tests"]["kinds"][total["kind"]] == "database"
    assert page.data["tests"]["files"][total["file"]] == "shop/tests.py"
    assert TESTS.splitlines()[total["line"] - 1].strip().startswith("def test_total")
    shown = total["shown"]
    assert shown["doc"] == "The total of an order."
    assert shown["attachments"][0]["href"].startswith("./../.greenroom/attachments/")
    assert (project.root / "reports" / shown["attachments"][0]["href"]).exists()
    assert "<b>milk" not in page.text

    (recording,) = (path for path in tmp_path.glob("runs/*/events.jsonl"))
    again = project.greenroom("replay", "--report", "html:reports/again.html", str(recording))
    assert again.returncode == 1, again.stderr
    assert (project.root / "reports/again.html").read_bytes() == (project.root / "reports/live.html").read_bytes()


def test_it_lies_in_greenroom_s_folder_where_no_path_is_given(tmp_path: Path) -> None:
    """A run that ends before its first test has a page as well."""
    project = Project(tmp_path, files={"shop/tests.py": TESTS})
    ran = project.manage_test("shop.nothing", "--report", "html")
    assert ran.returncode != 0
    assert "The run did not begin" in (project.root / ".greenroom/report.html").read_text(encoding="utf-8")


def test_a_path_that_can_t_be_written_ends_the_run_before_it_begins(tmp_path: Path) -> None:
    """In one line, without a traceback."""
    project = Project(tmp_path, files={"shop/tests.py": TESTS})
    ran = project.manage_test("--report", "html:manage.py/report.html")
    assert ran.returncode == 3
    assert "can't be written" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Ran " not in ran.stderr


def test_who_does_not_ask_for_it_does_not_pay(tmp_path: Path) -> None:
    """No module of it is imported, whatever other report there is."""
    source = """
        import sys
        from django.test import SimpleTestCase

        class ImportTests(SimpleTestCase):
            def test_modules(self):
                self.assertNotIn("greenroom.reporters.html", sys.modules)
        """
    project = Project(tmp_path, files={"shop/tests.py": source})
    for options in ((), ("--report", "junit")):
        ran = project.manage_test(*options)
        assert ran.returncode == 0, ran.stderr
    asked = project.manage_test("--report", "html")
    assert asked.returncode == 1
