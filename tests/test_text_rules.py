"""Text rules: what is done to labels, and what counts as a unit."""

import random
import unicodedata
from typing import Any

import pytest

from tf_crnn import reading_order
from tf_crnn.errors import ConfigError
from tf_crnn.text import split_units
from tf_crnn.text_rules import CHOICES, TextRules

E_ACUTE, E_AND_ACUTE = "\u00e9", "e\u0301"


def test_without_rules_text_stays_as_it_is() -> None:
    rng = random.Random(0)

    for _ in range(200):
        text = "".join(chr(rng.randrange(0x20, 0x3000)) for _ in range(10))
        assert TextRules().clean(text) == text
        assert TextRules().units(f"x{text}") == list(f"x{text}")
        assert TextRules().visual(list(text)) == TextRules().logical(list(text)) == list(text)


@pytest.mark.parametrize(
    ("form", "text", "cleaned"),
    [
        ("NFC", E_AND_ACUTE, E_ACUTE),
        ("NFD", E_ACUTE, E_AND_ACUTE),
        ("NFC", "ﬁ", "ﬁ"),
        ("NFKC", "ﬁ Ⅳ ½", "fi IV 1⁄2"),
        ("NFKD", "ﬁ" + E_ACUTE, "fi" + E_AND_ACUTE),
    ],
)
def test_text_is_brought_to_the_unicode_form(form: str, text: str, cleaned: str) -> None:
    assert TextRules(unicode_form=form).clean(text) == cleaned


@pytest.mark.parametrize(
    ("case", "cleaned"),
    [("lower", "straße i\u0307"), ("upper", "STRASSE İ"), ("fold", "strasse i\u0307")],
)
def test_letters_are_brought_to_one_case(case: str, cleaned: str) -> None:
    assert TextRules(letter_case=case).clean("Straße İ") == cleaned


def test_white_space_of_any_kind_is_folded_and_trimmed() -> None:
    rules = TextRules(white_space="fold")

    assert rules.clean("\u00a0 a\u2009\u202f b\tc \u3000") == "a b c"
    assert rules.clean("a\u200bb") == "a\u200bb"
    assert rules.clean(" \u2003") == ""


def test_the_longest_replacement_that_fits_is_taken_and_what_is_put_in_stays() -> None:
    rules = TextRules(text_replacements=(("ſ", "s"), ("ſſ", "ß"), ("a", "ſ"), ("§", "")))

    assert rules.clean("ſſſ a § b") == "ßs ſ  b"


def test_replacements_hold_signs_of_regular_expressions() -> None:
    assert TextRules(text_replacements=((".", "·"), ("[-]", "\\1"))).clean("a. [-]") == "a· \\1"


def test_what_is_replaced_is_taken_in_the_unicode_form() -> None:
    rules = TextRules(unicode_form="NFC", text_replacements=((E_AND_ACUTE, "e"),))

    assert rules.clean(f"caf{E_ACUTE}") == rules.clean(f"caf{E_AND_ACUTE}") == "cafe"


def test_what_is_put_in_is_brought_to_the_unicode_form() -> None:
    rules = TextRules(unicode_form="NFC", text_replacements=(("ɇ", "e"), ("'", "\u0301")))

    assert rules.clean("caf" + "e'") == f"caf{E_ACUTE}"


def test_replacements_come_before_the_case_and_that_before_white_space() -> None:
    rules = TextRules(letter_case="lower", white_space="fold", text_replacements=(("A", " B "),))

    assert rules.clean("Aa A") == "b a b"


def test_replacements_are_given_as_pairs_or_as_a_table() -> None:
    lists: Any = [["ſ", "s"], ["ꝛ", "r"]]
    table: Any = {"ſ": "s", "ꝛ": "r"}

    assert TextRules(text_replacements=lists) == TextRules(text_replacements=table)
    assert TextRules(text_replacements=table).text_replacements == (("ſ", "s"), ("ꝛ", "r"))


