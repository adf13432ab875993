"""A text drawn in a font as a line image.

All that is random comes from the caller's `numpy.random.Generator`: the same seed gives the same
bytes under the same versions of numpy, OpenCV and Pillow.
"""

import cv2
import numpy as np

from tf_crnn.errors import DataError
from tf_crnn.synthesis.fonts import Font, GreyImage, baseline_row

MIN_HEIGHT_PX = 16
_GREY_STEP = 17  # 16 grey levels: with all 256, the noise alone would double the size of a PNG.


def render_line(text: str, font: Font, *, height_px: int, rng: np.random.Generator) -> GreyImage:
    """A line image: dark ink on light paper, with a margin all around.

    Size, weight, width, margins, baseline, grey levels, blur and noise vary a little.

    Args:
        text: spaces at its ends are not drawn.
        font: holds every character of the text.
        height_px: height of the image, at least 16.
        rng: source of the variation.

    Returns:
        (height_px, W) uint8, in 16 grey levels so that a PNG of it is small.

    Raises:
        DataError: the font lacks a character.
        ValueError: the text has no visible character, or the image is too low to read.
    """
    if height_px < MIN_HEIGHT_PX or not text.strip():
        raise ValueError(f"a line needs ink and {MIN_HEIGHT_PX} px: {text!r}, {height_px} px")
    if missing := font.missing(text):
        raise DataError(f"{text!r}: font {font.name} lacks {missing}. Take one from choose_font.")
    size_px = round(height_px * rng.uniform(0.6, 0.8))
    canvas = font.draw(text, size_px, rng.uniform())
    return _develop(_place(canvas, baseline_row(size_px), height_px=height_px, rng=rng), rng)


def _place(
    canvas: GreyImage, baseline_px: int, *, height_px: int, rng: np.random.Generator
) -> GreyImage:
    """(height_px, W): the ink on its baseline, made smaller or moved where it would not fit."""
    left, top, width, height = cv2.boundingRect(canvas)
    margin_px = max(2, height_px // 10)
    shrink = min(1.0, (height_px - 2 * margin_px) / height)
    size = (max(1, round(width * shrink * rng.uniform(0.9, 1.1))), max(1, round(height * shrink)))
    ink = cv2.resize(canvas[top : top + height, left : left + width], size)
    above_px = round(height_px * rng.uniform(0.68, 0.78) - (baseline_px - top) * shrink)
    above_px = min(max(above_px, margin_px), height_px - margin_px - size[1])
    left_px, right_px = (int(px) for px in rng.integers(margin_px, height_px // 2, size=2))
    page = np.pad(ink, ((above_px, height_px - above_px - size[1]), (left_px, right_px)))
    return page.astype(np.uint8)


def _develop(page: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Ink coverage to grey levels, with blur and noise."""
    paper, ink = _GREY_STEP * rng.integers(12, 16), _GREY_STEP * rng.integers(0, 6)
    blurred = cv2.GaussianBlur(page.astype(np.float32), (3, 3), rng.uniform(0.1, 0.7))
    grey = paper - (paper - ink) * blurred / 255
    grey += rng.normal(0, rng.uniform(0, 5), grey.shape)
    levels = np.clip(np.rint(grey / _GREY_STEP), 0, 255 // _GREY_STEP)
    return (levels * _GREY_STEP).astype(np.uint8)
