"""A line against a given label: where each unit stands, and how probable the label is.

Both run over the label with blanks between its units (Graves et al. 2006, section 4.1): the
probability sums over all CTC paths of the label, the alignment takes the best of them (Viterbi).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tf_crnn.alphabet import BLANK_CODE
from tf_crnn.decoding.greedy import collapse

_LEAST_PROB = 1e-30


class UnitSpan(NamedTuple):
    """Time steps of one unit.

    Attributes:
        start: the first step on which the path has the unit.
        end: one behind the last such step.
        confidence: the unit's greatest probability there, 0 to 1.
    """

    start: int
    end: int
    confidence: float


def align(probs: NDArray[np.floating], codes: Sequence[int]) -> list[UnitSpan]:
    """Where each unit of a label stands in its line.

    Args:
        probs: (T, K) probabilities of one line, only its own time steps.
        codes: of the label, 1..N each.

    Returns:
        One span for each code, in their order; spans do not overlap. Empty for an empty label.

    Raises:
        ValueError: the line has fewer time steps than CTC needs for the label.
    """
    if not len(codes):
        return []
    best = np.argmax(probs, axis=1)
    if collapse(best) == list(codes):
        # The best of all paths is the label's, as for every greedy reading.
        return _runs(best, probs)
    labels = _with_blanks(codes)
    path = _best_path(_log_probs(probs, labels), labels)
    return [_span(path == 2 * i + 1, probs[:, code]) for i, code in enumerate(codes)]


def fits(codes: Sequence[int], time_steps: int) -> bool:
    """Whether CTC can write a label in so many steps: one a unit, a blank between equal ones."""
    return len(codes) + sum(one == other for one, other in pairwise(codes)) <= time_steps


def log_probability(probs: NDArray[np.floating], codes: Sequence[int]) -> float:
    """Natural log of P(label | line) under CTC; minus infinity where the label does not fit.

    Args:
        probs: (T, K) probabilities of one line, only its own time steps.
        codes: of the label, 1..N each.
    """
    labels = _with_blanks(codes)
    log_probs, may_skip = _log_probs(probs, labels), _may_skip(labels)
    score = np.full(len(labels), -np.inf)
    score[:2] = log_probs[0, :2]
    for step in log_probs[1:]:
        score = np.logaddexp.reduce(_arrivals(score, may_skip), axis=0) + step
    return float(np.logaddexp.reduce(score[-2:]))


def boundaries(spans: Sequence[UnitSpan], time_steps: int) -> NDArray[np.float64]:
    """Where one unit ends and the next begins: half way between their spans.

    Args:
        spans: from `align`, at least one.
        time_steps: T of the line.

    Returns:
        (L + 1,) in time steps, from 0 to T; unit i lies between the entries i and i + 1.
    """
    starts = np.array([span.start for span in spans[1:]], dtype=np.float64)
    ends = np.array([span.end for span in spans[:-1]], dtype=np.float64)
    return np.concatenate(([0.0], (starts + ends) / 2, [float(time_steps)]))


def natural_log(probs: ArrayLike) -> NDArray[np.floating]:
    """Natural logs of probabilities, of which some may have been rounded to 0."""
    logs: NDArray[np.floating] = np.log(np.maximum(probs, _LEAST_PROB))
    return logs


def _best_path(log_probs: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which entry of `labels` the best path is on at each step, (T,)."""
    steps, states = log_probs.shape
    may_skip = _may_skip(labels)
    score = np.full(states, -np.inf)
    score[:2] = log_probs[0, :2]
    moves = np.zeros((steps, states), dtype=np.int8)
    for step in range(1, steps):
        candidates = _arrivals(score, may_skip)
        moves[step] = candidates.argmax(axis=0)
        score = candidates.max(axis=0) + log_probs[step]
    state = states - 1 if score[-1] >= score[-2] else states - 2
    if not np.isfinite(score[state]):
        raise ValueError(f"{states // 2} units do not fit into {steps} time steps")
    path = np.empty(steps, dtype=np.int64)
    for step in range(steps - 1, -1, -1):
        path[step] = state
        state -= int(moves[step, state])
    return path


def _runs(path: NDArray[np.int64], probs: NDArray[np.floating]) -> list[UnitSpan]:
    """The stretches of a path on which it has the same unit."""
    starts = np.flatnonzero(np.diff(path, prepend=-1))
    ends = np.append(starts[1:], len(path))
    return [
        UnitSpan(int(start), int(end), float(probs[start:end, path[start]].max()))
        for start, end in zip(starts, ends, strict=True)
        if path[start] != BLANK_CODE
    ]


def _with_blanks(codes: Sequence[int]) -> NDArray[np.int64]:
    labels = np.full(2 * len(codes) + 1, BLANK_CODE, dtype=np.int64)
    labels[1::2] = codes
    return labels


def _log_probs(
    probs: NDArray[np.floating], labels: NDArray[np.int64]
) -> NDArray[np.float64]:  # (T, 2L + 1)
    return natural_log(probs[:, labels].astype(np.float64)).astype(np.float64, copy=False)


def _may_skip(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Into which entries a path may come past a blank: units that follow another unit."""
    may_skip = np.zeros(len(labels), dtype=bool)
    may_skip[3::2] = labels[3::2] != labels[1:-2:2]
    return may_skip


def _arrivals(score: NDArray[np.float64], may_skip: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Scores of coming into each entry from itself, from the one before, and past a blank."""
    arrivals = np.full((3, len(score)), -np.inf)
    arrivals[0] = score
    arrivals[1, 1:] = score[:-1]
    arrivals[2, 2:] = np.where(may_skip[2:], score[:-2], -np.inf)
    return arrivals


def _span(is_there: NDArray[np.bool_], probs: NDArray[np.floating]) -> UnitSpan:
    steps = np.flatnonzero(is_there)
    return UnitSpan(int(steps[0]), int(steps[-1]) + 1, float(probs[steps].max()))