def all_combinations() -> list[TextRules]:
    return [
        TextRules(unicode_form=form, letter_case=case, white_space=space)
        for form in CHOICES["unicode_form"]
        for case in CHOICES["letter_case"]
        for space in CHOICES["white_space"]
    ]


def awkward_characters() -> list[str]:
    """Characters that some step changes, and every mark."""
    found = []
    for code in (*range(0xD800), *range(0xE000, 0x1F200)):
        character = chr(code)
        others = (character.lower(), character.upper(), character.casefold())
        others += (unicodedata.normalize("NFKD", character),)
        if {character} != {*others} or unicodedata.combining(character) or character.isspace():
            found.append(character)
    return found


def test_cleaning_again_changes_nothing_and_the_result_is_in_the_unicode_form() -> None:
    rng = random.Random(1)
    pool = awkward_characters()
    texts = ["".join(rng.choices(pool, k=rng.randrange(6))) for _ in range(1000)]

    for rules in all_combinations():
        for text in texts:
            cleaned = rules.clean(text)
            assert rules.clean(cleaned) == cleaned
            if rules.unicode_form != "none":
                assert unicodedata.is_normalized(rules.unicode_form, cleaned)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text_units", "label", "units"),
    [
        ("marked", "|e\u0301|con|", ["e\u0301", "con"]),
        ("marked", "e\u0301con", ["e", "\u0301", "c", "o", "n"]),
        ("code_points", "|e\u0301|con|", ["e", "\u0301", "c", "o", "n"]),
        ("graphemes", "|e|\u0301|con|", ["e\u0301", "c", "o", "n"]),
        ("graphemes", "नमस्ते🇨🇭", ["न", "म", "स्ते", "🇨🇭"]),
        ("graphemes", "|a|||", ["a", "|"]),
    ],
)
def test_units_are_what_is_marked_code_points_or_what_is_seen_as_one_character(
    text_units: str, label: str, units: list[str]
) -> None:
    assert TextRules(text_units=text_units).units(label) == units


def test_rules_act_on_each_marked_unit_and_drop_those_that_become_empty() -> None:
    rules = TextRules(unicode_form="NFC", letter_case="lower", text_replacements=(("¬", ""),))

    assert rules.units("|CON|e\u0301|¬|X|") == ["con", E_ACUTE, "x"]
    assert rules.units(["CON", "¬"]) == ["con"]


def test_white_space_is_folded_across_marked_units() -> None:
    rules = TextRules(white_space="fold")

    assert rules.units("| |a|\u00a0| |\t|b|c d|\u2009|") == ["a", " ", "b", "c d"]
    assert rules.units("| | |") == []


def test_splitting_anew_joins_marked_units_first() -> None:
    rules = TextRules(unicode_form="NFC", text_units="code_points", white_space="fold")

    assert rules.units("| |e|\u0301| | |x|") == [E_ACUTE, " ", "x"]


def test_units_of_a_label_are_units_again_by_the_same_rules() -> None:
    rng = random.Random(2)
    pool = [*"aB \u00a0|e\u0301ſß", "con", " x", E_ACUTE]

    for rules in all_combinations():
        for _ in range(50):
            units = rules.units(rng.choices(pool, k=rng.randrange(1, 8)))
            assert rules.units(units) == units


def test_the_unit_delimiter_can_be_another_one() -> None:
    rules = TextRules(letter_case="upper")

    assert rules.units("/a/b|/", "/") == ["A", "B|"]
    with pytest.raises(ValueError, match="empty unit at position 2"):
        rules.units("/a//b/", "/")


def test_without_rules_units_are_those_of_the_label() -> None:
    for label in ("|a|con| |", "plain | text", "|||", ""):
        assert TextRules().units(label) == split_units(label)


