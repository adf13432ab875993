"""Units in the order of the image, and back in that of reading."""

import random
import unicodedata
from collections.abc import Sequence

import pytest
from bidi import get_display

from tf_crnn import reading_order
from tf_crnn.reading_order import DIRECTIONS, to_logical, to_visual

HEBREW = "אבגדהוזחטיכלמנסעפצקרשתךםןףץ"
ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
MIXED = [*HEBREW, *ARABIC, *"abcXYZ0123456789٣٤۵.,:-+%$()[]«»!?\"'/    "]


def show(text: str, direction: str) -> str:
    return "".join(to_visual(list(text), direction))


def read(text: str, direction: str) -> str:
    return "".join(to_logical(list(text), direction))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_text_from_left_to_right_stays_unless_the_line_is_of_the_other_direction(
    direction: str,
) -> None:
    # From the right the line is the word and, to its left, the full stop.
    assert show("see (a) 12.", direction) == (
        ".see (a) 12" if direction == "rtl" else "see (a) 12."
    )


@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("אבג", "גבא"),
        ("אב גד.", ".דג בא"),
        ("אב 123 גד", "דג 123 בא"),
        ("אב 3.14, גד", "דג ,3.14 בא"),
        ("אב abc def גד", "דג abc def בא"),
        ("אב (גד) ה", "ה (דג) בא"),
        ("אבגדהוז abc (def)", "abc (def) זוהדגבא"),
        ("سعر ١٢٣ دينار", "رانيد ١٢٣ رعس"),
        ("سعر 12/5 دينار", "رانيد 12/5 رعس"),
    ],
)
def test_a_line_from_right_to_left_is_turned_around_numbers_and_foreign_words_are_not(
    logical: str, visual: str
) -> None:
    assert show(logical, "rtl") == show(logical, "auto") == visual
    assert read(visual, "rtl") == read(visual, "auto") == logical


def test_hebrew_within_a_line_from_left_to_right_is_turned_in_its_place() -> None:
    assert show("see אבג דה now", "ltr") == show("see אבג דה now", "auto") == "see הד גבא now"
    assert read("see הד גבא now", "ltr") == read("see הד גבא now", "auto") == "see אבג דה now"


def test_where_two_labels_look_the_same_one_of_them_is_read() -> None:
    assert show("see אבג (דה)!", "ltr") == show("see (דה) אבג!", "ltr") == "see (הד) גבא!"
    assert read("see (הד) גבא!", "ltr") == "see (דה) אבג!"


def test_units_of_several_characters_stay_whole() -> None:
    units = ["א", "של", " ", "[-]", "ב", "12", "3"]

    assert to_visual(units, "rtl") == ["12", "3", "ב", "[-]", " ", "של", "א"]
    assert to_logical(to_visual(units, "rtl"), "rtl") == units


def test_marks_stay_behind_the_unit_that_they_stand_on() -> None:
    shalom = ["ש", "\u05c1", "\u05b8", "ל", "ו", "ם"]

    assert to_visual(shalom, "rtl") == ["ם", "ו", "ל", "ש", "\u05c1", "\u05b8"]
    assert to_logical(to_visual(shalom, "rtl"), "rtl") == shalom


def test_a_mark_at_the_beginning_is_a_unit_of_its_own() -> None:
    assert to_visual(["\u0301", "א", "ב"], "rtl") == ["ב", "א", "\u0301"]


def test_only_brackets_within_text_from_right_to_left_are_mirrored() -> None:
    assert show("א<ב»", "rtl") == "«ב>א"
    assert show("(a) [b]", "ltr") == "(a) [b]"
    assert to_visual(["א", "(", "(?)"], "rtl") == ["(?)", ")", "א"]


def test_spaces_at_the_end_of_a_line_stand_where_it_ends() -> None:
    assert show("אב \t", "rtl") == "\t בא"
    assert show("אב \t", "ltr") == "בא \t"
    assert show("  ", "rtl") == "  "
    assert show("", "auto") == ""


