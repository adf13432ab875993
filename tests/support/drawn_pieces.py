"""Lines of which it is known where each letter stands: bars of different heights, in cells."""

from collections.abc import Sequence

import numpy as np

from tf_crnn.synthesis.bank import CutLine
from tf_crnn.synthesis.looks import find_strokes, measure_look

HEIGHT_PX = 32
CELL_PX = 8
MARGIN_PX = 6
UNITS = [" ", "a", "b", "c", "d"]
BASELINE_ROW = 24
# Columns of ink, from the left of the cell, and rows of each.
SHAPES = {"a": (2, 10), "b": (3, 10), "c": (4, 10), "d": (5, 10)}


def draw_letters(
    text: str, *, paper: int = 220, ink: int = 40, baseline: int = BASELINE_ROW
) -> np.ndarray:
    """(32, 8 L + 12, 1): each letter a bar of its own width; spaces are blank."""
    image = np.full((HEIGHT_PX, 2 * MARGIN_PX + CELL_PX * len(text), 1), paper, np.uint8)
    for number, letter in enumerate(text):
        if letter != " ":
            width_px, height_px = SHAPES[letter]
            left = MARGIN_PX + number * CELL_PX + 1
            image[baseline - height_px : baseline, left : left + width_px] = ink
    return image


def cell_columns(text: str) -> np.ndarray:
    """(L + 1,) where the cells begin and end."""
    return MARGIN_PX + CELL_PX * np.arange(len(text) + 1)


def cut_letters(text: str, **look: int) -> CutLine:
    """A drawn line with its cells cut apart."""
    image = draw_letters(text, **look)
    codes = [UNITS.index(letter) + 1 for letter in text]
    return CutLine(image, codes, cell_columns(text), measure_look(image, find_strokes(image)))


def read_letters(image: np.ndarray, columns: Sequence[int] | None = None) -> str:
    """What the bars of a drawn line say, by their widths; a blank of a whole cell is a space.

    Independent of any cut: bars are found as runs of inked columns.
    """
    inked = (image[:, :, 0] < 130).any(axis=0).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], inked, [0]))))
    letters = {width: letter for letter, (width, _) in SHAPES.items()}
    text, last = "", None
    for begin, end in edges.reshape(-1, 2):
        if last is not None:
            text += " " * ((begin - last) // CELL_PX)
        text += letters.get(int(end - begin), "?")
        last = begin - begin % 1 + (CELL_PX - 1)
    return text
