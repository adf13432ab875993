"""Texts in pieces, and without what shall not count."""

import pytest

from tf_crnn.scoring.pieces import (
    graphemes,
    unicode_words,
    without_case,
    without_diacritics,
    without_punctuation,
    words_and_signs,
)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("e\u0301a", ["\u00e9", "a"]),
        ("x\u0364y", ["x\u0364", "y"]),
        ("\U0001f468\u200d\U0001f467!", ["\U0001f468\u200d\U0001f467", "!"]),
        ("\u05e9\u05c1\u05dc", ["\u05e9\u05c1", "\u05dc"]),
    ],
)
def test_a_grapheme_is_a_character_with_all_its_marks(text: str, pieces: list[str]) -> None:
    assert graphemes(text) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("  ", []),
        ("It's 3.5 -- (really)!", ["It's", "3.5", "really"]),
        ("vn\u0304 e\u0301te\u0301", ["vn\u0304", "\u00e9t\u00e9"]),
        ("well-known", ["well", "known"]),
        ("\u5b57\u5178", ["\u5b57", "\u5178"]),
        ("\u05e9\u05dc, \u0645\u0631", ["\u05e9\u05dc", "\u0645\u0631"]),
    ],
)
def test_unicode_words_leave_out_punctuation_and_white_space(text: str, pieces: list[str]) -> None:
    assert unicode_words(text) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("Ha, ha!", ["Ha", ",", "ha", "!"]),
        ("it's 5\u20ac...", ["it", "'", "s", "5", "\u20ac", ".", ".", "."]),
        ("e\u0301t,\u0301a", ["e\u0301t", ",\u0301", "a"]),
        ("\u00a0a\tb ", ["a", "b"]),
    ],
)
def test_signs_are_words_of_their_own(text: str, pieces: list[str]) -> None:
    assert words_and_signs(text) == pieces


def test_case_goes_by_folding() -> None:
    assert without_case("Straße ΣΑΣ") == "strasse σασ"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a - b", "a b"),
        ("(»Ha«), ha! 5 + 5 = 10 €", "Ha ha 5 + 5 = 10 €"),
        ("...", ""),
        ("it's\u00a0so", "its so"),
    ],
)
def test_punctuation_goes_and_leaves_one_space(text: str, left: str) -> None:
    assert without_punctuation(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ärger, déjà vū", "Arger, deja vu"),
        ("e\u0301", "e"),
        ("\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\u0645\u064e\u0631\u062d", "\u0645\u0631\u062d"),
        ("Łø u\u0364", "Łø u\u0364"),
        ("\u0915\u0940", "\u0915\u0940"),
        ("\u304c", "\u304c"),
    ],
)
def test_diacritics_go_and_letters_above_letters_and_vowel_signs_stay(text: str, left: str) -> None:
    assert without_diacritics(text) == left
