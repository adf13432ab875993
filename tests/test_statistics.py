"""Intervals and p-values of error rates."""

import math
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from tf_crnn.statistics import bootstrap_interval, compare_rates, resampled_counts

EDITS_A = [0, 3, 1, 1, 0, 2, 7, 2, 0, 1, 0, 4]
EDITS_B = [0, 1, 0, 0, 0, 2, 3, 2, 1, 0, 0, 1]
LENGTHS = [12, 30, 25, 40, 18, 33, 29, 41, 22, 37, 15, 28]


def ratio_and_error(x: list[float], sizes: list[float]) -> tuple[float, float]:
    """Sum over sum, and its standard error by the residuals."""
    ratio = sum(x) / sum(sizes)
    error = math.sqrt(sum((a - ratio * b) ** 2 for a, b in zip(x, sizes, strict=True))) / sum(sizes)
    return ratio, error


def draw_lines(counts: NDArray[np.int64], column: list[float]) -> list[float]:
    return [value for value, count in zip(column, counts, strict=True) for _ in range(count)]


def drawn(x: list[float], sizes: list[float], n: int, seed: int) -> list[tuple[float, float]]:
    """Ratio and t of each resample, one line after the other."""
    ratio, _ = ratio_and_error(x, sizes)
    found = []
    for block in resampled_counts(len(x), n, seed):
        for counts in block:
            value, error = ratio_and_error(draw_lines(counts, x), draw_lines(counts, sizes))
            found.append((value, (value - ratio) / error if value != ratio else 0.0))
    return found


