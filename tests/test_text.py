"""Labels as units: `|a|b|con|` and plain text."""

import random

import pytest

from tf_crnn.text import is_marked, join_units, split_units, words


@pytest.mark.parametrize(
    ("label", "units"),
    [
        ("|a|b|", ["a", "b"]),
        ("|a|con| |", ["a", "con", " "]),
        ("|[-]|x|", ["[-]", "x"]),
        ("||", []),
        ("|||", ["|"]),
        ("|a|||", ["a", "|"]),
        ("|||b|", ["|", "b"]),
        ("|||||", ["|", "|"]),
    ],
)
def test_a_marked_label_holds_the_units_between_its_delimiters(
    label: str, units: list[str]
) -> None:
    assert split_units(label) == units


@pytest.mark.parametrize("label", ["quondam", "a|b", "|a", "a|", "|", " ", "null", "12", "œ́", ""])
def test_a_plain_label_has_one_unit_for_each_code_point(label: str) -> None:
    assert split_units(label) == [*label]


@pytest.mark.parametrize(("label", "position"), [("|a||b|", 2), ("||b|", 1), ("||||", 3)])
def test_an_empty_unit_is_refused_with_its_position(label: str, position: int) -> None:
    with pytest.raises(ValueError, match=f"empty unit at position {position}"):
        split_units(label)


def test_the_delimiter_can_be_another_character() -> None:
    assert split_units("/a/|/", delimiter="/") == ["a", "|"]
    assert split_units("|a|", delimiter="/") == ["|", "a", "|"]


@pytest.mark.parametrize(
    ("label", "marked"), [("|a|", True), ("||", True), ("|", False), ("a|", False), ("", False)]
)
def test_a_label_is_marked_between_two_delimiters(label: str, marked: bool) -> None:
    assert is_marked(label) is marked


def test_units_are_joined_between_delimiters() -> None:
    assert join_units(["a", "con", " "]) == "|a|con| |"
    assert join_units([]) == "||"


def test_joined_units_are_split_as_they_were() -> None:
    rng = random.Random(0)
    pool = ["a", "con", " ", "|", "\\", ";", '"', "œ́", "\u2028", "𝔞", "0"]

    for _ in range(500):
        units = rng.choices(pool, k=rng.randrange(8))
        assert split_units(join_units(units)) == units


def test_words_are_split_at_any_white_space() -> None:
    assert words("  to  be\tor\u00a0not\n") == ["to", "be", "or", "not"]


@pytest.mark.parametrize("label", ["|a|b| ", " |a|b|", "|a|b", "a|b|", "|a|;x"])
def test_a_label_that_only_looks_marked_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match="begins or ends beside its"):
        split_units(label)


@pytest.mark.parametrize("text", ["|", "a|b", "| a", "a |"])
def test_plain_text_may_hold_the_delimiter(text: str) -> None:
    assert split_units(text) == list(text)
