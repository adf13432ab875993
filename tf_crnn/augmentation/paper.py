"""Which part of a line image is paper and which is ink, dark on light or light on dark."""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

# (H, W, C), 0 to 255, C 1 or 3.
LineImage = NDArray[np.uint8]

# Rows that hold less than this share of all ink, at the top and at the bottom, may be cut off.
_STRAY_INK = 0.005
# Of the pixels, the darkest or lightest: ink; and what tells on which side of the paper it lies.
_INK_SHARE, _SIDE_SHARE = 0.02, 0.06
_OUTSIDE_LEVELS = 3


class Rows(NamedTuple):
    """Rows of an image, `bottom` not among them."""

    top: int
    bottom: int


class Tones(NamedTuple):
    """What ink and paper look like.

    Attributes:
        paper: (C,), the median.
        ink: (C,), the darkest on light paper, the lightest on dark, but for a few pixels.
        is_dark: whether the ink is the darker of the two.
    """

    paper: NDArray[np.float64]
    ink: NDArray[np.float64]
    is_dark: bool


def background(image: LineImage) -> tuple[float, ...]:
    """The median of the outermost pixels, channel by channel: paper, whatever its colour."""
    edges = (image[0], image[-1], image[:, 0], image[:, -1])
    return tuple(np.median(np.concatenate(edges), axis=0).tolist())


def tones(image: LineImage) -> Tones:
    """Ink and paper of a line, from a sixth of its pixels."""
    sample = np.ascontiguousarray(image[::2, ::3])
    outside = background(image)
    levels = [_levels(sample, channel, outside[channel]) for channel in range(image.shape[2])]
    darkest, dark, paper, light, lightest = np.array(levels, dtype=np.float64).T
    # Strokes are thin: what lies far from the paper on one side only is ink.
    is_dark = bool((paper - dark).sum() >= (light - paper).sum())
    return Tones(paper, darkest if is_dark else lightest, is_dark)


def _levels(sample: LineImage, channel: int, outside: float) -> list[int]:
    """Levels of a channel from dark to light: darkest, dark, median, light, lightest."""
    counts = cv2.calcHist([sample], [channel], None, [256], [0, 256]).reshape(-1)
    median = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    # Around lines that were cut along their outline lies white or black, which is neither.
    counts[max(0, round(outside) - _OUTSIDE_LEVELS) : round(outside) + _OUTSIDE_LEVELS + 1] = 0
    if not counts.any():
        return [median] * 5
    shares = np.array([_INK_SHARE, _SIDE_SHARE, 1 - _SIDE_SHARE, 1 - _INK_SHARE]) * counts.sum()
    found = np.searchsorted(np.cumsum(counts), shares)
    return [*found[:2], median, *found[2:]]


def ink_rows(image: LineImage) -> Rows:
    """The rows that hold the ink, but for stray specks; all rows of a blank line."""
    # Four values, as OpenCV expects of a colour.
    paper = np.array((*background(image), 0.0, 0.0, 0.0)[:4])
    ink = cv2.reduce(cv2.absdiff(image, paper), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    summed = np.cumsum(ink.reshape(len(image), -1).sum(axis=1))
    if not summed[-1]:
        return Rows(0, len(image))
    first, last = np.searchsorted(summed, np.array([_STRAY_INK, 1 - _STRAY_INK]) * summed[-1])
    return Rows(int(first), int(last) + 1)


def with_channels(image: Any) -> LineImage:
    """(H, W, C) of what OpenCV returns: it drops the channel axis of grey images."""
    return np.asarray(image if image.ndim == 3 else image[:, :, None], dtype=np.uint8)
