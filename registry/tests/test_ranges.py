import io

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import BlobUploadInvalidError, RangeInvalidError
from oci.http import ranges
from oci.http.section import Section


class RequestedTests(SimpleTestCase):
    def test_ranges(self) -> None:
        for header, expected in (
            (None, None),
            ("bytes=0-0", (0, 0)),
            ("bytes=500-1499", (500, 1499)),
            ("bytes=500-", (500, 2047)),
            ("bytes=-500", (1548, 2047)),
            ("bytes=-5000", (0, 2047)),
            ("bytes=2000-9999", (2000, 2047)),
        ):
            with self.subTest(header):
                self.assertEqual(ranges.requested(header, 2048), expected)

    def test_what_is_no_range_is_passed_over(self) -> None:
        for header in (
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "items=0-1",
            "bytes=0-1,3-4",
            "bytes=--1",
            "bytes=²-3",
        ):
            with self.subTest(header):
                self.assertIsNone(ranges.requested(header, 2048))

    def test_what_cannot_be_satisfied_says_how_long_it_is(self) -> None:
        for header, size in (
            ("bytes=2048-", 2048),
            ("bytes=5000-6000", 2048),
            ("bytes=500-0", 2048),
            ("bytes=-0", 9),
            ("bytes=-5", 0),
            ("bytes=0-", 0),
        ):
            with self.subTest(header), self.assertRaises(RangeInvalidError) as caught:
                ranges.requested(header, size)
            self.assertEqual(caught.exception.headers["Content-Range"], f"bytes */{size}")

    @given(st.text(), st.integers(0, 100))
    def test_any_header_gives_a_part_of_the_content(self, header: str, size: int) -> None:
        try:
            wanted = ranges.requested(header, size)
        except RangeInvalidError:
            return
        if wanted:
            self.assertTrue(0 <= wanted[0] <= wanted[1] < size)


class ChunkTests(SimpleTestCase):
    def test_both_forms(self) -> None:
        for header in ("0-1023", "bytes 0-1023/2048", "bytes 0-1023/*", "bytes=0-1023"):
            with self.subTest(header):
                self.assertEqual(ranges.chunk(header), (0, 1023))
        self.assertIsNone(ranges.chunk(None))

    def test_malformed(self) -> None:
        for header in ("-", "0", "0-", "-5", "5-4", "a-b", "0-1-2", "9" * 30 + "-" + "9" * 31):
            with self.subTest(header), self.assertRaises(BlobUploadInvalidError):
                ranges.chunk(header)

    def test_an_upload_without_a_byte_is_0_to_0(self) -> None:
        self.assertEqual([ranges.uploaded(offset) for offset in (0, 1, 1024)], ["0-0", "0-0", "0-1023"])


class SectionTests(SimpleTestCase):
    def test_it_is_the_part_and_no_byte_more(self) -> None:
        section = Section(io.BytesIO(b"0123456789"), 2, 5)
        self.assertEqual(section.read(3), b"234")
        self.assertEqual(section.read(100), b"56")
        self.assertEqual(section.read(100), b"")
        self.assertEqual(section.seek(0, io.SEEK_END), 5)
        section.seek(1)
        self.assertEqual(section.read(), b"3456")
