"""How attachments are shown."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from greenroom.events import Attachment
from greenroom.reporters.html.files import Files


def test_pictures_are_part_of_the_page_up_to_a_bound(tmp_path: Path) -> None:
    """Each up to a size, and all of them together; what is too much is a link."""
    (tmp_path / "a.png").write_bytes(b"12345")
    files = Files(tmp_path, tmp_path, one=6, all_=12)
    picture = Attachment("a.png", "a.png", "image/png", 5)
    data = f"data:image/png;base64,{base64.b64encode(b'12345').decode()}"
    assert [files.shown(picture).get("data") for _ in range(3)] == [data, data, None]
    (tmp_path / "b.png").write_bytes(b"1234567")
    big = Files(tmp_path, tmp_path, one=6, all_=100)
    assert "data" not in big.shown(Attachment("b.png", "b.png", "image/png", 7))
    # It grew since it was kept.
    assert "data" not in big.shown(Attachment("b.png", "b.png", "image/png", 5))


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", "application/zip", "image/png;x"])
def test_documents_are_links(media_type: str, tmp_path: Path) -> None:
    """Even those that a browser would draw."""
    (tmp_path / "a").write_bytes(b"12345")
    assert "data" not in Files(tmp_path, tmp_path).shown(Attachment("a", "a", media_type, 5))


@pytest.mark.parametrize(
    ("file", "href"),
    [
        ("kept/a b.txt", "./../kept/a%20b.txt"),
        ("../javascript:alert(1)", "./../../javascript%3Aalert%281%29"),
        ('reports/"><b>.txt', "./%22%3E%3Cb%3E.txt"),
        ("kept/what?#.txt", "./../kept/what%3F%23.txt"),
    ],
)
def test_links_are_relative_to_the_report(file: str, href: str, tmp_path: Path) -> None:
    """And no name of a file is taken for anything else."""
    shown = Files(tmp_path, tmp_path / "reports").shown(Attachment("a", file, "text/plain", 1))
    assert shown["href"] == href


def test_a_file_that_is_gone_is_a_link(tmp_path: Path) -> None:
    """A recording may be read long after."""
    shown = Files(tmp_path, tmp_path).shown(Attachment("a.png", "gone.png", "image/png", 5))
    assert shown == {"name": "a.png", "type": "image/png", "size": 5, "href": "./gone.png"}
