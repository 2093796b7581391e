"""The page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from greenroom.events import Frame, Problem, Raised, TestFinished
from greenroom.reporters.html import PastRun
from tests.reporters.html.conftest import Opened
from tests.reporters.html.pages import write
from tests.reporters.html.samples import ATTACKS, HOSTILE, PYTEST, PYTEST_MESSAGE, hostile, plain_run
from tests.reporters.streams import BEGAN, finished, run_finished, run_started

pytestmark = pytest.mark.one_pair
Show = Callable[..., Opened]
NAMES = "#list .item .name"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an ordinary run."""
    path = tmp_path_factory.mktemp("report") / "report.html"

    def past(_ids: object) -> dict[str, list[PastRun]]:
        return {"shop.tests.Case1.test_1": [PastRun(BEGAN - 9 + at, "passed", 0.1) for at in range(4)]}

    write(path, plain_run(), root=Path("/p"), editor="vscode", past=past)
    return path


UNFOLDED = """
    [...document.querySelectorAll("details")].every(each => { each.open = true; return each.children.length > 1; })
"""
"""Opens what is folded, and what was folded inside of it."""


def tour(opened: Opened) -> None:
    """Look at everything: each test, each fold, each part."""
    page = opened.page
    for place in range(page.locator("#list .item").count()):
        page.locator("#list .item").nth(place).click()
        opened.until(UNFOLDED)
    page.keyboard.press("3")
    page.wait_for_selector("#run .card")
    page.keyboard.press("2")
    page.wait_for_selector("#timeline canvas")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "+", "-"):
        page.locator("#timeline canvas").press(key)
    page.keyboard.press("1")


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_output_of_tests_can_t_inject_anything(script: bool, tmp_path: Path, show: Show) -> None:
    """Names, messages, files, logs, SQL, output, notes: they are text wherever they are shown."""
    (tmp_path / "picture.png").write_bytes(b"<script>x")
    path = tmp_path / "report.html"
    assert write(path, hostile(), editor="vscode").trouble == ""
    opened = show(path, java_script_enabled=script)
    page = opened.page
    if script:
        tour(opened)
        links = page.evaluate(
            "[...document.querySelectorAll('a[href], area[href]')].map(each => each.getAttribute('href'))"
        )
        assert {link for link in links if not link.startswith(("#", "./", "vscode://file/"))} == set()
    assert opened.misdeeds == []
    assert page.title() == "The run did not begin – " + tmp_path.name
    assert page.locator("script:not([type])").count() == 2
    assert page.locator("style").count() == 1
    assert page.locator("iframe, object, embed, base, form[action], [onerror], [onload], [style*=url]").count() == 0
    pictures = page.locator("img")
    assert all(str(pictures.nth(at).get_attribute("src")).startswith("data:") for at in range(pictures.count()))


def test_hostile_text_is_shown_as_it_is(tmp_path: Path, show: Show) -> None:
    """Nothing is swallowed either."""
    path = tmp_path / "report.html"
    write(path, [run_started(), finished("test_a", 0, output=HOSTILE), run_finished(1)])
    shown = show(path, "#test=app.tests.Case.test_a").page.locator(".output").text_content() or ""
    for attack in ATTACKS:
        assert attack.replace("\ud800", "\ufffd") in shown.replace("\ud800", "\ufffd")


def test_the_page_lets_no_other_script_run(report: Path, show: Show) -> None:
    """Were there a hole after all, the browser would be told not to go through it."""
    opened = show(report)
    failed: list[str] = []
    opened.page.on("requestfailed", lambda request: failed.append(f"{request.url} {request.failure}"))
    with pytest.raises(Exception, match="TrustedHTML"):
        opened.page.evaluate("document.body.innerHTML = '<b>x</b>'")
    opened.page.evaluate(
        "const one = document.createElement('img'); one.src = 'https://example.com/'; document.body.append(one)"
    )
    opened.page.wait_for_timeout(100)
    assert [line for line in opened.misdeeds if "Content Security Policy" in line]
    assert failed == ["https://example.com/ csp"]


