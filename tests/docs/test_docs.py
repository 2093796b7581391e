"""The documentation does what it says: its options and keys exist, its examples run.

An HTML comment above a code block makes it part of the page's story, which is carried out from top to bottom:

    <!-- write: PATH -->     the block becomes this file
    <!-- append: PATH -->    the block is added to this file
    <!-- run -->             each line is a command; it must end well
    <!-- run: exit 4 -->     ... with this exit code
    <!-- output -->          what the commands before have printed, times, carets and the order of dots apart
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import typing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

import greenroom
from greenroom.config import Config

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = (ROOT / "docs/reference/options.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")

BLOCK = re.compile(r"((?:^<!-- [^\n]+ -->\n)+)^```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!-- (\w+)(?:: (.+))? -->")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
TABLE_ROW = re.compile(r"^\| (`.+?) \|", re.MULTILINE)

PARSER = """
import json
from django.conf import settings
settings.configure(TEST_RUNNER="greenroom.TestRunner")
from django.core.management.commands.test import Command
parser = Command().create_parser("manage.py", "test")
print(json.dumps([action.option_strings or [action.metavar] for action in parser._actions]))
"""


@dataclass
class Block:
    """A marked code block."""

    marks: dict[str, str]
    text: str


@dataclass
class Story:
    """Carries out the blocks of a page in a folder."""

    folder: Path
    printed: str = ""
    told: list[str] = field(default_factory=list)
    """What was done, for the message of a failure."""

    def carry_out(self, block: Block) -> None:
        """Do what the marks of a block say."""
        marks, text = block.marks, block.text
        if "write" in marks or "append" in marks:
            self._write(marks.get("write") or marks["append"], text, mode="w" if "write" in marks else "a")
        elif "run" in marks:
            self._run(text, expected=int(marks["run"].removeprefix("exit ") or 0))
        elif "output" in marks:
            assert masked(self.printed, self.folder) == masked(text, Path("/path/to/project")), "\n".join(self.told)
        else:
            pytest.fail(f"no such mark: {marks}")

    def _write(self, name: str, text: str, *, mode: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode == "a" and path.suffix == ".py":
            text = f"\n\n{text}"  # as it is written below a class; a block on a page does not begin with blank lines
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)

    def _environment(self) -> dict[str, str]:
        # A newcomer's cache is empty, and this machine's is not for tests to write to.
        return {**environment(), "GREENROOM_CACHE": f"{self.folder}-cache"}

    def _run(self, text: str, *, expected: int) -> None:
        self.printed = ""
        for line in text.splitlines():
            command = shlex.split(line, comments=True)
            if not command:
                continue
            programs = {"python": [sys.executable], "greenroom": [sys.executable, "-m", "greenroom"]}
            done = subprocess.run(
                [*programs[command[0]], *command[1:]],
                cwd=self.folder, env=self._environment(), text=True, encoding="utf-8", check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
            )  # fmt: skip
            self.printed += done.stdout
            self.told.append(f"$ {line}\n{done.stdout}")
            assert done.returncode == expected, "\n".join(self.told)


def environment() -> dict[str, str]:
    """The variables of a newcomer's shell, and where greenroom is."""
    foreign = ("GREENROOM_", "DJANGO_", "PYTEST_", "COVERAGE_")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    source = str(Path(greenroom.__file__).resolve().parents[1])
    paths = [source, *filter(None, [variables.get("PYTHONPATH")])]
    return {
        **variables,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # A plugin of this project's own environment, which speaks up in every run.
        "PYTEST_ADDOPTS": "-p no:asyncio",
    }


def masked(text: str, root: Path) -> list[str]:
    """The lines of an output, less what differs between two runs and between versions of Python."""
    text = text.replace(str(root.resolve()), "ROOT").replace(str(root), "ROOT")
    lines = [re.sub(r"\b\d+\.\d+ ?s\b", "N s", line.rstrip()) for line in text.strip().splitlines()]
    lines = ["".join(sorted(line)) if re.fullmatch(r"[.FEsxu]+", line) else line for line in lines]
    return [line for line in lines if not re.fullmatch(r"\s*[~^]+", line)]


def blocks_of(page: str) -> list[Block]:
    """The marked blocks of a page, in order."""
    found = []
    for comments, text in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        marks = {name: value or "" for name, value in COMMENT.findall(comments)}
        assert len(marks) == comments.count("<!--"), f"{page}: a mark that is none in {comments}"
        found.append(Block(marks, text))
    return found


