from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from oci import grammar


class GrammarTests(SimpleTestCase):
    def test_names(self) -> None:
        for name in ("a", "acme/shop", "a.b_c__d-e---f/g", "0/1", "library/ubuntu"):
            with self.subTest(name):
                self.assertTrue(grammar.is_name(name))
        for name in (
            "",
            "A",
            "a/",
            "/a",
            "a//b",
            "..",
            "a/../b",
            "a..b",
            "a._b",
            "a___b",
            "-a",
            "a\n",
            "é",
            "a b",
            "a\0",
        ):
            with self.subTest(name):
                self.assertFalse(grammar.is_name(name))
        self.assertFalse(grammar.is_name("a" * 201))

    def test_tags(self) -> None:
        for tag in ("latest", "1.0", "_", "A-b.c_d", "a" * 128):
            with self.subTest(tag):
                self.assertTrue(grammar.is_tag(tag))
        for tag in ("", ".a", "-a", "a" * 129, "a/b", "a:b", "a\n", "á", ".."):
            with self.subTest(tag):
                self.assertFalse(grammar.is_tag(tag))

    def test_digests(self) -> None:
        good = "sha256:" + "a" * 64
        self.assertEqual(str(grammar.parse_digest(good)), good)
        self.assertIsNotNone(grammar.parse_digest("sha512:" + "0" * 128))
        for text in (
            "",
            "sha256:",
            good[:-1],
            good + "a",
            good + "\n",
            good.upper(),
            "md5:" + "a" * 32,
            "sha256:../../" + "a" * 58,
        ):
            with self.subTest(text):
                self.assertIsNone(grammar.parse_digest(text))

    def test_a_digest_of_an_unknown_algorithm_is_well_formed(self) -> None:
        self.assertTrue(grammar.is_digest("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"))
        for text in ("", "a", "a:", ":a", "A:b", "a:b:c", "a:b/c", "a+:b", "a:" + "b" * 200):
            with self.subTest(text):
                self.assertFalse(grammar.is_digest(text))

    @given(st.text())
    def test_what_the_grammar_allows_is_a_relative_path_inside(self, text: str) -> None:
        if grammar.is_name(text):
            self.assertNotIn("..", text)
            self.assertFalse(text.startswith("/"))
            self.assertTrue(text.isascii())

    @given(st.binary())
    def test_a_digest_of_bytes_can_be_parsed(self, content: bytes) -> None:
        for algorithm in grammar.ALGORITHMS:
            digest = grammar.digest_of(algorithm, content)
            self.assertEqual(grammar.parse_digest(str(digest)), digest)
