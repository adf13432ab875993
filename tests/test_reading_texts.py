"""Codes and strings of a network as texts for people."""

from tf_crnn.alphabet import Alphabet
from tf_crnn.decoding.reading_texts import ReadingTexts
from tf_crnn.text_rules import TextRules

UNITS = ["א", "ב", "של", "ל", " ", "1", "2", "\n", "e", "\u0301"]


def texts(**rules: str) -> ReadingTexts:
    return ReadingTexts(Alphabet.from_units(UNITS), TextRules(**rules))


def as_image(*units: str) -> tuple[list[int], bytes]:
    return [UNITS.index(unit) + 1 for unit in units], "".join(units).encode()


def test_without_reordering_texts_are_those_of_the_graph() -> None:
    codes, string = as_image("ב", "א", "e", "\u0301")

    assert texts().texts(codes, [string, b"x"]) == ["באe\u0301", "x"]
    assert texts().units(codes) == ["ב", "א", "e", "\u0301"]


def test_texts_are_brought_to_the_unicode_form() -> None:
    codes, string = as_image("e", "\u0301")

    assert texts(unicode_form="NFC").texts(codes, [string, string]) == ["é", "é"]


def test_all_readings_are_brought_to_reading_order_with_units_whole() -> None:
    codes, best = as_image("1", "2", " ", "של", "ב", "א")
    _, other = as_image("ל", " ", "של", "א")
    reader = texts(bidi_reordering="rtl")

    assert reader.units(codes) == ["א", "ב", "של", " ", "1", "2"]
    assert reader.texts(codes, [best, other]) == ["אבשל 12", "אשל ל"]


def test_a_line_read_as_empty_is_empty() -> None:
    assert texts(bidi_reordering="auto").texts([], [b"", b""]) == ["", ""]
    assert texts(bidi_reordering="auto").units([]) == []
