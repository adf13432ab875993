"""Outlines and baselines as points (N, 2): x to the right and y down, in pixels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tf_crnn.pages.text_line import Points


def bounds(points: Points) -> tuple[Points, Points]:
    """The least and greatest x and y, (2,) each."""
    return points.min(axis=0), points.max(axis=0)


def corners(least: Points, greatest: Points) -> Points:
    """The rectangle between two points, (4, 2)."""
    (left, top), (right, bottom) = least, greatest
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def clip(outline: Points, least: Points, greatest: Points) -> Points:
    """The part of a polygon within a rectangle (Sutherland and Hodgman); empty if there is none."""
    for axis in (0, 1):
        outline = _clip_side(outline, axis, float(least[axis]), 1.0)
        outline = _clip_side(outline, axis, float(greatest[axis]), -1.0)
    return outline


def area(outline: Points) -> float:
    """Of a polygon, in square pixels."""
    if len(outline) < 3:
        return 0.0
    x, y = (outline - outline[0]).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def densify(points: Points, step_px: float, *, closed: bool) -> Points:
    """The same line with points at most `step_px` apart; its own points stay."""
    ends = np.roll(points, -1, axis=0) if closed else points[1:]
    starts = points if closed else points[:-1]
    parts = []
    for start, end in zip(starts, ends, strict=True):
        n_parts = max(1, int(np.ceil(np.linalg.norm(end - start) / step_px)))
        parts.append(start + (end - start) * np.arange(n_parts)[:, None] / n_parts)
    return np.concatenate(parts if closed else [*parts, points[-1:]])


def without_repeats(points: Points) -> Points:
    """A line without points that stand where the one before them stands."""
    moved = np.any(np.diff(points, axis=0) != 0, axis=1)
    return points[np.concatenate(([True], moved))]


def downwards(directions: Points) -> Points:
    """What is down for writing that runs along these directions, (N, 2) of length 1."""
    down = np.stack((-directions[:, 1], directions[:, 0]), axis=1)
    lengths = np.linalg.norm(down, axis=1, keepdims=True)
    return np.asarray(down / np.maximum(lengths, 1e-9))


def strip(baseline: Points, above_px: float, below_px: float) -> Points:
    """The outline of what stands on a baseline.

    Args:
        baseline: (N, 2), at least two points at different places.
        above_px: how far it reaches above the baseline.
        below_px: how far below.
    """
    line = without_repeats(baseline)
    steps = np.diff(line, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    # Each point between two pieces has the mean direction of both.
    directions = np.concatenate((steps[:1], steps[:-1] + steps[1:], steps[-1:]))
    down = downwards(directions)
    return np.concatenate((line - above_px * down, (line + below_px * down)[::-1]))


def line_distance(baselines: Sequence[Points]) -> float:
    """How far the lines of a page are apart, in pixels; 0 if no two stand one above the other.

    Of the distances from each line to its nearest neighbour, three quarters are as large or larger:
    headings and margins lie farther from their neighbours than the lines of a text.
    """
    flat = [line for line in baselines if len(line) > 1 and not is_steep(line)]
    middles = np.array([np.median(line[:, 1]) for line in flat])
    spans = np.array([(line[:, 0].min(), line[:, 0].max()) for line in flat]).reshape(-1, 2)
    nearest = []
    for middle, (left, right) in zip(middles, spans, strict=True):
        apart = np.abs(middles - middle)
        apart = apart[(spans[:, 0] < right) & (spans[:, 1] > left) & (apart > 1)]
        nearest += [float(apart.min())] if len(apart) else []
    return float(np.percentile(nearest, 25, method="lower")) if nearest else 0.0


def is_steep(baseline: Points) -> bool:
    """Whether a line runs rather up or down than to a side."""
    right, down = np.abs(baseline[-1] - baseline[0])
    return bool(down > right)


def _clip_side(outline: Points, axis: int, limit: float, sign: float) -> Points:
    """The part where `sign * coordinate >= sign * limit`."""
    if not len(outline):
        return outline
    depth = sign * (outline[:, axis] - limit)
    kept: list[NDArray[np.float64]] = []
    for index in range(len(outline)):
        here, there = depth[index - 1], depth[index]
        start, end = outline[index - 1], outline[index]
        if (here >= 0) != (there >= 0):
            kept.append(start + (end - start) * (here / (here - there)))
        if there >= 0:
            kept.append(end)
    return np.array(kept) if kept else np.empty((0, 2))
