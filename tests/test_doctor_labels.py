"""Marks of single labels: what triggers each, and what only looks like it."""

import unicodedata

import pytest

from tf_crnn.doctor.labels import MARKS, Label, find_marks

BY_KEY = {mark.key: (place, mark) for place, mark in enumerate(MARKS)}


def found(text: str, field: str = "") -> set[str]:
    bits = find_marks(Label(text, field or f"|{'|'.join(text)}|", "|"))
    return {key for key, (place, _) in BY_KEY.items() if bits >> place & 1}


TRIGGERS = [
    ("edge_spaces", " a bone", "a bone"),
    ("edge_spaces", "a bone\u00a0", "a\u00a0bone"),
    ("double_spaces", "a  bone", "a b one"),
    ("double_spaces", "a \u2009bone", "a\u2009bone"),
    ("only_spaces", "  ", "."),
    ("control_characters", "a\tbone", "a bone"),
    ("control_characters", "a\x07bone", "a bone"),
    ("control_characters", "a\u2028bone", "a bone"),
    ("unseen_characters", "a\u200bbone", "a bone"),
    ("unseen_characters", "\ufeffa bone", "a bone"),
    ("unseen_characters", "a\u200cbone", "می\u200cخواهم"),
    ("unseen_characters", "a\u200fbone", "שלום\u200f!"),
    ("soft_hyphens", "Bahn\u00adhof", "Bahn-hof"),
    ("private_use", "a\ue5d1", "a\u0364"),
    ("not_composed", "caf" + "e\u0301", "caf\u00e9"),
    ("not_composed", "\u212bngstrom", "\u00c5ngstrom"),
    ("not_composed", "a\u0323\u0301" + "e\u0301", "u\u0364ber"),  # the last has no composed form
    ("mixed_scripts", "p\u0430per", "paper"),
    ("mixed_scripts", "\u0391lpha", "\u0394t and \u03bcm"),
    (
        "mixed_scripts",
        "\u043c\u043e\u0441\u043a\u0432a",
        "\u043c\u043e\u0441\u043a\u0432\u0430 moskva",
    ),
    ("digits_in_words", "l0ng", "No 10 B1 1er"),
    ("digits_in_words", "18l2", "1812 l2"),
    ("final_long_s", "Hauſ und", "iſt, u. ſ. w. und (ſ. oben) den Wiſ"),
    ("wrong_encoding", "fÃ¼r", "Ã in SÃO"),
    ("wrong_encoding", "itâ€™s", "it’s"),
    ("wrong_encoding", "a\ufffdb", "a?b"),
    ("entities", "Smith &amp; Co", "Smith & Co; A&P"),
]


@pytest.mark.parametrize(("key", "text", "near_miss"), TRIGGERS)
def test_a_mark_is_set_by_its_fault_and_not_by_what_only_looks_like_it(
    key: str, text: str, near_miss: str
) -> None:
    assert key in found(text)
    assert key not in found(near_miss)


def test_an_ordinary_line_bears_no_mark() -> None:
    assert found("Ce matin, j’ai vu 3 oiseaux – œufs à 2 €.") == set()
    assert found("für Straße, ſehr alte Häuſer⸗") == set()


def test_bars_in_an_unmarked_label_are_found_and_those_of_a_marked_one_are_not() -> None:
    assert "bars_in_text" in found("a|b", field="a|b")
    assert "bars_in_text" not in found("a|b", field="|a|||b|")
    assert "bars_in_text" not in found("ab", field="ab")


def test_what_was_found_is_named_with_code_point_and_place() -> None:
    label = Label("p\u0430per b\u200b", "", "|")

    says = {key: mark.find(label) for key, (_, mark) in BY_KEY.items()}

    assert says["mixed_scripts"] == ("\u0430 (U+0430 cyrillic small letter a) in p\u0430per")
    assert says["unseen_characters"] == "(U+200B zero width space) at 8"


def test_the_decomposed_letter_is_named_in_both_forms() -> None:
    label = Label(unicodedata.normalize("NFD", "é"), "", "|")

    assert BY_KEY["not_composed"][1].find(label) == "é is written U+0065 U+0301, not U+00E9"
