"""Codes and strings of a network as texts for people."""

import numpy as np

from tf_crnn.alphabet import Alphabet
from tf_crnn.decoding.reading_texts import ReadingTexts
from tf_crnn.line_codes import LineCodes
from tf_crnn.text_rules import TextRules

UNITS = ["א", "ב", "של", "ל", " ", "1", "2", "\n", "e", "\u0301"]


def texts(**rules: str) -> ReadingTexts:
    return ReadingTexts(LineCodes(Alphabet.from_units(UNITS)), TextRules(**rules))


def as_image(*units: str) -> list[int]:
    return [UNITS.index(unit) + 1 for unit in units]


def test_without_reordering_texts_stand_as_in_the_image() -> None:
    codes = as_image("ב", "א", "e", "\u0301")

    assert texts().text(codes) == "באe\u0301"
    assert texts().units(codes) == ["ב", "א", "e", "\u0301"]


def test_texts_are_brought_to_the_unicode_form() -> None:
    codes = as_image("e", "\u0301")

    assert texts(unicode_form="NFC").text(codes) == "é"


def test_readings_are_brought_to_reading_order_with_units_whole() -> None:
    codes = as_image("1", "2", " ", "של", "ב", "א")
    reader = texts(bidi_reordering="rtl")

    assert reader.units(codes) == ["א", "ב", "של", " ", "1", "2"]
    assert reader.text(codes) == "אבשל 12"
    assert reader.text(as_image("ל", " ", "של", "א")) == "אשל ל"


def test_a_line_read_as_empty_is_empty() -> None:
    assert texts(bidi_reordering="auto").text([]) == ""
    assert texts(bidi_reordering="auto").units([]) == []


def test_spaces_that_a_padded_network_writes_around_a_line_are_no_part_of_it() -> None:
    reader = ReadingTexts(LineCodes(Alphabet.from_units(UNITS), padded=True), TextRules())
    codes = as_image(" ", "1", " ", "2", " ")
    probs = np.full((12, len(UNITS) + 1), 0.01)
    probs[[1, 3, 5, 8, 10], codes] = 0.9
    probs[[0, 2, 4, 6, 7, 9, 11], 0] = 0.9

    places = reader.places(probs, codes, width_px=120)
    looks = reader.looks(np.eye(6, 12, dtype=np.float32), np.zeros(6, np.float32), codes)

    assert reader.units(codes) == ["1", " ", "2"]
    assert reader.text(codes) == "1 2"
    middles_px = [35, 55, 85]
    assert len(places) == 3
    assert all(
        place.start_px < middle < place.end_px
        for place, middle in zip(places, middles_px, strict=True)
    )
    assert [look.unit for look in looks] == ["1", " ", "2", ""]
    assert [int(look.weights.argmax()) for look in looks] == [1, 2, 3, 5]
