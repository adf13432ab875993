"""Cuts between units, against the cells in which letters were drawn."""

import numpy as np
import pytest
from support.drawn_pieces import CELL_PX, MARGIN_PX, SHAPES, UNITS, draw_letters

from tf_crnn.decoding.alignment import UnitSpan
from tf_crnn.synthesis.cutting import Label, cut_columns, cut_line

STEP_PX = 4
TEXT = "ab cd  da bb"


def peaked_probs(text: str, shift_px: int) -> np.ndarray:
    """(T, 6) with a peak for each letter, `shift_px` behind the beginning of its cell."""
    steps = (2 * MARGIN_PX + CELL_PX * len(text)) // STEP_PX
    probs = np.full((steps, len(UNITS) + 1), 0.01)
    probs[:, 0] = 0.95
    for number, letter in enumerate(text):
        step = (MARGIN_PX + number * CELL_PX + shift_px) // STEP_PX
        probs[step] = 0.01
        probs[step, UNITS.index(letter) + 1] = 0.95
    return probs


def label(text: str) -> Label:
    return Label([UNITS.index(unit) + 1 for unit in text], [unit == " " for unit in text])


@pytest.mark.parametrize("shift_px", [1, 3, 5])
def test_no_cut_goes_through_ink_wherever_in_its_cell_a_unit_was_seen(shift_px: int) -> None:
    image = draw_letters(TEXT)

    line = cut_line(image, label(TEXT), peaked_probs(TEXT, shift_px))

    ink = (image[:, :, 0] == 40).any(axis=0)
    assert len(line.columns) == len(TEXT) + 1
    assert not ink[line.columns[1:-1]].any()
    for number, letter in enumerate(TEXT):
        piece = ink[line.columns[number] : line.columns[number + 1]]
        assert piece.sum() == (SHAPES[letter][0] if letter != " " else 0)


def test_a_space_is_the_whole_blank_and_the_margins_are_left_out() -> None:
    image = draw_letters("ab cd")

    columns = cut_line(image, label("ab cd"), peaked_probs("ab cd", 3)).columns

    ink = np.flatnonzero((image[:, :, 0] == 40).any(axis=0))
    after_b, before_c = ink[ink < MARGIN_PX + 2 * CELL_PX].max(), ink[ink > MARGIN_PX + 24].min()
    assert columns[2] - after_b in (1, 2, 3)
    assert before_c - columns[3] in (0, 1, 2)
    assert ink[0] - columns[0] in (1, 2)
    assert columns[-1] - ink[-1] in (1, 2)


def test_units_without_any_blank_between_them_are_cut_half_way() -> None:
    strokes = np.ones((10, 40), dtype=bool)
    spans = [UnitSpan(2, 3, 1.0), UnitSpan(6, 7, 1.0)]

    columns = cut_columns(spans, [False, False], strokes, STEP_PX)

    assert columns[1] == (3 + 6) * STEP_PX / 2


def test_as_many_units_as_columns_still_have_one_each() -> None:
    strokes = np.ones((4, 5), dtype=bool)
    spans = [UnitSpan(step, step + 1, 1.0) for step in range(5)]

    columns = cut_columns(spans, [False] * 5, strokes, 1)

    assert columns.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_label_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        cut_line(draw_letters("ab"), label("abab" * 4), peaked_probs("ab", 3))
