"""Where the units of a reading stand in its line image."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.alignment import align, boundaries, fits, natural_log
from tf_crnn.decoding.confidence import unit_log_probs
from tf_crnn.decoding.transcription import UnitPlace


class _Placed(str):
    """A unit that knows its place in the image."""

    place: int


def unit_places(
    probs: NDArray[np.floating], codes: Sequence[int], width_px: int
) -> list[UnitPlace]:
    """The columns of each unit, in the order of the image.

    Neighbours meet half way between the steps on which the network saw them. The first and the last
    unit reach outwards as far as they do inwards, within the image. A reading for which there are
    too few steps, as one found in a wider copy of the line, is spread evenly, with no confidence.

    Args:
        probs: (T, K) probabilities of one line, only its own time steps.
        codes: of the reading, 1..N each.
        width_px: of the line image as it was given.
    """
    if not fits(codes, len(probs)):
        edges = np.linspace(0, width_px, len(codes) + 1)
        return [UnitPlace(start, end, 0.0, -math.inf) for start, end in pairwise(edges.tolist())]
    spans = align(probs, codes)
    if not spans:
        return []
    edges = boundaries(spans, len(probs))
    if len(spans) > 1:
        edges[0] = max(0.0, spans[0].start + spans[0].end - edges[1])
        edges[-1] = min(float(len(probs)), spans[-1].start + spans[-1].end - edges[-2])
    edges *= width_px / len(probs)
    return [
        UnitPlace(float(start), float(end), span.confidence, log_prob)
        for start, end, span, log_prob in zip(
            edges[:-1], edges[1:], spans, unit_log_probs(probs, codes, spans), strict=True
        )
    ]


def looked_at_places(
    weights: NDArray[np.floating], confidences: Sequence[float], width_px: int
) -> list[UnitPlace]:
    """The columns of each unit by where a decoder looked, in the order of the image.

    Neighbours meet half way between the middles of their looks; the first and the last unit reach
    outwards as far as they do inwards, within the image.

    Args:
        weights: (L, T) of each unit, the end not among them.
        confidences: (L,) of the units, 0 to 1.
        width_px: of the line image as it was given.
    """
    n_units, n_steps = weights.shape
    if not n_units:
        return []
    middles = weights @ (np.arange(n_steps) + 0.5)
    between = (middles[:-1] + middles[1:]) / 2
    if n_units == 1:
        edges = np.array([0.0, float(n_steps)])
    else:
        first, last = 2 * middles[0] - between[0], 2 * middles[-1] - between[-1]
        edges = np.clip(np.concatenate(([first], between, [last])), 0, n_steps)
    edges *= width_px / n_steps
    log_probs = natural_log(confidences).tolist()
    # A decoder may look back: then the edges of a unit change sides.
    return [
        UnitPlace(float(min(pair)), float(max(pair)), float(confidence), log_prob)
        for *pair, confidence, log_prob in zip(
            edges[:-1], edges[1:], confidences, log_probs, strict=True
        )
    ]


def in_reading_order(
    places: Sequence[UnitPlace], units: Sequence[str], logical: Callable[[Sequence[str]], list[str]]
) -> list[UnitPlace]:
    """The places of units that were brought to reading order.

    Args:
        places: in the order of the image.
        units: in the order of the image.
        logical: brings units to reading order; it may put others in the place of some (brackets
            that are printed mirrored).
    """
    placed = [_placed(unit, index) for index, unit in enumerate(units)]
    read = logical(placed)
    left = sorted(set(range(len(units))) - {getattr(unit, "place", -1) for unit in read})
    order: list[int] = []
    for unit in read:
        place = getattr(unit, "place", -1)
        if place < 0:
            # A mirrored unit is in text from right to left, where the next one is at the left.
            wanted = order[-1] - 1 if order else -1
            place = wanted if wanted in left else left[-1]
            left.remove(place)
        order.append(place)
    return [places[place] for place in order]


def _placed(unit: str, place: int) -> str:
    placed = _Placed(unit)
    placed.place = place
    return placed