@pytest.mark.parametrize(
    ("where", "scheme", "width"),
    [
        ("", "light", 1280),
        ("", "dark", 390),
        ("#test=shop.tests.Case1.test_1", "dark", 1280),
        ("#test=shop.tests.Case2.test_2", "light", 390),
        ("#view=timeline", "dark", 1280),
        ("#view=run", "light", 1280),
        ("#view=run", "dark", 390),
        ("help", "dark", 1280),
    ],
)
def test_it_is_accessible(where: str, scheme: str, width: int, report: Path, show: Show) -> None:
    """Nothing is found by axe, at a desk and on a phone."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    opened = show(
        report, "" if where == "help" else where, color_scheme=scheme, viewport={"width": width, "height": 800}
    )  # fmt: skip
    opened.until(UNFOLDED)
    if where == "help":
        opened.page.keyboard.press("?")
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()


def test_it_says_what_happened_at_once(report: Path, show: Show) -> None:
    """The headline, the outcomes, and the failure that one looks for."""
    opened = show(report)
    assert opened.texts("h1") == ["1 of 60 failed"]
    assert [words.split() for words in opened.texts("#chips .chip")] == [
        ["failed", "1"], ["flaky", "1"], ["skipped", "1"], ["passed", "57"],
    ]  # fmt: skip
    assert opened.texts(NAMES)[:4] == ["test_1", "test_2", "test_3", "test_0"]
    assert opened.texts("#detail h2") == ["test_1"]
    assert opened.misdeeds == []


def test_a_failure(report: Path, show: Show) -> None:
    """What differs is marked, frames of others are folded, lines lead to the editor."""
    opened = show(report)
    page = opened.page
    assert [page.locator(f".diff .{kind}").text_content() for kind in ("gone", "come")] == [
        "- ['milk']\n",
        "+ ['silk']\n",
    ]
    assert opened.texts(".diff mark") == ["m", "s"]
    assert opened.texts(".problem .own .function") == ["test_1", "total"]
    assert opened.texts(".problem .source mark") == ["self.assertEqual(total(cart), 3)"]
    assert opened.texts(".problem .frames .fold summary") == ["2 frames in django"]
    assert page.locator(".own .place").first.get_attribute("href") == "vscode://file//p/app/tests.py:30"
    assert opened.texts(".output") == ["it printed this"]
    assert opened.texts(".log .level") == ["WARNING"]
    assert "4 earlier runs, none failed" in page.locator("#detail").inner_text()
    assert page.locator(".past .bar-of").count() == 5


def test_a_failure_under_pytest(tmp_path: Path, show: Show) -> None:
    """Its differences are indented, and its source lines stand otherwise in the text."""
    frame = Frame(f"{tmp_path}/test_x.py", 6, "test_one", locals=(("name", "'<b>it</b>'"), ("number", "3")))
    raised = Raised("AssertionError", "builtins", PYTEST_MESSAGE, (frame,))
    problem = Problem("failure", PYTEST, raised=raised)
    test = TestFinished(BEGAN, "test_x.py::test_one[it's]", 0, 0.1, "failed", problems=(problem,))
    write(tmp_path / "report.html", [run_started(), test, run_finished(1, failures=1)])
    opened = show(tmp_path / "report.html")
    page = opened.page
    assert [page.locator(f".diff .{kind}").text_content() for kind in ("gone", "come")] == [
        "  - ['b']\n",
        "  + ['a']\n",
    ]
    assert opened.texts(".diff mark") == ["b", "a"]
    assert opened.texts(".problem .source") == ['assert ["a"] == ["b"]']
    page.click("text=2 local variables")
    page.wait_for_selector(".locals")
    assert opened.texts(".locals dt") == ["name", "number"]
    assert opened.texts(".locals dd") == ["'<b>it</b>'", "3"]
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.click("text=Copy command")
    assert page.evaluate("window.copied") == r"pytest 'test_x.py::test_one[it'\''s]'"


def test_long_and_coloured_text(tmp_path: Path, show: Show) -> None:
    """Lines that would keep a careless pattern busy for ever; escapes for a terminal's colours are left out."""
    carets = "^" * 40_000 + "x"
    line = '  File "' + '", line 1, in \u2028' * 3_000
    text = f'Traceback\n  File "/p/a.py", line 1, in x\n    {carets}\n    {carets}\n{line}\n\x1b[31mred\x1b[0m'
    raised = Raised("E", "m", f"- {carets}\n? {carets}\n+ {carets}\n", (Frame("/p/a.py", 1, "x"),))
    test = finished("test_a", 0, Problem("error", text, raised=raised), output="\x1b[1;32mgreen\x1b[0m")
    write(tmp_path / "report.html", [run_started(), test, run_finished(1, errors=1)])
    opened = show(tmp_path / "report.html")
    assert opened.texts(".output") == ["green"]
    opened.until(UNFOLDED)
    assert opened.texts(".raw pre")[0].endswith("red")
    assert opened.misdeeds == []


