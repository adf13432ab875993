"""From a model's probabilities to the columns at which a line is cut into its units."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.alignment import UnitSpan, align
from tf_crnn.synthesis.bank import CutLine
from tf_crnn.synthesis.looks import find_strokes, measure_look

_PULL = 0.1  # rows of ink that a column one nearer to the middle may have more
_BLANK_INK = 0.67  # rows: two columns of three may have one dot


class Label(NamedTuple):
    """What a line reads.

    Attributes:
        codes: (L,) 1..N.
        is_space: (L,) which of them leave no ink.
    """

    codes: Sequence[int]
    is_space: Sequence[bool]


def cut_line(image: NDArray[np.uint8], label: Label, probs: NDArray[np.floating]) -> CutLine:
    """A line with its units cut apart.

    Args:
        image: (H, W, C).
        label: of the line, at least one unit.
        probs: (T, K) of a model that has read it, blank first.

    Raises:
        ValueError: the label does not fit into the time steps.
    """
    strokes = find_strokes(image)
    spans = align(probs, label.codes)
    columns = cut_columns(spans, label.is_space, strokes, image.shape[1] / len(probs))
    return CutLine(image, label.codes, columns, measure_look(image, strokes))


def cut_columns(
    spans: Sequence[UnitSpan],
    is_space: Sequence[bool],
    strokes: NDArray[np.bool_],
    px_per_step: float,
) -> NDArray[np.int64]:
    """Where units are cut apart: between their spans, in the column with least ink.

    Letters are cut apart about half way between their spans. A space is all the blank between the
    letters beside it, so that it is as wide as it was written. Before the first and behind the last
    unit the margin is left out.

    Args:
        spans: of each unit, in time steps.
        is_space: which units leave no ink.
        strokes: (H, W) which pixels are ink.
        px_per_step: columns for each time step.

    Returns:
        (L + 1,) strictly increasing, within 0..W.
    """
    height, width = strokes.shape
    ink = _smooth(strokes.sum(axis=0))
    starts = [round(span.start * px_per_step) for span in spans]
    ends = [
        max(round(span.end * px_per_step), start) for span, start in zip(spans, starts, strict=True)
    ]
    cuts = [_outer_edge(ink[: starts[0] + 1][::-1], height, starts[0], -1)]
    for left, right in zip(ends[:-1], starts[1:], strict=True):
        cuts.append(_least_ink(ink, left, max(left, right)))
    cuts.append(_outer_edge(ink[min(ends[-1], width - 1) :], height, ends[-1], 1))
    for number in range(1, len(spans) - 1):
        if is_space[number] and not is_space[number - 1] and not is_space[number + 1]:
            gap = _widest_blank(ink, ends[number - 1], starts[number + 1])
            cuts[number : number + 2] = gap or cuts[number : number + 2]
    return _increasing(np.array(cuts, dtype=np.int64), width)


def _least_ink(ink: NDArray[np.float64], left: int, right: int) -> int:
    """The column with least ink from `left` to `right`, rather in the middle."""
    columns = np.arange(left, right + 1)
    distance = np.abs(columns - (left + right) / 2)
    return int(columns[(ink[np.minimum(columns, len(ink) - 1)] + _PULL * distance).argmin()])


def _widest_blank(ink: NDArray[np.float64], left: int, right: int) -> list[int]:
    """Begin and end of the longest run of columns without ink; empty if there is none."""
    is_blank = np.concatenate(([False], ink[left:right] < _BLANK_INK, [False])).astype(np.int8)
    begins, ends = np.flatnonzero(np.diff(is_blank) == 1), np.flatnonzero(np.diff(is_blank) == -1)
    if not len(begins):
        return []
    widest = int((ends - begins).argmax())
    begin, end = left + int(begins[widest]), left + int(ends[widest])
    return [begin, end] if end - begin > 1 else []


def _outer_edge(ink_outwards: NDArray[np.float64], height: int, start: int, way: int) -> int:
    """Where the ink of the outermost unit ends, seen from its span outwards."""
    reach = ink_outwards[: round(1.5 * height)]
    inked = np.flatnonzero(reach >= _BLANK_INK)
    margin = max(1, height // 32)
    return start + way * ((int(inked[-1]) if inked.size else 0) + margin)


def _smooth(ink: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.convolve(ink, np.ones(3) / 3, mode="same")


def _increasing(cuts: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """The cuts, moved where needed so that each unit has at least one column."""
    steps = np.arange(len(cuts))
    forwards = np.maximum.accumulate(np.maximum(cuts, 0) - steps) + steps
    last = width - (len(cuts) - 1 - steps)
    return np.asarray(np.minimum(forwards, last))
