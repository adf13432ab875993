"""Learns n-grams of units from texts: interpolated Kneser-Ney with three discounts an order.

Chen and Goodman, An Empirical Study of Smoothing Techniques for Language Modeling (1998), section
3.1. An order that has no n-grams seen once, twice, three or four times, from whose numbers the
discounts come, is smoothed after Witten and Bell (1991): a context hands on as much as it has had
surprises.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.decoding.ngrams import Level, assemble
from tf_crnn.decoding.tables import END_CODE, NgramTables

# Natural log of what has no probability.
_NEVER = -99.0


class _Grams(NamedTuple):
    """The n-grams of one length, sorted by `parent` and then by `unit`.

    Attributes:
        parent: (n,) number of the one shorter n-gram without the last unit.
        unit: (n,) the last unit.
        suffix: (n,) number of the one shorter n-gram without the first unit.
        n_seen: (n,) how often it stands in the texts.
        at_begin: (n,) whether its first unit is the begin of a line.
    """

    parent: NDArray[np.int64]
    unit: NDArray[np.int64]
    suffix: NDArray[np.int64]
    n_seen: NDArray[np.int64]
    at_begin: NDArray[np.bool_]


def learn_ngrams(texts: Iterable[Sequence[int]], n_units: int, order: int) -> NgramTables:
    """A model of what follows up to `order` - 1 units, and of where lines begin and end.

    Args:
        texts: codes of each line, 1..N, as they stand in the image.
        n_units: N; units that no text holds get a share too.
        order: length of the longest n-grams, the last unit included; at least 1.

    Returns:
        Tables in which the probabilities of the N units and of the line's end sum to 1 behind any
        units.

    Raises:
        ValueError: `order` is below 1, or a code is not in 1..N.
    """
    if order < 1:
        raise ValueError(f"order must be at least 1, not {order}")
    lines = [[n_units + 1, *text, END_CODE] for text in texts]
    stream = np.array([code for line in lines for code in line], dtype=np.int64)
    line_of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    inner = stream[(stream != END_CODE) & (stream != n_units + 1)]
    if len(inner) != len(stream) - 2 * len(lines) or (inner > n_units).any() or (inner < 0).any():
        raise ValueError(f"texts must hold codes of 1..{n_units}")
    return assemble(_levels(_count(stream, line_of, n_units, order), n_units), n_units)


def _count(
    stream: NDArray[np.int64], line_of: NDArray[np.int64], n_units: int, order: int
) -> list[_Grams]:
    """The n-grams of each length, from 1 on; of length 1 all units, seen or not."""
    n_codes = n_units + 2
    none = np.zeros(n_codes, np.int64)
    codes = np.arange(n_codes)
    counts = np.bincount(stream, minlength=n_codes)
    found = [_Grams(none, codes, none, counts, codes == n_units + 1)]
    number = stream  # of the n-gram that begins at each place
    for length in range(2, order + 1):
        places = np.flatnonzero(line_of[: 1 - length] == line_of[length - 1 :])
        if not len(places):
            break
        keys, gram = np.unique(
            number[places] * n_codes + stream[places + length - 1], return_inverse=True
        )
        parent, suffix = keys // n_codes, np.empty(len(keys), np.int64)
        suffix[gram] = number[places + 1]
        at_begin = found[-1].at_begin[parent]
        found.append(_Grams(parent, keys % n_codes, suffix, np.bincount(gram), at_begin))
        number = np.full(len(stream), -1)
        number[places] = gram
    return found


def _levels(found: list[_Grams], n_units: int) -> list[Level]:
    starts = np.cumsum([0, 1, *(len(grams.unit) for grams in found)])
    probs = [np.full(1, 1 / (n_units + 1))]  # before anything is known, all are alike
    handed_on = []
    for length, grams in enumerate(found):
        counts = _adjusted(grams, found[length + 1] if length + 1 < len(found) else None)
        if length == 0:
            counts[n_units + 1] = 0  # the begin of a line follows nothing
        kept, given = _smooth(counts, grams.parent, len(probs[-1]))
        probs.append(kept + given[grams.parent] * probs[-1][grams.suffix])
        handed_on.append(given)
    handed_on.append(np.ones(len(probs[-1])))
    probs[1][n_units + 1] = 0
    return [
        Level(grams.parent, grams.unit, grams.suffix + start, _log(prob), _log(given))
        for grams, start, prob, given in zip(
            found, starts[:-2], probs[1:], handed_on[1:], strict=True
        )
    ]


def _adjusted(grams: _Grams, longer: _Grams | None) -> NDArray[np.int64]:
    """How often each n-gram stands in the texts if it is of the longest or begins a line.

    Of others it counts behind how many different units they stand.
    """
    if longer is None:
        return grams.n_seen.copy()
    continuations = np.bincount(longer.suffix, minlength=len(grams.unit))
    return np.where(grams.at_begin, grams.n_seen, continuations)


def _smooth(
    counts: NDArray[np.int64], parent: NDArray[np.int64], n_contexts: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The share of each n-gram in its context that is its own, and what each context hands on."""
    total = np.bincount(parent, counts, minlength=n_contexts)
    discounts = _discounts(counts)
    if discounts is None:
        surprises = np.bincount(parent, counts > 0, minlength=n_contexts)
        divisor = np.maximum(total + surprises, 1)
        return counts / divisor[parent], np.where(total > 0, surprises / divisor, 1.0)
    discount = discounts[np.minimum(counts, 3)]
    divisor = np.maximum(total, 1)
    given = np.bincount(parent, discount, minlength=n_contexts) / divisor
    return (counts - discount) / divisor[parent], np.where(total > 0, given, 1.0)


def _discounts(counts: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """What is taken from n-grams with counts of 0, 1, 2, and 3 or more; None if it is not known."""
    n = np.bincount(np.minimum(counts, 5), minlength=6).astype(float)
    if not n[1:5].all():
        return None
    share = n[1] / (n[1] + 2 * n[2])
    discounts = np.array([0.0, *(k - (k + 1) * share * n[k + 1] / n[k] for k in (1, 2, 3))])
    is_right = (discounts[1:] > 0) & (discounts[1:] <= [1, 2, 3])
    return discounts if is_right.all() else None


def _log(probs: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(probs), _NEVER)