def test_units_are_put_in_the_order_of_the_image_and_back() -> None:
    rules = TextRules(bidi_reordering="rtl")
    units = rules.units("|א|של|(|1|2|)|")

    assert rules.visual(units) == ["(", "1", "2", ")", "של", "א"]
    assert rules.logical(rules.visual(units)) == units


def test_what_a_model_reads_is_put_in_reading_order_and_in_the_unicode_form() -> None:
    rules = TextRules(unicode_form="NFC", bidi_reordering="rtl")

    assert rules.read_text(["e", "\u0301", " ", "ב", "א"]) == f"אב {E_ACUTE}"
    assert TextRules().read_text(["e", "\u0301"]) == E_AND_ACUTE


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"unicode_form": "nfc"}, r"must be one of none, NFC.*not 'nfc'\. Did you mean NFC\?"),
        ({"letter_case": "lowercase"}, r"letter_case: .*not 'lowercase'\. Did you mean lower\?"),
        ({"white_space": True}, "white_space: must be one of keep, fold, not True"),
        ({"text_units": "grapheme"}, r"Did you mean graphemes\?"),
        ({"bidi_reordering": "RTL"}, "bidi_reordering: must be one of none, auto, ltr, rtl"),
        ({"text_replacements": "ab"}, "text_replacements: must be pairs of strings"),
        ({"text_replacements": [["a"]]}, "text_replacements: must be pairs of strings"),
        ({"text_replacements": [["a", 1]]}, "text_replacements: must be pairs of strings"),
        ({"text_replacements": [["", "x"]]}, "in place of the empty string"),
        ({"text_replacements": [["a", "x"], ["a", "y"]]}, "'a' stands there more than once"),
    ],
)
def test_an_impossible_rule_is_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        TextRules(**rules)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"(?s)unicode_form.*white_space"):
        TextRules(unicode_form="x", white_space="y")


def test_a_missing_library_is_named_only_where_a_rule_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_order, "get_display", None)

    assert TextRules(unicode_form="NFC").clean("a") == "a"
    with pytest.raises(ConfigError, match=r"rtl: needs python-bidi: pip install"):
        TextRules(bidi_reordering="rtl")


def test_rules_are_made_again_from_their_dictionary() -> None:
    rules = TextRules("NFC", "fold", "fold", (("ſ", "s"),), "graphemes", "auto")

    assert TextRules(**rules.to_dict()) == rules
    assert rules.to_dict()["text_replacements"] == [["ſ", "s"]]


def test_differing_rules_are_told_with_both_values() -> None:
    other = TextRules(unicode_form="NFC", text_replacements=(("ſ", "s"),))

    differences = TextRules(unicode_form="NFKC").differences(other)

    assert [str(difference) for difference in differences] == [
        "unicode_form NFKC instead of NFC",
        "text_replacements [] instead of [['ſ', 's']]",
    ]
    assert other.differences(other) == []


@pytest.mark.parametrize(
    ("rules", "never"),
    [
        (TextRules(), []),
        (TextRules(letter_case="lower"), ["A"]),
        (TextRules(unicode_form="NFC"), [E_AND_ACUTE]),
        (TextRules(unicode_form="NFD"), [E_ACUTE]),
        (TextRules(unicode_form="NFKC"), [E_AND_ACUTE, "ﬁ", "\u00a0"]),
        (TextRules(white_space="fold"), ["\u00a0"]),
        (TextRules(text_units="code_points"), ["con", E_AND_ACUTE]),
        (TextRules(text_units="graphemes"), ["con"]),
        (TextRules(text_replacements=(("A", "ß"), ("ß", "A"), ("c", ""))), ["con"]),
    ],
)
def test_units_that_no_label_can_have_are_found(rules: TextRules, never: list[str]) -> None:
    units = ["A", "a", "con", E_AND_ACUTE, E_ACUTE, "ﬁ", "\u00a0", " ", "ß", "\u0301"]

    assert rules.never_units(units) == never
