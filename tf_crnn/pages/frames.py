"""Where each pixel of a cut line lies on its page: a turned rectangle, or a strip along a curve."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tf_crnn.pages.geometry import bounds, densify, downwards, without_repeats
from tf_crnn.pages.text_line import Points

_STEP_PX = 8.0
# A baseline is smoothed over this many heights of its line, so that its corners tear no letter.
_SMOOTHED_HEIGHTS = 1.5


class Frame(Protocol):
    """The rectangle of a cut line, laid on its page.

    Attributes:
        width_px: of the cut line.
        height_px: of the cut line.
    """

    @property
    def width_px(self) -> int:
        """Width of the cut line."""

    @property
    def height_px(self) -> int:
        """Height of the cut line."""

    def to_page(self, points: Points) -> Points:
        """From the cut line, (N, 2) from its upper left corner, to the page."""

    def from_page(self, points: Points) -> Points:
        """From the page to the cut line."""

    def rectangle(self, least: Points, greatest: Points) -> Points:
        """A rectangle of the cut line as an outline on the page."""


@dataclass(frozen=True)
class StraightFrame:
    """A rectangle, turned or not.

    Attributes:
        origin: (2,) its upper left corner on the page.
        right: (2,) one pixel to the right in the cut line, on the page.
        width_px: of the cut line.
        height_px: of the cut line.
    """

    origin: Points
    right: Points
    width_px: int
    height_px: int

    @property
    def is_upright(self) -> bool:
        """Whether its pixels are those of the page."""
        whole = bool((self.origin == np.rint(self.origin)).all())
        return whole and self.right[0] == 1.0 and self.right[1] == 0.0

    def to_page(self, points: Points) -> Points:
        """See `Frame`."""
        return self.origin + points @ self._axes

    def from_page(self, points: Points) -> Points:
        """See `Frame`."""
        return np.asarray((points - self.origin) @ self._axes.T)

    def rectangle(self, least: Points, greatest: Points) -> Points:
        """See `Frame`."""
        return self.to_page(_corners(least, greatest))

    @property
    def _axes(self) -> Points:
        x, y = self.right
        return np.array([(x, y), (-y, x)])


@dataclass(frozen=True)
class CurvedFrame:
    """A strip along a baseline.

    Attributes:
        baseline: (W, 2) where the baseline crosses the middle of each column, on the page.
        down: (W, 2) of length 1, at right angles to it.
        above_px: how much of each column is above the baseline.
        height_px: of the cut line.
    """

    baseline: Points
    down: Points
    above_px: float
    height_px: int

    @property
    def width_px(self) -> int:
        """Columns."""
        return len(self.baseline)

    def to_page(self, points: Points) -> Points:
        """See `Frame`."""
        column = points[:, 0] - 0.5
        index = np.clip(np.rint(column), 0, self.width_px - 1).astype(int)
        right = np.stack((self.down[index, 1], -self.down[index, 0]), axis=1)
        along = (column - index)[:, None] * right
        across = (points[:, 1:] - self.above_px) * self.down[index]
        return np.asarray(self.baseline[index] + along + across)

    def from_page(self, points: Points) -> Points:
        """See `Frame`; each point belongs to the column whose baseline is nearest."""
        distances = np.linalg.norm(points[:, None] - self.baseline[None], axis=2)
        index = distances.argmin(axis=1)
        offset, down = points - self.baseline[index], self.down[index]
        along = offset[:, 0] * down[:, 1] - offset[:, 1] * down[:, 0]
        return np.stack((index + 0.5 + along, (offset * down).sum(axis=1) + self.above_px), axis=1)

    def rectangle(self, least: Points, greatest: Points) -> Points:
        """See `Frame`."""
        return self.to_page(densify(_corners(least, greatest), 4 * _STEP_PX, closed=True))


def straight_frame(outline: Points, angle_deg: float) -> StraightFrame:
    """The smallest rectangle around an outline that is upright once the page is turned.

    Args:
        outline: (N, 2).
        angle_deg: by how much the page is turned clockwise.
    """
    # Exact for whole quarters, so that their pixels are only moved.
    quarter = {0: (1, 0), 90: (0, -1), 180: (-1, 0), 270: (0, 1)}.get(int(angle_deg) % 360)
    if quarter is not None and angle_deg == int(angle_deg):
        right = np.array(quarter, dtype=np.float64)
    else:
        angle = np.deg2rad(angle_deg)
        right = np.array([np.cos(angle), -np.sin(angle)])
    axes = np.array([right, (-right[1], right[0])])
    least, greatest = bounds(outline @ axes.T)
    if quarter is not None:
        least = np.floor(least)
    width, height = np.maximum(1, np.ceil(greatest - least - 1e-6)).astype(int)
    return StraightFrame(least @ axes, right, int(width), int(height))


def curved_frame(outline: Points, baseline: Points, height_px: float) -> CurvedFrame | None:
    """The strip along a baseline that holds an outline.

    Args:
        outline: (N, 2).
        baseline: (M, 2) from the beginning of the writing to its end.
        height_px: about how high the line is, for smoothing.

    Returns:
        None where the baseline has no two points at different places.
    """
    line = without_repeats(baseline)
    if len(line) < 2:
        return None
    edge = densify(outline, _STEP_PX, closed=True)
    line = _extended(line, edge)
    line = _smoothed(_resampled(line), round(_SMOOTHED_HEIGHTS * height_px))
    frame = CurvedFrame(line, downwards(np.gradient(line, axis=0)), 0.0, 1)
    x, y = frame.from_page(edge).T
    first = int(np.clip(np.floor(x.min()), 0, len(line) - 2))
    behind = int(np.clip(np.ceil(x.max()), first + 1, len(line)))
    above, height = -y.min(), y.max() - y.min()
    return CurvedFrame(
        line[first:behind], frame.down[first:behind], float(above), max(1, int(np.ceil(height)))
    )


def _corners(least: Points, greatest: Points) -> Points:
    (left, top), (right, bottom) = least, greatest
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def _extended(line: Points, edge: Points) -> Points:
    """A line made longer at both ends, straight on, until it passes all of an outline."""
    first, last = line[0] - line[1], line[-1] - line[-2]
    first, last = first / np.linalg.norm(first), last / np.linalg.norm(last)
    before = max(1.0, float(((edge - line[0]) @ first).max()))
    behind = max(1.0, float(((edge - line[-1]) @ last).max()))
    return np.concatenate((line[:1] + before * first, line, line[-1:] + behind * last))


def _resampled(line: Points) -> Points:
    """The same line in steps of one pixel."""
    places = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))))
    steps = np.arange(max(2, int(places[-1])) + 0.0) + 0.5
    return np.stack([np.interp(steps, places, line[:, axis]) for axis in (0, 1)], axis=1)


def _smoothed(line: Points, window: int) -> Points:
    """Each point the mean of those around it; ends go straight on."""
    half = max(1, min(window, len(line) - 1) // 2)
    before = 2 * line[0] - line[1 : half + 1][::-1]
    behind = 2 * line[-1] - line[-half - 1 : -1][::-1]
    padded = np.concatenate((before, line, behind))
    sums = np.cumsum(np.concatenate((np.zeros((1, 2)), padded)), axis=0)
    width = 2 * half + 1
    smooth = (sums[width:] - sums[:-width]) / width
    return _resampled(smooth)