def test_characters_that_embed_or_isolate_have_no_effect_and_are_kept() -> None:
    assert show("א\u202aב\u2066ג\u2069", "rtl") == "ג\u2069ב\u2066א\u202a"


def test_without_one_letter_from_right_to_left_auto_changes_nothing() -> None:
    assert show("12 (3) !", "auto") == "12 (3) !"


def test_the_first_letter_settles_the_direction_of_auto() -> None:
    assert show("12 אב abc", "auto") == show("12 אב abc", "rtl")
    assert show("12 abc אב", "auto") == show("12 abc אב", "ltr")


def test_where_two_labels_look_the_same_auto_reads_by_most_letters() -> None:
    assert show("ab אבגד", "auto") == show("אבגד ab", "auto") == "ab דגבא"
    assert read("ab דגבא", "auto") == "אבגד ab"
    assert read("abcdef בא", "auto") == "abcdef אב"


def test_auto_reads_in_the_direction_that_gives_the_image_back() -> None:
    # Most letters are Latin; but in a line that begins with one of those 12 would not stand there.
    image = show("12 אב abcdef", "auto")

    assert image == "abcdef בא 12"
    assert read(image, "auto") == "12 אב abcdef"


def random_text(rng: random.Random, pool: Sequence[str]) -> str:
    return "".join(rng.choices(pool, k=rng.randrange(30))).strip()


@pytest.mark.parametrize(("direction", "base"), [("auto", None), ("ltr", "L"), ("rtl", "R")])
def test_characters_go_where_the_library_puts_them(direction: str, base: str | None) -> None:
    rng = random.Random(0)
    pool = [c for c in MIXED if not unicodedata.mirrored(c)]

    for _ in range(500):
        text = random_text(rng, pool)
        assert show(text, direction) == get_display(text, base_dir=base)


@pytest.mark.parametrize("letters", [HEBREW, ARABIC])
def test_every_line_of_a_script_from_right_to_left_with_numbers_is_read_back(letters: str) -> None:
    rng = random.Random(1)
    pool = [*letters, *"    ", *("0123456789" if letters == HEBREW else "٠١٢٣٤٥٦٧٨٩"), *".,:()-!?"]

    for _ in range(500):
        text = random_text(rng, pool)
        assert read(show(text, "rtl"), "rtl") == text


def test_foreign_words_in_hebrew_are_read_back() -> None:
    rng = random.Random(2)

    for _ in range(300):
        text = random_text(rng, [*HEBREW, *"abcXYZ    "])
        assert read(show(text, "rtl"), "rtl") == text
        assert read(show(text, "ltr"), "ltr") == text


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_no_unit_is_lost_or_made_in_lines_of_any_mixture(direction: str) -> None:
    rng = random.Random(3)

    for _ in range(300):
        units = rng.choices([*(c for c in MIXED if c not in "()[]«»"), "\u05b8", "של", "12a"], k=20)
        shown = to_visual(units, direction)
        assert sorted(shown) == sorted(units) == sorted(to_logical(shown, direction))


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="direction 'right': must be one of auto, ltr, rtl"):
        to_visual(["a"], "right")
    with pytest.raises(ValueError, match="direction 'none'"):
        to_logical(["a"], "none")


def test_a_line_longer_than_places_can_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match=r"32,769 units: a line to reorder has at most 32,768"):
        to_visual(["א"] * 32769, "rtl")


def test_the_places_of_a_long_line_are_told_apart() -> None:
    units = [f"א{number}" for number in range(5000)]

    assert to_visual(units, "rtl") == units[::-1]


def test_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reading_order.missing_library() == ""

    monkeypatch.setattr(reading_order, "get_display", None)

    assert 'needs python-bidi: pip install "tf_crnn[data]"' in reading_order.missing_library()
