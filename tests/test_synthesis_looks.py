"""The look of a line, against how it was drawn."""

import numpy as np
import pytest
from support.drawn_pieces import draw_letters

from tf_crnn.synthesis.looks import find_strokes, measure_look

TEXT = "abcd dcba abcd"


@pytest.mark.parametrize(("paper", "ink"), [(220, 40), (255, 0), (60, 200), (200, 150)])
def test_paper_ink_and_rows_are_as_drawn(paper: int, ink: int) -> None:
    image = draw_letters(TEXT, paper=paper, ink=ink, baseline=21)

    look = measure_look(image, find_strokes(image))

    assert (look.paper.tolist(), look.ink.tolist()) == ([paper], [ink])
    assert look.baseline == pytest.approx((21, 21), abs=1)
    assert look.x_height == pytest.approx(10, abs=2)


def test_strokes_are_the_ink_alone() -> None:
    image = draw_letters(TEXT)

    strokes = find_strokes(image)

    assert np.array_equal(strokes, image[:, :, 0] == 40)


def test_white_beyond_the_paper_is_neither_paper_nor_ink() -> None:
    image = draw_letters(TEXT, paper=190, ink=140)
    notches = np.abs(np.arange(image.shape[1]) % 16 - 8) // 4 + 3
    for column, rows in enumerate(notches):
        image[:rows, column] = 255
        image[-rows:, column] = 255

    strokes = find_strokes(image)
    look = measure_look(image, strokes)

    assert np.array_equal(strokes, image[:, :, 0] == 140)
    assert (look.paper.tolist(), look.ink.tolist()) == ([190], [140])


def test_a_falling_baseline_is_followed() -> None:
    flat = draw_letters("abcd" * 20, baseline=18)
    columns = np.arange(flat.shape[1])
    drop = (columns // 100).astype(int)
    rows = (np.arange(32)[:, None] - drop[None, :]).clip(0)
    falling = np.take_along_axis(flat[:, :, 0], rows, axis=0)[:, :, None]

    look = measure_look(falling, find_strokes(falling))

    assert look.baseline[0] == pytest.approx(18, abs=1.5)
    assert look.baseline[1] == pytest.approx(18 + drop[-1], abs=1.5)
    assert look.baseline_at(0.5) == pytest.approx(sum(look.baseline) / 2)


def test_colours_are_measured_channel_by_channel() -> None:
    grey = draw_letters(TEXT)[:, :, 0]
    image = np.stack([grey, np.where(grey == 40, 10, 200), np.where(grey == 40, 90, 150)], axis=2)

    look = measure_look(image.astype(np.uint8), find_strokes(image.astype(np.uint8)))

    assert look.paper.tolist() == [220, 200, 150]
    assert look.ink.tolist() == [40, 10, 90]


def test_a_blank_line_has_its_paper_as_ink() -> None:
    image = np.full((32, 50, 1), 180, np.uint8)

    look = measure_look(image, find_strokes(image))

    assert (look.paper.tolist(), look.ink.tolist()) == ([180], [180])
    assert 0 < look.x_height < look.baseline[0] < 32
