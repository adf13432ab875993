"""Readings and their order."""

from tf_crnn.decoding.search import Hypothesis, best_first


def test_readings_are_sorted_by_score_and_equal_ones_by_their_codes() -> None:
    unsorted = [
        Hypothesis((2,), -1.0, -3.0),
        Hypothesis((3, 1), -9.0, -1.0),
        Hypothesis((1, 2), -2.0, -3.0),
    ]

    result = best_first(unsorted)

    assert [hypothesis.codes for hypothesis in result] == [(3, 1), (1, 2), (2,)]