FILTERS: list[tuple[str, set[str]]] = [
    ("outcome:failed,flaky", {"test_1", "test_2"}),
    ("outcome:skipped", {"test_3"}),
    ("slow:2", {"test_2"}),
    ("tag:slow app:shop", {"test_0", "test_10", "test_20"}),
    ("tag:slow -app:shop", {"test_30", "test_40", "test_50"}),
    ("kind:browser worker:1 app:shop -slow:0.03", {"test_8", "test_14"}),
    ("MILK", {"test_1", "test_2"}),
    ("case0.test_4", {"test_4", "test_40", "test_44", "test_48"}),
    ("nothing-like-it", set()),
]


@pytest.mark.parametrize(("words", "names"), FILTERS)
def test_filters(words: str, names: set[str], report: Path, show: Show) -> None:
    """By what is typed, and by an address."""
    opened = show(report)
    opened.page.fill("#search", words)
    opened.until("location.hash.includes('filter')")
    assert set(opened.texts(NAMES)) == names
    opened.page.reload()
    opened.page.wait_for_selector("html.ready", state="attached")
    assert set(opened.texts(NAMES)) == names
    assert opened.page.input_value("#search") == words


def test_chips_and_choices(report: Path, show: Show) -> None:
    """They write into the field, and out again."""
    opened = show(report)
    page = opened.page
    page.click(".chip:has-text('flaky')")
    assert page.input_value("#search") == "outcome:flaky"
    assert opened.texts(NAMES) == ["test_2"]
    page.click(".chip:has-text('skipped')")
    assert opened.texts(NAMES) == ["test_2", "test_3"]
    page.click(".chip:has-text('flaky')")
    page.click(".chip:has-text('skipped')")
    page.select_option("select[data-key=tag]", "slow")
    page.select_option("select[data-key=app]", "accounts")
    assert opened.texts(NAMES) == ["test_30", "test_40", "test_50"]
    page.select_option("select[data-key=tag]", "")
    page.select_option("select[data-key=app]", "")
    page.select_option("#order", "slowest")
    assert opened.texts(NAMES)[0] == "test_2"
    assert opened.texts("#shown") == ["60 tests"]
    assert opened.misdeeds == []


def test_deep_links_and_the_way_back(report: Path, show: Show) -> None:
    """An address names a test; going back goes back."""
    opened = show(report, "#test=accounts.tests.Case3.test_59&filter=app:accounts")
    page = opened.page
    assert opened.texts("#detail h2") == ["test_59"]
    assert opened.texts(".item[aria-selected=true] .name") == ["test_59"]
    page.click("nav a[data-view=run]")
    assert page.locator("#run .card").count() > 3
    assert page.evaluate("[document.documentElement, run].every(each => each.scrollWidth <= each.clientWidth)")
    page.locator(".slowest a").first.click()
    assert opened.texts("#detail h2") == ["test_2"]
    page.go_back()
    assert page.locator("#run").is_visible()
    page.evaluate("location.hash = '#test=no.such.test'")
    page.wait_for_selector("#detail .none code")
    assert opened.texts("#detail .none code") == ["no.such.test"]


