"""Patterns of names."""

import unittest

from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from oci import patterns


class PatternTests(unittest.TestCase):
    def test_one_star_stays_within_a_part(self) -> None:
        self.assertTrue(patterns.matches("team/*", "team/app"))
        self.assertFalse(patterns.matches("team/*", "team/app/debug"))
        self.assertFalse(patterns.matches("team/*", "team"))

    def test_two_stars_cross_slashes(self) -> None:
        self.assertTrue(patterns.matches("team/**", "team/app/debug"))
        self.assertTrue(patterns.matches("**", "team/app/debug"))
        self.assertFalse(patterns.matches("team/**", "teams/app"))

    def test_a_question_mark_is_one_character_and_no_slash(self) -> None:
        self.assertTrue(patterns.matches("v?", "v1"))
        self.assertFalse(patterns.matches("v?", "v/"))
        self.assertFalse(patterns.matches("v?", "v12"))

    def test_other_characters_stand_for_themselves(self) -> None:
        self.assertFalse(patterns.matches("a.b", "axb"))

    def test_several_are_separated_by_white_space(self) -> None:
        self.assertTrue(patterns.matches_any("latest v*", "v1"))
        self.assertFalse(patterns.matches_any("", "v1"))

    def test_what_can_match_no_name_is_refused(self) -> None:
        for text in ("", "a b", "a\n", "[a-z]", "a/**/**/**/**"):
            with self.subTest(text), self.assertRaises(ValidationError):
                patterns.validate(text)

    @given(st.text(st.sampled_from("ab/.-_"), max_size=20))
    def test_a_pattern_without_wildcards_matches_itself_alone(self, text: str) -> None:
        self.assertTrue(patterns.matches(text, text))
        self.assertFalse(patterns.matches(text, text + "a"))

    @given(st.text(st.sampled_from("ab*?/"), max_size=8), st.text(st.sampled_from("ab/"), max_size=8))
    def test_more_stars_match_no_less(self, pattern: str, text: str) -> None:
        if patterns.matches(pattern, text):
            self.assertTrue(patterns.matches(pattern.replace("*", "**").replace("****", "**"), text))