def first_project() -> list[Block]:
    """The blocks of "Get started" up to its line in the settings: the project that guides go on from."""
    blocks = blocks_of("docs/get-started.md")
    last = next(number for number, block in enumerate(blocks) if "append" in block.marks)
    return blocks[: last + 1]


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/get-started.md",
        "docs/guides/reusable-apps.md",
        "docs/guides/database-servers.md",
        "docs/guides/pytest.md",
        "docs/guides/test-cases.md",
        "docs/guides/browsers.md",
    ],
)
def test_a_page_can_be_followed_word_for_word(page: str, tmp_path: Path) -> None:
    """In an empty folder, from top to bottom: each file, each command, each output."""
    story = Story(tmp_path)
    blocks = blocks_of(page)
    assert any("run" in block.marks for block in blocks)
    for block in blocks:
        story.carry_out(block)


def test_the_runners_of_the_guide_work(tmp_path: Path) -> None:
    """Each in the project of "Get started"."""
    story = Story(tmp_path)
    for block in [*first_project(), *blocks_of("docs/guides/custom-runners.md")]:
        story.carry_out(block)
    assert len(list((tmp_path / "reports").glob("*.xml"))) == 2


def test_the_live_server_of_the_guide_works(tmp_path: Path) -> None:
    """In the project of "Get started"."""
    story = Story(tmp_path)
    for block in [*first_project(), *blocks_of("docs/guides/live-servers.md")]:
        story.carry_out(block)


def test_the_doctests_of_the_guide_run(tmp_path: Path) -> None:
    """In the project of "Get started"."""
    story = Story(tmp_path)
    for block in [*first_project(), *blocks_of("docs/guides/doctests.md")]:
        story.carry_out(block)


def test_the_plugins_of_the_guide_work(tmp_path: Path) -> None:
    """In the project of "Get started"."""
    story = Story(tmp_path)
    for block in [*first_project(), *blocks_of("docs/guides/plugins.md")]:
        story.carry_out(block)


def test_the_tutorial_is_about_ten_lines() -> None:
    """Less what imports and what is empty."""
    block = blocks_of("docs/guides/plugins.md")[0]
    lines = [line for line in block.text.splitlines() if line and not line.startswith(("from", "import"))]
    assert len(lines) <= 12


def test_each_reporter_is_documented() -> None:
    """Row for row."""
    from greenroom.reporters.builtin import greenroom_reporters

    text = (ROOT / "docs/guides/reporters.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(greenroom_reporters())


def test_the_html_report_of_the_guide_is_made(tmp_path: Path) -> None:
    """In the project of "Get started", by each way that the page tells of."""
    story = Story(tmp_path)
    for block in [*first_project(), *blocks_of("docs/guides/html-report.md")]:
        story.carry_out(block)
    pages = [tmp_path / name for name in (".greenroom/report.html", "reports/run.html", "reports/with-history.html")]
    known = ["null</script>" in page.read_text(encoding="utf-8") for page in pages]
    # Each has the history of the runs before it, be it empty.
    assert known == [False, False, False]


def test_each_option_is_documented_and_each_documented_one_exists() -> None:
    """Row for row, with all spellings of an option."""
    tables = OPTIONS.partition("## The `greenroom` command")[0]
    documented = sorted(sorted(re.findall(r"`([^`]+)`", row)) for row in TABLE_ROW.findall(tables))
    done = subprocess.run(
        [sys.executable, "-c", PARSER], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert documented == sorted(sorted(names) for names in json.loads(done.stdout))


def test_each_key_is_documented_and_each_documented_one_exists() -> None:
    """With its variable, its choices and its default."""
    table = CONFIGURATION.partition("## Keys")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines() if row.startswith("| `")]
    documented = {row[0].strip("`"): row[1:4] for row in rows}
    expected = {}
    for one in msgspec.structs.fields(Config):
        choices = typing.get_args(one.type) if typing.get_origin(one.type) is typing.Literal else ()
        default = "none" if one.default is None else f"`{json.dumps(one.default).strip(chr(34))}`"
        key = one.name.replace("_", "-")
        kind = ", ".join(f"`{choice}`" for choice in choices) or documented.get(key, ["", ""])[1]
        expected[key] = [f"`GREENROOM_{one.name.upper()}`", kind, default]
    assert documented == expected


def test_the_keys_that_are_options_are_named() -> None:
    """The configuration page says which keys the command line has too; so does the options page."""
    sentence = re.search(r"^((?:`[\w-]+`(?:,| and)?\s)+)are options of the command line", CONFIGURATION, re.MULTILINE)
    assert sentence is not None
    # A list in the file, and one at a time on the command line.
    named = {{"plugins": "plugin"}.get(name, name) for name in re.findall(r"`([\w-]+)`", sentence[1])}
    table = OPTIONS.partition("## greenroom's options")[2].partition("\n## ")[0]
    assert named == set(re.findall(r"^\| `--([\w-]+)`(?:, `[\w-]+`)* \|", table, re.MULTILINE))


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    """Each relative link names a file that is there."""
    path = ROOT / page
    targets = LINK.findall(re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert [target for target in targets if not (path.parent / target).exists()] == []
