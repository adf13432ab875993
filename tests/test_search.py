"""Readings and their order."""

import numpy as np
import pytest

from tf_crnn.decoding.search import Hypothesis, best_first, log_softmax


def test_readings_are_sorted_by_score_and_equal_ones_by_their_codes() -> None:
    unsorted = [
        Hypothesis((2,), -1.0, -3.0),
        Hypothesis((3, 1), -9.0, -1.0),
        Hypothesis((1, 2), -2.0, -3.0),
    ]

    result = best_first(unsorted)

    assert [hypothesis.codes for hypothesis in result] == [(3, 1), (1, 2), (2,)]


def test_logits_of_any_size_become_logs_of_probabilities() -> None:
    logits = np.array([[1000.0, 1000.0, 1000.0 + np.log(2.0)]])

    result = log_softmax(logits)

    assert result.dtype == np.float32
    assert np.exp(result[0]) == pytest.approx([0.25, 0.25, 0.5], rel=1e-4)
