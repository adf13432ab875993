"""How far an error rate, or the difference of two, may be chance: the bootstrap over lines.

Lines are drawn with replacement, as many as there are, again and again; how much the rate varies
between these draws says how much it would vary between other sets of lines of the same kind. Lines
of one document tend to be alike: drawn one by one they promise more than they hold, so whole
documents (`groups`) can be drawn instead.

A rate here is sum(edits) / sum(lengths), the difference of two runs is the same with the
differences of their edits. Both are studentised (Efron and Tibshirani 1993, chapters 12 and 16):
each draw is measured in its own standard error, t = (rate of the draw - rate) / error of the draw,
because few lines hold most errors and plain percentiles are then too narrow.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
N_RESAMPLES = 2000
_DRAWN_AT_ONCE = 500_000
_ROUNDING = 1e-9

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """Where a value may lie; both ends are not a number where that cannot be said."""

    low: float
    high: float

    def as_pair(self) -> list[float] | None:
        """The ends for JSON; None where they are not known."""
        return None if isnan(self.low) else list(self)

    def complement(self) -> "Interval":
        """Of the share of all else, where this is of a share."""
        return self if isnan(self.low) else Interval(max(0.0, 1 - self.high), 1 - self.low)


_NOWHERE = Interval(float("nan"), float("nan"))


class Difference(NamedTuple):
    """How much higher the rate of one run is than that of another on the same lines.

    Attributes:
        value: first rate minus second.
        interval: of the value, 95 %; holds 0 where `p` is above 0.05.
        p: share of draws that stray at least this far from the value by chance, see
            `compare_rates`.
    """

    value: float
    interval: Interval
    p: float


class RunRates(NamedTuple):
    """Rates of several runs on the same lines.

    Attributes:
        rates: of each run.
        intervals: of each rate, 95 %.
        differences: for each pair (i, j), i < j, that of run i minus run j.
    """

    rates: tuple[float, ...]
    intervals: tuple[Interval, ...]
    differences: dict[tuple[int, int], Difference]


class _Draws(NamedTuple):
    """Ratios of sums: as they are, and over resampled lines.

    Attributes:
        ratios: (K,) as they are.
        errors: (K,) their standard errors.
        drawn: (R, K) ratios of the draws.
        t: (R, K) in standard errors of the draw; infinite for a draw without any spread.
    """

    ratios: Floats
    errors: Floats
    drawn: Floats
    t: Floats


def bootstrap_interval(
    edits: ArrayLike,
    lengths: ArrayLike,
    *,
    groups: Sequence[Any] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """95 % interval of sum(edits) / sum(lengths).

    Studentised; the upper end is at least the percentile of the draws, the lower one at least 0.

    Args:
        edits: errors of each line, (N,).
        lengths: of each line's reference, (N,).
        groups: the document of each line; whole documents are then resampled.
        n_resamples: number of draws.
        seed: of the draws.

    Returns:
        Both ends not a number for less than two lines (documents), or for a total length of 0.
    """
    column = np.asarray(edits, dtype=np.float64)[:, None]
    rates = compare_rates(column, lengths, groups=groups, n_resamples=n_resamples, seed=seed)
    return rates.intervals[0]


def bootstrap_intervals(
    edits: ArrayLike,
    lengths: ArrayLike,
    *,
    groups: Sequence[Any] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> list[Interval]:
    """95 % intervals of several rates of the same lines, as `bootstrap_interval` finds each.

    Args:
        edits: errors of each line by each measure, (N, K).
        lengths: of each line's reference by each measure, (N, K).
        groups: the document of each line; whole documents are then resampled.
        n_resamples: number of draws.
        seed: of the draws.
    """
    rows, sizes = _as_columns(edits, lengths, groups)
    intervals = [_NOWHERE] * rows.shape[1]
    known = np.flatnonzero(sizes.sum(axis=0)).tolist()
    if len(sizes) < 2 or not known:
        return intervals
    counts = resampled_counts(len(sizes), n_resamples, seed)
    draws = _draw(rows[:, known], sizes[:, known], [], counts)
    for place, column in enumerate(known):
        intervals[column] = _rate_interval(draws, place)
    return intervals


def compare_rates(
    edits: ArrayLike,
    lengths: ArrayLike,
    *,
    groups: Sequence[Any] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> RunRates:
    """Rates of runs on the same lines, their intervals, and the paired difference of each two.

    All runs are drawn together, so that a line which is hard for every run cancels out of the
    differences.

    The p-value is two-sided. Null hypothesis: on lines of this kind both runs have the same rate,
    and the difference here comes from which lines happen to be in the set. With t0 the difference
    in standard errors and t that of each draw around the difference seen,
    p = (1 + number of draws with |t| >= |t0|) / (1 + number of draws): never 0, and 1 for runs
    that make as many errors on every line.

    Args:
        edits: errors of each line and run, (N, K).
        lengths: of each line's reference, (N,).
        groups: the document of each line; whole documents are then resampled.
        n_resamples: number of draws.
        seed: of the draws.

    Returns:
        Intervals and p-values are not a number for less than two lines (documents), or for a total
        length of 0.
    """
    rows, sizes = _as_columns(edits, lengths, groups)
    n_runs = rows.shape[1]
    pairs = list(combinations(range(n_runs), 2))
    if len(sizes) < 2 or not sizes.any():
        return _unknown(rows.sum(axis=0), float(sizes[:, 0].sum()), pairs)
    draws = _draw(rows, sizes, pairs, resampled_counts(len(sizes), n_resamples, seed))
    return RunRates(
        tuple(draws.ratios[:n_runs].tolist()),
        tuple(_rate_interval(draws, run) for run in range(n_runs)),
        {pair: _difference(draws, n_runs + place) for place, pair in enumerate(pairs)},
    )


def resampled_counts(n_units: int, n_resamples: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """How often each of `n_units` lines is drawn, (R, N) for some resamples at a time."""
    generator = np.random.default_rng(seed)
    step = max(1, _DRAWN_AT_ONCE // n_units)
    for start in range(0, n_resamples, step):
        n_rows = min(step, n_resamples - start)
        places = generator.integers(n_units, size=(n_rows, n_units))
        places += np.arange(n_rows)[:, None] * n_units
        yield np.bincount(places.ravel(), minlength=n_rows * n_units).reshape(n_rows, n_units)


def _draw(
    rows: Floats,
    sizes: Floats,
    pairs: Sequence[tuple[int, int]],
    counts: Iterator[NDArray[np.int64]],
) -> _Draws:
    """Ratios of the runs, then of the differences of the pairs; runs of a pair share `sizes`."""
    n_runs = rows.shape[1]
    products = np.column_stack(
        [rows, rows * sizes, rows**2, _products(rows, pairs), sizes, sizes**2]
    )
    # One product of matrices has all sums of a draw; its first row is of the lines as they are.
    sums = np.vstack(
        [products.sum(axis=0), *(block.astype(np.float64) @ products for block in counts)]
    )
    widths = [*[n_runs] * 3, len(pairs), n_runs]
    x, xs, xx, crossed, total, squares = np.split(sums, np.cumsum(widths), axis=1)
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    total = np.hstack([total, total[:, first]])
    squares = np.hstack([squares, squares[:, first]])
    x = np.hstack([x, x[:, first] - x[:, second]])  # (1 + R, K)
    xs = np.hstack([xs, xs[:, first] - xs[:, second]])
    xx = np.hstack([xx, xx[:, first] + xx[:, second] - 2 * crossed])
    ratios = x[0] / total[0]
    # A draw of empty lines alone says nothing: as if it were no other than the lines seen.
    drawn = np.divide(x, total, out=np.tile(ratios, (len(x), 1)), where=total > 0)
    spread = np.maximum(xx - 2 * drawn * xs + drawn**2 * squares, 0)
    spread[spread < _ROUNDING * np.maximum(xx, 1)] = 0
    strayed = (drawn - ratios) * total
    strayed[np.abs(strayed) < _ROUNDING * np.maximum(np.abs(x), 1)] = 0
    t = np.copysign(np.inf, strayed)
    np.divide(strayed, np.sqrt(spread), out=t, where=spread > 0)
    t[strayed == 0] = 0
    return _Draws(ratios, np.sqrt(spread[0]) / total[0], drawn[1:], t[1:])


def _products(rows: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    """(N, pairs), the errors of both runs of a pair multiplied."""
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    return rows[:, first] * rows[:, second]


def _rate_interval(draws: _Draws, place: int) -> Interval:
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    rate, error = draws.ratios[place], draws.errors[place]
    t_low, t_high = np.quantile(_made_finite(draws.t[:, place]), tails)
    # Errors on a line or two alone give t little to go by.
    at_least = np.quantile(draws.drawn[:, place], tails[1])
    return Interval(
        max(0.0, float(rate - t_high * error)), float(max(at_least, rate - t_low * error))
    )


def _difference(draws: _Draws, place: int) -> Difference:
    value, error = float(draws.ratios[place]), float(draws.errors[place])
    distances = np.abs(draws.t[:, place])
    seen = abs(value) / error if error else (np.inf if value else 0.0)
    n_as_far = int((distances >= seen * (1 - _ROUNDING)).sum())
    p = (1 + n_as_far) / (1 + len(distances))
    reach = error * float(
        np.quantile(_made_finite(distances, at_least=seen), LEVEL, method="higher")
    )
    return Difference(value, Interval(value - reach, value + reach), p)


def _made_finite(t: Floats, at_least: float = 0.0) -> Floats:
    """Draws without spread, such as those without any error, stray as far as any other draw."""
    finite = t[np.isfinite(t)]
    farthest = max(float(np.abs(finite).max(initial=0.0)), at_least if at_least < np.inf else 0.0)
    return np.clip(t, -farthest, farthest)


def _as_columns(
    edits: ArrayLike, lengths: ArrayLike, groups: Sequence[Any] | None
) -> tuple[Floats, Floats]:
    """Errors and lengths, (N, K) each; of documents where these are given."""
    rows, sizes = np.asarray(edits, dtype=np.float64), np.asarray(lengths, dtype=np.float64)
    sizes = np.broadcast_to(sizes if sizes.ndim == 2 else sizes[:, None], rows.shape)
    if groups is None:
        return rows, sizes
    return _sums_by_group(rows, groups), _sums_by_group(sizes, groups)


def _sums_by_group(columns: Floats, groups: Sequence[Any]) -> Floats:
    # Numbered in the order they come, so that the result does not hang on their names.
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    places = np.array([numbers[group] for group in groups], dtype=np.intp)
    sums = np.zeros((len(numbers), columns.shape[1]))
    np.add.at(sums, places, columns)
    return sums


def _unknown(sums: Floats, total: float, pairs: Sequence[tuple[int, int]]) -> RunRates:
    rates = sums / total if total else np.full(len(sums), np.nan)
    differences = {
        (i, j): Difference(float(rates[i] - rates[j]), _NOWHERE, float("nan")) for i, j in pairs
    }
    return RunRates(tuple(rates.tolist()), (_NOWHERE,) * len(sums), differences)
