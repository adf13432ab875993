"""Error rates of runs on the same lines, and how far they and their differences may be chance."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.metrics import ErrorCounts, compare_line
from tf_crnn.statistics import N_RESAMPLES, Interval, RunRates, compare_rates

MEASURES = ("cer", "wer", "exact_match")
# So that the smallest p-value there can be stays small when it is corrected for all pairs.
_RESAMPLES_PER_PAIR = 50


class Estimate(NamedTuple):
    """A rate of a run.

    Attributes:
        value: fraction.
        by_line: 95 % interval, lines resampled.
        by_document: the same with documents resampled; None where they are not known.
    """

    value: float
    by_line: Interval
    by_document: Interval | None


class Rates(NamedTuple):
    """A run on the common lines."""

    counts: ErrorCounts
    cer: Estimate
    wer: Estimate
    exact_match: Estimate


class Evidence(NamedTuple):
    """How far a difference may be chance.

    Attributes:
        interval: of the difference, 95 %.
        p: of this pair alone.
        p_adjusted: corrected for all pairs that are compared (Holm 1979).
    """

    interval: Interval
    p: float
    p_adjusted: float


class Change(NamedTuple):
    """A rate of the second run of a pair minus that of the first.

    Attributes:
        value: below 0, the second has the lower rate.
        by_line: lines resampled.
        by_document: documents resampled; None where they are not known.
    """

    value: float
    by_line: Evidence
    by_document: Evidence | None


class Wins(NamedTuple):
    """Lines of a pair, by the number of wrong characters.

    Attributes:
        n_better: lines on which the second run has fewer than the first.
        n_worse: lines on which it has more.
        n_equal: the other lines.
    """

    n_better: int
    n_worse: int
    n_equal: int


class Pair(NamedTuple):
    """Two runs on the common lines.

    Attributes:
        first: place of the run in the comparison.
        second: likewise, later.
        cer: change from the first to the second.
        wer: likewise.
        exact_match: likewise; above 0, the second reads more lines without an error.
        wins: on how many lines the second run does better.
    """

    first: int
    second: int
    cer: Change
    wer: Change
    exact_match: Change
    wins: Wins


class Measured(NamedTuple):
    """All rates and pairs of some runs; places are those of the runs given."""

    rates: tuple[Rates, ...]
    pairs: tuple[Pair, ...]


def count_errors(lines: Sequence[tuple[str, Sequence[str]]]) -> NDArray[np.int64]:
    """Counts of each line and run.

    Args:
        lines: truth, and the readings of all runs.

    Returns:
        (N, K, 6), the last axis as the fields of `ErrorCounts`.
    """
    counts = [[compare_line(truth, reading) for reading in readings] for truth, readings in lines]
    return np.array(counts, dtype=np.int64)


def measure(counts: NDArray[np.int64], documents: Sequence[str] | None, seed: int = 0) -> Measured:
    """Rates, intervals and pairwise differences of runs.

    Args:
        counts: of `count_errors`, (N, K, 6).
        documents: of each line, or None.
        seed: of the bootstrap.
    """
    totals = [ErrorCounts(*run.tolist()) for run in counts.sum(axis=0)]
    pairs = list(combinations(range(len(totals)), 2))
    by_line = _bootstrap(counts, None, seed)
    by_document = _bootstrap(counts, documents, seed) if documents is not None else {}
    rates = tuple(
        Rates(total, **{m: _estimate(by_line[m], by_document.get(m), m, run) for m in MEASURES})
        for run, total in enumerate(totals)
    )
    cer, wer, exact = (_changes(by_line[m], by_document.get(m), m, pairs) for m in MEASURES)
    edits = counts[:, :, ErrorCounts._fields.index("char_edits")]
    compared = tuple(
        Pair(*pair, cer[place], wer[place], exact[place], _wins(*(edits[:, run] for run in pair)))
        for place, pair in enumerate(pairs)
    )
    return Measured(rates, compared)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for their number by the step-down method of Holm (1979)."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = highest if p_values[place] == p_values[place] else p_values[place]
    return adjusted


def _bootstrap(
    counts: NDArray[np.int64], groups: Sequence[str] | None, seed: int
) -> dict[str, RunRates]:
    _, n_exact, char_edits, n_chars, word_edits, n_words = np.moveaxis(counts, 2, 0)
    n_lines, n_runs = n_exact.shape
    n_pairs = n_runs * (n_runs - 1) // 2
    n_resamples = max(N_RESAMPLES, _RESAMPLES_PER_PAIR * n_pairs)
    sums = {
        "cer": (char_edits, n_chars[:, 0]),
        "wer": (word_edits, n_words[:, 0]),
        "exact_match": (1 - n_exact, np.ones(n_lines)),
    }
    return {
        measure: compare_rates(edits, lengths, groups=groups, n_resamples=n_resamples, seed=seed)
        for measure, (edits, lengths) in sums.items()
    }


def _estimate(by_line: RunRates, by_document: RunRates | None, measure: str, run: int) -> Estimate:
    value, lines = by_line.rates[run], by_line.intervals[run]
    documents = by_document.intervals[run] if by_document else None
    if measure == "exact_match":
        # Counted were the lines with errors.
        return Estimate(1 - value, lines.complement(), documents and documents.complement())
    return Estimate(value, lines, documents)


def _changes(
    by_line: RunRates,
    by_document: RunRates | None,
    measure: str,
    pairs: Sequence[tuple[int, int]],
) -> list[Change]:
    # Differences are first minus second, and of lines with errors where lines without are told.
    sign = 1.0 if measure == "exact_match" else -1.0
    lines = _evidence(by_line, pairs, sign)
    documents = _evidence(by_document, pairs, sign) if by_document else [None] * len(pairs)
    return [
        Change(sign * by_line.differences[pair].value + 0.0, of_lines, of_documents)
        for pair, of_lines, of_documents in zip(pairs, lines, documents, strict=True)
    ]


def _evidence(rates: RunRates, pairs: Sequence[tuple[int, int]], sign: float) -> list[Evidence]:
    found = [rates.differences[pair] for pair in pairs]
    adjusted = holm([difference.p for difference in found])
    return [
        Evidence(
            Interval(*sorted(sign * end + 0.0 for end in difference.interval)), difference.p, p
        )
        for difference, p in zip(found, adjusted, strict=True)
    ]


def _wins(first: NDArray[np.int64], second: NDArray[np.int64]) -> Wins:
    n_better, n_worse = int((second < first).sum()), int((second > first).sum())
    return Wins(n_better, n_worse, len(first) - n_better - n_worse)
