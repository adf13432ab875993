"""Texts in parts, for the page."""

import random

import pytest

from tf_crnn.differences import confusions
from tf_crnn.reports.markup import Part, find_examples, mark_line


def texts(parts: list[Part]) -> list[str]:
    return [part.text for part in parts]


def test_what_differs_is_a_part_with_its_code_points() -> None:
    marked = mark_line("abc", "axc")

    assert marked.truth == [Part("a"), Part("b", "U+0062 LATIN SMALL LETTER B"), Part("c")]
    assert marked.reading == [Part("a"), Part("x", "U+0078 LATIN SMALL LETTER X"), Part("c")]
    assert marked.n_left_out == 0


def test_where_only_the_other_has_something_there_is_an_empty_part() -> None:
    marked = mark_line("ab", "a")

    assert texts(marked.truth) == ["a", "b"]
    assert marked.reading == [Part("a"), Part("")]


@pytest.mark.parametrize("empty", [("", "abc"), ("abc", ""), ("", "")])
def test_an_empty_text_has_no_part(empty: tuple[str, str]) -> None:
    marked = mark_line(*empty)

    assert [bool(marked.truth), bool(marked.reading)] == [bool(text) for text in empty]


@pytest.mark.parametrize(
    ("character", "shown"),
    [(" ", "␣"), ("\u00a0", "[00A0]"), ("\u200b", "[200B]"), ("\x00", "[0000]"), ("ß", "ß")],
)
def test_what_cannot_be_seen_is_named_where_it_differs(character: str, shown: str) -> None:
    marked = mark_line(f"a{character}b", "aXb")

    assert texts(marked.truth) == ["a", shown, "b"]
    assert f"U+{ord(character):04X}" in marked.truth[1].codes


def test_a_space_on_which_both_agree_stays_a_space() -> None:
    assert texts(mark_line("a b", "a b").truth) == ["a b"]


def test_what_looks_alike_is_shown_by_its_codes() -> None:
    marked = mark_line("é", "e\u0301")

    assert texts(marked.truth) == ["[00E9]"]
    assert texts(marked.reading) == ["[0065][0301]"]


def test_long_texts_are_cut_and_the_rest_counted() -> None:
    marked = mark_line("a" * 5000, "a" * 4000 + "b", max_characters=100)

    assert "".join(texts(marked.truth)) == "a" * 100
    assert len("".join(texts(marked.reading))) == 100
    assert marked.n_left_out == 9001 - 200


def test_the_names_of_long_stretches_are_cut() -> None:
    [part] = mark_line("x" * 1000, "y" * 1000).truth

    assert part.codes.count("U+0078") == 8
    assert part.codes.endswith(", ...")


def test_examples_are_those_that_the_confusions_count() -> None:
    generator = random.Random(2)

    for _ in range(300):
        truth, reading = (
            "".join(generator.choices("abc", k=generator.randrange(8))) for _ in range(2)
        )
        counted = {pair for pair in confusions([(truth, reading)]) if pair[0] != pair[1]}

        assert {pair for pair, _ in find_examples(truth, reading)} == counted


def test_an_example_shows_what_is_around() -> None:
    examples = dict(find_examples("the quick brown fox jumps", "the quick brawn fox jumps!"))

    replaced, inserted = examples["o", "a"], examples["", "!"]
    assert (replaced.before, replaced.after) == ("he quick br", "wn fox jumps") or (
        replaced.before,
        replaced.after,
    ) == ("the quick br"[-12:], "wn fox jumps"[:12])
    assert (replaced.truth.text, replaced.reading.text) == ("o", "a")
    assert (inserted.before, inserted.after) == ("wn fox jumps", "")
    assert (inserted.truth.text, inserted.reading.text) == ("", "!")
