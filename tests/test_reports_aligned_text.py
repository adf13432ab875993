"""Truth and reading in columns: order, wrapping, and what is marked."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tf_crnn.reports.aligned_text import (
    MAX_ROWS,
    READING_COLOUR,
    TEXT_COLOUR,
    TRUTH_COLOUR,
    AlignedText,
    align_text,
    draw_reading,
    draw_truth,
)
from tf_crnn.reports.drawing import Typesetter
from tf_crnn.reports.fonts import FontBook

WIDE = 10_000.0


@pytest.fixture(scope="module")
def pen() -> Typesetter:
    return Typesetter(22, FontBook([]))


def truths(text: AlignedText) -> list[str]:
    return ["".join(cell.truth.text for cell in row) for row in text.rows]


def readings(text: AlignedText) -> list[str]:
    return ["".join(cell.reading.text for cell in row) for row in text.rows]


def colours(picture: Image.Image) -> set[str]:
    found = picture.getcolors(picture.width * picture.height)
    return {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in found}


@pytest.fixture
def drawn(pen: Typesetter) -> tuple[Image.Image, Image.Image]:
    """The rows of `abc` read as `axc`."""
    [row] = align_text("abc", "axc", pen, max_width_px=WIDE).rows
    pictures = Image.new("RGB", (200, 50), "white"), Image.new("RGB", (200, 50), "white")
    draw_truth(ImageDraw.Draw(pictures[0]), (5, 30), row, pen)
    draw_reading(ImageDraw.Draw(pictures[1]), (5, 30), row, pen)
    return pictures


def test_both_texts_are_whole_and_what_differs_is_marked(pen: Typesetter) -> None:
    text = align_text("the cat sat", "the cut at", pen, max_width_px=WIDE)

    assert truths(text) == ["the cat sat"]
    assert readings(text) == ["the cut at"]
    marked = [(c.truth.text, c.reading.text) for row in text.rows for c in row if c.truth.differs]
    assert marked == [("a", "u"), ("s", "")]
    assert text.n_left_out == 0


def test_what_is_equal_stands_in_one_column(pen: Typesetter) -> None:
    [row] = align_text("ab", "aXXXXb", pen, max_width_px=WIDE).rows

    inserted = row[1]
    assert (inserted.truth.text, inserted.reading.text) == ("", "XXXX")
    assert inserted.width_px >= pen.width(inserted.reading)


def test_long_texts_are_wrapped_at_spaces(pen: Typesetter) -> None:
    words = "one two three four five six seven eight nine ten "

    text = align_text(words, words, pen, max_width_px=300)

    assert len(text.rows) > 1
    assert "".join(truths(text)) == words
    assert all(row.endswith(" ") for row in truths(text))
    assert max(sum(cell.width_px for cell in row) for row in text.rows) == text.width_px <= 300


def test_a_long_stretch_that_differs_is_cut_into_rows(pen: Typesetter) -> None:
    text = align_text("x" * 60, "y" * 50, pen, max_width_px=300)

    assert text.width_px <= 300
    assert "".join(truths(text)) == "x" * 60
    assert "".join(readings(text)) == "y" * 50


def test_of_very_long_texts_the_end_is_left_out_and_counted(pen: Typesetter) -> None:
    text = align_text("ab " * 1000, "ab " * 1000, pen, max_width_px=300)

    assert len(text.rows) == MAX_ROWS
    assert sum(map(len, truths(text) + readings(text))) + text.n_left_out == 6000


def test_empty_texts_have_no_row(pen: Typesetter) -> None:
    assert align_text("", "", pen, max_width_px=WIDE) == AlignedText([], False, 0)


def test_right_to_left_text_starts_on_the_right(pen: Typesetter) -> None:
    text = align_text("אב גד", "אב גה", pen, max_width_px=WIDE)

    assert text.is_rtl
    assert truths(text) == ["דגאב "]  # cells from the left, each in reading order
    assert [cell.truth.differs for cell in text.rows[0]] == [True, False, False]


def test_latin_inside_hebrew_runs_from_left_to_right(pen: Typesetter) -> None:
    text = align_text("אב one two גד", "אב one two גד", pen, max_width_px=WIDE)

    cells = [cell.truth.text for cell in text.rows[0]]
    assert cells == ["גד", "one ", "two ", "אב "]
    assert [cell.truth.is_rtl for cell in text.rows[0]] == [True, False, False, True]


def test_hebrew_inside_latin_keeps_its_place(pen: Typesetter) -> None:
    text = align_text("one אב גד two", "one אב גד two", pen, max_width_px=WIDE)

    assert not text.is_rtl
    assert [cell.truth.text for cell in text.rows[0]] == ["one ", "גד ", "אב ", "two"]


def test_punctuation_goes_with_its_neighbours(pen: Typesetter) -> None:
    text = align_text("אב - גד", "אב - גד", pen, max_width_px=WIDE)

    assert all(cell.truth.is_rtl for cell in text.rows[0])


def test_arabic_letters_join_over_a_difference(pen: Typesetter) -> None:
    [row] = align_text("بيب", "بتب", pen, max_width_px=WIDE).rows

    joins = [(cell.truth.joins_before, cell.truth.joins_after) for cell in row[::-1]]
    assert joins == [(False, True), (True, True), (True, False)]


def test_characters_that_look_alike_are_shown_by_their_codes(pen: Typesetter) -> None:
    [row] = align_text("Ab", "\u0410x", pen, max_width_px=WIDE).rows
    [alike] = align_text("Ab", "\u0410b", pen, max_width_px=WIDE).rows

    assert [cell.truth.as_codes for cell in row] == [False]
    assert [cell.truth.as_codes for cell in alike] == [True, False]
    assert alike[0].reading.as_codes


def test_what_differs_has_a_colour_and_a_mark(drawn: tuple[Image.Image, ...]) -> None:
    truth, reading = drawn

    assert colours(truth) & {TEXT_COLOUR, TRUTH_COLOUR, READING_COLOUR} == {
        TEXT_COLOUR,
        TRUTH_COLOUR,
    }
    assert READING_COLOUR in colours(reading) and TRUTH_COLOUR not in colours(reading)
    # Below the baseline there is nothing but the marks: a line, and a wave of several heights.
    below = np.asarray(truth.convert("L"))[33:] < 160, np.asarray(reading.convert("L"))[33:] < 160
    heights = [len({tuple(column) for column in part.T if column.any()}) for part in below]
    assert heights[0] == 1
    assert heights[1] > 1