def test_keys(report: Path, show: Show) -> None:
    """Up and down, search, views, help, theme; and out of each."""
    opened = show(report)
    page = opened.page
    page.keyboard.press("j")
    assert opened.texts("#detail h2") == ["test_2"]
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert opened.texts("#detail h2") == ["test_2"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "detail"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "list"
    page.keyboard.press("End")
    assert opened.texts(".item[aria-selected=true] .name") == ["test_59"]
    page.keyboard.press("/")
    page.keyboard.type("test_5")
    opened.until("location.hash.includes('filter')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "list"
    page.keyboard.press("Escape")
    assert page.input_value("#search") == ""
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("2")
    assert page.locator("#timeline canvas").is_visible()
    page.locator("#timeline canvas").press("ArrowRight")
    assert opened.texts(".tip") != [""]
    page.locator("#timeline canvas").press("Enter")
    assert page.locator("#detail h2").is_visible()
    assert opened.misdeeds == []


def test_the_theme_is_remembered(report: Path, show: Show) -> None:
    """As the system has it, light, dark, and round again."""
    opened = show(report, color_scheme="dark")
    page = opened.page

    def colours() -> list[str]:
        found = [
            page.locator(selector).evaluate("each => getComputedStyle(each).backgroundColor")
            for selector in ("html", ".finder")
        ]
        return [str(colour) for colour in found]

    dark = colours()
    page.keyboard.press("t")
    light = colours()
    assert light != dark
    page.reload()
    page.wait_for_selector("html.ready", state="attached")
    assert colours() == light
    page.keyboard.press("t")
    assert colours() == dark


def test_on_a_phone(report: Path, show: Show) -> None:
    """The list or a test, never both; nothing is wider than the screen."""
    opened = show(report, viewport={"width": 360, "height": 700}, has_touch=True)
    page = opened.page
    assert not page.locator("#detail").is_visible()
    page.locator("#list .item").first.tap()
    assert page.locator("#detail h2").is_visible()
    assert not page.locator("#list").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click(".back")
    assert page.locator("#list").is_visible()
    for key in ("2", "3"):
        page.keyboard.press(key)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_and_on_paper(report: Path, show: Show) -> None:
    """The summary and the failures are text."""
    plain = show(report, java_script_enabled=False)
    words = plain.page.locator("body").inner_text()
    assert "1 of 60 failed" in words
    assert "shop.tests.Case1.test_1" in words
    assert "return sum(prices)" in words
    assert not plain.page.locator("#list").is_visible()
    printed = show(report)
    printed.page.emulate_media(media="print")
    assert printed.page.locator(".plain pre").first.is_visible()
    assert not printed.page.locator("#list").is_visible()


def test_only_what_is_seen_is_made(tmp_path: Path, show: Show) -> None:
    """Of twenty thousand tests some dozens are elements; the last one is reached all the same."""
    path = tmp_path / "report.html"
    write(path, plain_run(20_000))
    opened = show(path)
    page = opened.page
    assert opened.texts("#shown") == ["20,000 tests"]
    assert page.locator("#list .item").count() < 60
    page.focus("#list")
    page.keyboard.press("End")
    page.wait_for_selector(".item[aria-posinset='20000']")
    assert page.locator("#list .item").count() < 60
    page.keyboard.press("2")
    assert page.locator("#timeline canvas").is_visible()
    assert opened.misdeeds == []


def test_a_run_without_tests(tmp_path: Path, show: Show) -> None:
    """There is little to see, and nothing breaks."""
    path = tmp_path / "report.html"
    write(path, [run_started(), run_finished(0, aborted="ValueError: no such label")])
    opened = show(path)
    for key in ("j", "Enter", "2", "3", "1"):
        opened.page.keyboard.press(key)
    assert "ValueError: no such label" in opened.page.locator(".below").inner_text()
    assert opened.misdeeds == []
