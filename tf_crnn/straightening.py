"""Lines made straight, and cut to the height of their script.

A line that was cut from a page along a polygon, or that was written uphill, fills only a part of
its image's height, and would be scaled down with it. Here the course of the script is followed from
column to column, the image is bent along it, and what is much higher or lower is cut off. Columns
stay where they are. (The idea is that of OCRopus' center normaliser, Breuel 2008.)

`tf_crnn.export.straightening_graph` does the same by TensorFlow's operations.
"""

from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tf_crnn.images import as_line_image, resize

# The course is looked for in a small copy of the line.
HEIGHT_PX = 48
# Ink is what a closing by a square of this size takes away; broader shapes are paper or shadow.
CLOSING_PX = 15
# Below this share of the darkest ink is noise.
LEAST_INK = 0.25
# Of the course, in pixels of the small copy; the kernel ends at three deviations.
SMOOTHING_PX = 48.0
# How often the course is looked for again, among the ink near the course before.
N_PASSES = 3
# Ink counts by a bell curve around the course, so many deviations of the ink wide.
NEARNESS = 1.5
# Rows kept above and below the course, in deviations of the ink from it; at least and at most, as
# shares of the image's height.
KEPT_DEVIATIONS = 3.2
LEAST_KEPT, MOST_KEPT = 0.2, 0.75
# Added to the spread of the ink along the line, so that a letter's slope is not taken for a line's.
LEAST_SPREAD_PX = 24.0
# Weight of the image's middle against that of the ink, so that a line without ink has a course.
PRIOR = 1e-3
PRIOR_SHARE = 0.02
LEAST_HEIGHT_PX = 8


class Course(NamedTuple):
    """Where the script of a line runs, in pixels of its image.

    Attributes:
        middle: (W,) row of the script's middle in each column.
        half_height: rows above and below it that belong to the line.
    """

    middle: NDArray[np.float32]
    half_height: float


def straighten(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The line along its course.

    Args:
        image: (H, W, C).

    Returns:
        (H', W, C).
    """
    middle, half_height = find_course(image)
    n_rows = max(LEAST_HEIGHT_PX, int(np.floor(2 * half_height + 0.5)))
    offsets = (np.arange(n_rows, dtype=np.float32) + 0.5) / n_rows * 2 * half_height - half_height
    rows = np.clip(middle[None] + offsets[:, None], 0, image.shape[0] - 1)  # (H', W)
    above = np.floor(rows).astype(np.int32)
    below = np.minimum(above + 1, image.shape[0] - 1)
    columns = np.arange(image.shape[1])[None]
    share = (rows - above)[:, :, None]
    bent = image[above, columns] * (1 - share) + image[below, columns] * share
    return np.asarray(np.floor(bent + 0.5), dtype=np.uint8)


def find_course(image: NDArray[np.uint8]) -> Course:
    """The course of a line's script.

    Args:
        image: (H, W, C).
    """
    height, width = image.shape[:2]
    n_columns = max(1, (2 * width * HEIGHT_PX + height) // (2 * height))
    ink = find_ink(resize(as_line_image(image, 1), HEIGHT_PX, n_columns)[:, :, 0])
    rows = np.arange(HEIGHT_PX, dtype=np.float32)[:, None]
    weights, prior = ink, PRIOR * (HEIGHT_PX / (2 * KEPT_DEVIATIONS)) ** 2
    for _ in range(N_PASSES):
        middle = _smooth_middle(weights, rows)
        squares = ink * (rows - middle) ** 2
        deviation = float(np.sqrt((squares.sum() + prior) / (ink.sum() + PRIOR)))
        weights = ink * np.exp(-0.5 * ((rows - middle) / (NEARNESS * deviation)) ** 2)
    scale = height / HEIGHT_PX
    half_height = KEPT_DEVIATIONS * deviation * scale
    places = (np.arange(width, dtype=np.float32) + 0.5) * (n_columns / width) - 0.5
    of_columns = np.interp(places, np.arange(n_columns), middle).astype(np.float32)
    return Course(
        (of_columns + 0.5) * np.float32(scale) - np.float32(0.5),
        float(np.clip(half_height, LEAST_KEPT * height, MOST_KEPT * height)),
    )


def find_ink(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) how much darker than the paper around it each pixel is, 0 for paper and noise."""
    margin = CLOSING_PX - 1
    paper = cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    kernel = np.ones((CLOSING_PX, CLOSING_PX), np.uint8)
    closed = cv2.morphologyEx(paper, cv2.MORPH_CLOSE, kernel)[margin:-margin, margin:-margin]
    ink = closed.astype(np.float32) - grey
    return np.asarray(np.maximum(ink - LEAST_INK * ink.max(), 0), dtype=np.float32)


@cache
def bell_curve() -> NDArray[np.float32]:
    """The kernel by which the course is smoothed; its values add up to 1."""
    radius = int(3 * SMOOTHING_PX)
    places = np.arange(-radius, radius + 1)
    values = np.exp(-0.5 * (places / SMOOTHING_PX) ** 2)
    return np.asarray(values / values.sum(), dtype=np.float32)


def _smooth_middle(weights: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rising line through all ink, bent towards the mean row of the ink around each column."""
    total, moment = weights.sum(axis=0), (weights * rows).sum(axis=0)
    mass = total.sum() + PRIOR
    general = (moment.sum() + PRIOR * (HEIGHT_PX - 1) / 2) / mass
    columns = np.arange(len(total), dtype=np.float32)
    from_centre = columns - (total * columns).sum() / mass
    spread = (total * from_centre**2).sum() + mass * LEAST_SPREAD_PX**2
    rise = (from_centre * (moment - total * general)).sum() / spread
    trend = general + rise * from_centre
    around = _smooth(total)
    prior = PRIOR_SHARE * around.max() + np.float32(PRIOR)
    middle = trend + _smooth(moment - total * trend) / (around + prior)
    return np.asarray(middle, dtype=np.float32)


def _smooth(values: NDArray[Any]) -> NDArray[np.float32]:
    kernel = bell_curve()
    radius = len(kernel) // 2
    return np.convolve(np.pad(values, radius), kernel, mode="valid").astype(np.float32)