def simulate_lines(
    generator: np.random.Generator, n_lines: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edits and lengths as recognisers make them: most lines right, one in fifty nearly lost."""
    lengths = generator.normal(45, 15, n_lines).round().clip(3, 90).astype(np.int64)
    shares = np.where(generator.random(n_lines) < 0.6, 0, generator.beta(0.8, 12, n_lines))
    lost = generator.random(n_lines) < 0.02
    shares = np.where(lost, generator.uniform(0.3, 0.9, n_lines), shares)
    return generator.binomial(lengths, shares), lengths


def test_the_interval_is_that_of_a_plain_loop() -> None:
    interval = bootstrap_interval(EDITS_A, LENGTHS, n_resamples=400, seed=5)

    found = drawn(EDITS_A, LENGTHS, 400, 5)
    rate, error = ratio_and_error(EDITS_A, LENGTHS)
    percentile = np.quantile([value for value, _ in found], 0.975)
    t_low, t_high = np.quantile([t for _, t in found], [0.025, 0.975])
    assert interval.low == pytest.approx(max(0, rate - t_high * error))
    assert interval.high == pytest.approx(max(percentile, rate - t_low * error))
    assert interval.low < rate < interval.high


def test_the_p_value_is_that_of_a_plain_loop() -> None:
    rates = compare_rates(np.column_stack([EDITS_A, EDITS_B]), LENGTHS, n_resamples=400, seed=5)

    differences = [a - b for a, b in zip(EDITS_A, EDITS_B, strict=True)]
    value, error = ratio_and_error(differences, LENGTHS)
    n_as_far = sum(abs(t) >= abs(value / error) for _, t in drawn(differences, LENGTHS, 400, 5))
    assert rates.differences[0, 1].value == pytest.approx(value)
    assert rates.differences[0, 1].p == pytest.approx((1 + n_as_far) / 401)
    assert 0.01 < rates.differences[0, 1].p < 0.5


def test_the_p_value_nears_that_of_all_resamples_there_are() -> None:
    x, sizes = [3, 1, -1, 2, 0], [10, 12, 9, 14, 11]
    value, error = ratio_and_error(x, sizes)
    as_far = []
    for places in product(range(5), repeat=5):
        ratio, spread = ratio_and_error([x[k] for k in places], [sizes[k] for k in places])
        strayed = abs(ratio - value)
        as_far.append(strayed >= abs(value / error) * spread if spread > 1e-12 else strayed > 1e-12)
    edits = np.column_stack([np.array(x) + 5, np.full(5, 5)])

    rates = compare_rates(edits, sizes, n_resamples=20_000)

    assert rates.differences[0, 1].p == pytest.approx(np.mean(as_far), abs=0.01)


def test_each_pair_of_runs_is_as_if_compared_alone() -> None:
    generator = np.random.default_rng(2)
    edits = generator.poisson(1.5, (60, 4))
    lengths = generator.integers(10, 60, 60)

    together = compare_rates(edits, lengths)

    assert sorted(together.differences) == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for (i, j), difference in together.differences.items():
        alone = compare_rates(edits[:, [i, j]], lengths)
        assert difference.interval == pytest.approx(alone.differences[0, 1].interval)
        assert difference.p == alone.differences[0, 1].p
        assert together.intervals[i] == pytest.approx(alone.intervals[0])
    assert together.rates == pytest.approx((edits.sum(axis=0) / lengths.sum()).tolist())


def test_documents_of_equal_lines_are_resampled_as_wholes() -> None:
    edits, lengths = np.repeat(EDITS_A, 10), np.repeat(LENGTHS, 10)
    documents = np.repeat(list("abcdefghijkl"), 10).tolist()

    by_document = bootstrap_interval(edits, lengths, groups=documents)
    by_line = bootstrap_interval(edits, lengths)

    # Ten times the same line is one line ten times as long.
    assert by_document == pytest.approx(bootstrap_interval(EDITS_A, LENGTHS))
    assert by_document.high - by_document.low > 2 * (by_line.high - by_line.low)


def test_documents_need_not_stand_together_and_may_have_any_names() -> None:
    order = np.random.default_rng(0).permutation(12)
    documents = np.array(["p1", "p2", "p3", "p4"] * 3)
    renamed = [{"p1": "d", "p2": "a", "p3": "c", "p4": "b"}[name] for name in documents]

    shuffled = compare_rates(
        np.column_stack([EDITS_A, EDITS_B])[order],
        np.array(LENGTHS)[order],
        groups=documents[order],
    )

    other = compare_rates(np.column_stack([EDITS_A, EDITS_B]), LENGTHS, groups=renamed)
    assert shuffled.rates == pytest.approx(other.rates)
    first = bootstrap_interval(EDITS_A, LENGTHS, groups=documents.tolist())
    assert first == bootstrap_interval(EDITS_A, LENGTHS, groups=renamed)


def test_a_clear_difference_has_a_small_p_value_that_is_never_zero() -> None:
    generator = np.random.default_rng(3)
    lengths = generator.integers(20, 60, 300)
    edits = np.column_stack([generator.binomial(lengths, 0.1), generator.binomial(lengths, 0.03)])

    difference = compare_rates(edits, lengths, n_resamples=999).differences[0, 1]

    assert difference.p == pytest.approx(1 / 1000)
    assert 0 < difference.interval.low < difference.value < difference.interval.high


def test_runs_with_the_same_errors_do_not_differ() -> None:
    edits = np.column_stack([EDITS_A, EDITS_A])

    difference = compare_rates(edits, LENGTHS).differences[0, 1]

    assert (difference.value, difference.interval, difference.p) == (0, (0, 0), 1)


@pytest.mark.parametrize("n_changed", [1, 2, 3])
def test_few_changed_lines_are_no_evidence(n_changed: int) -> None:
    edits = np.ones((200, 2))
    edits[:n_changed, 1] = 0

    difference = compare_rates(edits, np.full(200, 40)).differences[0, 1]

    assert difference.p > 0.05
    assert difference.interval.low <= 0 < difference.value < difference.interval.high < math.inf


def test_a_single_line_with_errors_leaves_room_above() -> None:
    edits = np.zeros(100)
    edits[7] = 20

    interval = bootstrap_interval(edits, np.full(100, 40))

    assert interval.low == 0
    assert 0.01 < interval.high < 0.1


def test_the_interval_excludes_zero_just_where_p_is_small() -> None:
    generator = np.random.default_rng(8)
    for _ in range(60):
        lengths = generator.integers(20, 60, 80)
        rates = generator.uniform(0.02, 0.06, 2)
        edits = generator.binomial(lengths[:, None], rates)

        difference = compare_rates(edits, lengths, n_resamples=500).differences[0, 1]

        holds_zero = difference.interval.low <= 0 <= difference.interval.high
        assert holds_zero == (difference.p > 0.05) or difference.p == pytest.approx(0.05, abs=0.004)


@pytest.mark.parametrize(
    ("edits", "lengths", "groups", "rate"),
    [
        ([2], [40], None, 0.05),
        ([2, 4], [40, 80], ["p", "p"], 0.05),
        ([0, 0], [0, 0], None, math.nan),
        ([], [], None, math.nan),
    ],
)
def test_one_line_or_no_text_says_nothing_of_others(
    edits: list[int], lengths: list[int], groups: list[str] | None, rate: float
) -> None:
    columns = np.array([edits, edits], dtype=float).T.reshape(-1, 2)

    rates = compare_rates(columns, lengths, groups=groups)

    assert rates.rates == pytest.approx((rate, rate), nan_ok=True)
    assert all(math.isnan(end) for interval in rates.intervals for end in interval)
    assert math.isnan(rates.differences[0, 1].p)


def test_lines_without_text_may_be_among_the_others() -> None:
    interval = bootstrap_interval([0, 0, 1, 3], [0, 0, 10, 10])

    assert 0 <= interval.low < 0.2 < interval.high < 1


def test_the_seed_decides() -> None:
    first, again, other = (bootstrap_interval(EDITS_A, LENGTHS, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert first == pytest.approx(other, abs=0.02)


@pytest.mark.slow
def test_intervals_hold_the_true_rate_in_93_to_97_percent_of_500_sets() -> None:
    edits, lengths = simulate_lines(np.random.default_rng(0), 2_000_000)
    true_rate = edits.sum() / lengths.sum()
    generator = np.random.default_rng(1)
    n_holding = 0
    for number in range(500):
        edits, lengths = simulate_lines(generator, int(generator.integers(100, 501)))
        low, high = bootstrap_interval(edits, lengths, n_resamples=1000, seed=number)
        n_holding += bool(low <= true_rate <= high)

    assert 0.93 <= n_holding / 500 <= 0.97


@pytest.mark.slow
def test_p_values_of_equal_runs_are_spread_evenly() -> None:
    generator = np.random.default_rng(4)
    p_values = []
    for number in range(500):
        edits, lengths = simulate_lines(generator, 300)
        harder = generator.binomial(lengths, 0.05)
        swapped = generator.random(300) < 0.5
        first, second = np.where(swapped, edits, harder), np.where(swapped, harder, edits)
        pair = np.column_stack([first, second])
        p_values.append(compare_rates(pair, lengths, n_resamples=500, seed=number))

    p = np.array([rates.differences[0, 1].p for rates in p_values])
    assert (p <= 0.05).mean() <= 0.07
    assert np.quantile(p, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.08)


def test_ten_runs_on_five_thousand_lines_need_little_memory_at_a_time() -> None:
    blocks = list(resampled_counts(5000, 250, seed=0))

    assert [len(block) for block in blocks] == [100, 100, 50]
    assert all((block.sum(axis=1) == 5000).all() for block in blocks)
    assert np.vstack(blocks).mean(axis=0) == pytest.approx(np.ones(5000), abs=0.4)
