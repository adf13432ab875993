"""How a line of writing looks: paper, ink, where it stands and how large it is.

Measured on strokes, that is on what is thinner than its surroundings are wide, so that a dark edge
of the paper or the white beyond it is neither ink nor paper.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_LEAST_CONTRAST = 12  # grey levels between a stroke and its paper
_BLACK, _WHITE = 4, 251
_MOST_SURROUNDINGS = 0.6  # share of a line; white that is more is the paper itself
_STEEPEST = 0.1  # rows a baseline may fall or rise for each column


class Look(NamedTuple):
    """One line.

    Attributes:
        paper: (C,) level around the strokes.
        ink: (C,) level of the strokes.
        baseline: its row at the left and at the right end of the line.
        x_height: of the letters without ascenders, in rows.
    """

    paper: NDArray[np.float32]
    ink: NDArray[np.float32]
    baseline: tuple[float, float]
    x_height: float

    def baseline_at(self, share: float) -> float:
        """The baseline's row at a share of the line's width."""
        left, right = self.baseline
        return left + (right - left) * share


def find_strokes(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pixels are ink, dark on light or light on dark, (H, W).

    Args:
        image: (H, W, C).
    """
    grey = _without_surroundings(np.rint(image.mean(axis=2)).astype(np.uint8))
    size = max(3, image.shape[0] // 4) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    # Most of a line is paper: on one side of its level lies the ink.
    darkest, paper, lightest = np.percentile(grey, [1, 50, 99])
    is_dark = paper - darkest >= lightest - paper
    depth = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT if is_dark else cv2.MORPH_TOPHAT, kernel)
    threshold = max(_LEAST_CONTRAST, 0.5 * float(np.percentile(depth, 99)))
    return np.asarray(depth > threshold)


def measure_look(image: NDArray[np.uint8], strokes: NDArray[np.bool_]) -> Look:
    """The look of a line (H, W, C) with the strokes of `find_strokes`."""
    height = image.shape[0]
    if not strokes.any():
        paper = np.median(image, axis=(0, 1)).astype(np.float32)
        return Look(paper, paper, (0.75 * height, 0.75 * height), 0.4 * height)
    mask = strokes.astype(np.uint8)
    near = cv2.dilate(mask, np.ones((9, 9), np.uint8)) > 0
    touched = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    around = near & ~touched if (near & ~touched).any() else ~strokes
    paper = np.median(image[around], axis=0) if around.any() else np.median(image, axis=(0, 1))
    ink = np.median(image[strokes], axis=0)
    return Look(
        paper.astype(np.float32),
        ink.astype(np.float32),
        _baseline(mask),
        _band(mask.sum(axis=1)).size,
    )


def _without_surroundings(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """White or black beyond the edges of the paper, where a line was cut out, filled with paper."""
    for is_extreme in (grey <= _BLACK, grey >= _WHITE):
        # Dilated, since the border between paper and white is of levels between.
        beyond = cv2.dilate(_touching_border(is_extreme).astype(np.uint8), np.ones((5, 5))) > 0
        if 0 < beyond.mean() < _MOST_SURROUNDINGS:
            grey = np.where(beyond, np.median(grey[~beyond]), grey).astype(np.uint8)
    return grey


def _touching_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    border = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    return np.asarray(mask & np.isin(parts, border))


class _Band(NamedTuple):
    top: int
    bottom: int  # the row below the last one

    @property
    def size(self) -> float:
        return float(self.bottom - self.top)


def _band(ink_of_rows: NDArray[np.integer]) -> _Band:
    """The rows about the fullest one that hold at least 0.4 times its ink."""
    smooth = np.convolve(ink_of_rows, np.ones(3) / 3, mode="same")
    is_full = smooth >= 0.4 * smooth.max()
    peak = int(smooth.argmax())
    top = peak - int(np.argmin(is_full[: peak + 1][::-1])) if not is_full[: peak + 1].all() else -1
    below = is_full[peak:]
    bottom = peak + int(np.argmin(below)) if not below.all() else len(is_full)
    return _Band(top + 1, bottom)


def _baseline(mask: NDArray[np.uint8]) -> tuple[float, float]:
    """A line through the lower ends of the bands of overlapping windows."""
    height, width = mask.shape
    window = 4 * height
    centres, bottoms = [], []
    for start in range(0, max(1, width - window // 2), window // 2):
        part = mask[:, start : start + window]
        if part.any():
            centres.append(start + part.shape[1] / 2)
            bottoms.append(float(_band(part.sum(axis=1)).bottom))
    if len(centres) < 3:
        middle = float(np.median(bottoms)) if bottoms else 0.75 * height
        return middle, middle
    slope, at_left = np.polyfit(centres, bottoms, 1)
    slope = float(np.clip(slope, -_STEEPEST, _STEEPEST))
    at_left = float(np.median(np.array(bottoms) - slope * np.array(centres)))
    return at_left, at_left + slope * width
