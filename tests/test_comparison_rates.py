"""Rates of runs on the same lines, and their pairs."""

import math

import numpy as np
import pytest

from tf_crnn.comparison.rates import count_errors, holm, measure
from tf_crnn.statistics import bootstrap_interval, compare_rates

TRUTHS = ["the old cat", "a dog", "no", "seven lines", "of the page", "end"]
FIRST = ["the old cat", "a dig", "n", "seven lines", "of tha page", "end"]
SECOND = ["tha old cet", "a dog", "no", "zeven lines", "of the page", "end"]


def counts_of(*runs: list[str]) -> np.ndarray:
    return count_errors(list(zip(TRUTHS, zip(*runs, strict=True), strict=True)))


def test_rates_are_those_of_all_lines_together() -> None:
    measured = measure(counts_of(FIRST, SECOND), None)

    first, second = measured.rates
    n_chars = sum(map(len, TRUTHS))
    assert first.cer.value == pytest.approx(3 / n_chars)
    assert second.cer.value == pytest.approx(3 / n_chars)
    assert (first.wer.value, second.wer.value) == pytest.approx((3 / 12, 3 / 12))
    assert (first.exact_match.value, second.exact_match.value) == pytest.approx((3 / 6, 4 / 6))
    assert (second.counts.n_lines, second.counts.n_exact, second.counts.char_edits) == (6, 4, 3)


def test_intervals_are_those_of_the_bootstrap() -> None:
    measured = measure(counts_of(FIRST, SECOND), ["p", "p", "q", "q", "r", "s"], seed=4)

    edits, lengths = [0, 1, 1, 0, 1, 0], [len(truth) for truth in TRUTHS]
    of_first = measured.rates[0].cer
    assert of_first.by_line == pytest.approx(bootstrap_interval(edits, lengths, seed=4))
    by_document = bootstrap_interval([1, 1, 1, 0], [16, 13, 11, 3], seed=4)
    assert of_first.by_document == pytest.approx(by_document)


def test_the_interval_of_exact_match_is_that_of_lines_with_errors_turned_round() -> None:
    [rates, _] = measure(counts_of(SECOND, FIRST), None).rates

    with_errors = bootstrap_interval([1, 0, 0, 1, 0, 0], np.ones(6))
    assert rates.exact_match.by_line.high == pytest.approx(1 - with_errors.low)
    assert rates.exact_match.by_line.low == pytest.approx(max(0, 1 - with_errors.high))
    assert rates.exact_match.by_line.low < 4 / 6 < rates.exact_match.by_line.high


def test_a_change_is_the_second_run_minus_the_first() -> None:
    [pair] = measure(counts_of(FIRST, TRUTHS), None).pairs

    n_chars = sum(map(len, TRUTHS))
    expected = compare_rates([[e, 0] for e in (0, 1, 1, 0, 1, 0)], [len(t) for t in TRUTHS])
    difference = expected.differences[0, 1]
    assert (pair.first, pair.second) == (0, 1)
    assert pair.cer.value == pytest.approx(-3 / n_chars)
    low, high = difference.interval
    assert pair.cer.by_line.interval == pytest.approx((-high, -low))
    assert pair.cer.by_line.p == difference.p
    assert pair.wer.value == pytest.approx(-3 / 12)
    assert pair.exact_match.value == pytest.approx(3 / 6)
    assert pair.exact_match.by_line.interval.high > 0


def test_wins_are_counted_by_line() -> None:
    [pair] = measure(counts_of(FIRST, SECOND), None).pairs

    assert pair.wins == (3, 2, 1)


def test_every_two_runs_are_a_pair_and_p_values_are_corrected_for_their_number() -> None:
    measured = measure(counts_of(FIRST, SECOND, TRUTHS), None)

    pairs = measured.pairs
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 1), (0, 2), (1, 2)]
    p_values = [pair.cer.by_line.p for pair in pairs]
    assert [pair.cer.by_line.p_adjusted for pair in pairs] == holm(p_values)
    assert [pair.cer.by_document for pair in pairs] == [None] * 3


def test_holm_multiplies_the_smallest_most_and_keeps_the_order() -> None:
    # By hand: 0.01 * 4, 0.02 * 3, 0.03 * 2 (not under the one before), 0.9.
    assert holm([0.03, 0.01, 0.9, 0.02]) == pytest.approx([0.06, 0.04, 0.9, 0.06])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]


def test_nothing_is_said_of_chance_on_a_single_line() -> None:
    counts = count_errors([("abcd", ["abcx", "abcd"])])

    measured = measure(counts, None)

    assert measured.rates[0].cer.value == 0.25
    assert math.isnan(measured.rates[0].cer.by_line.high)
    assert math.isnan(measured.pairs[0].cer.by_line.p)
    assert math.isnan(measured.pairs[0].cer.by_line.p_adjusted)
