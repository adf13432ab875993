"""Readings as arrays."""

import math

import numpy as np
import pytest

from tf_crnn.decoding.search import Hypothesis
from tf_crnn.decoding.transcription import Reading
from tf_crnn.line_results import LineResult, clarity, join_lines


@pytest.mark.parametrize(
    ("hypotheses", "expected"),
    [
        ([Hypothesis((1,), -0.5, -1.0), Hypothesis((2,), -0.2, -3.5)], 2.5),
        ([Hypothesis((1,), math.log(0.9), -9.0)], math.log(0.9 / 0.1)),
        ([Hypothesis((1,), 0.0, 0.0)], math.log(1e7)),
        ([Hypothesis((1,), -math.inf, -9.0)], -math.inf),
    ],
)
def test_a_reading_is_as_clear_as_it_is_ahead(
    hypotheses: list[Hypothesis], expected: float
) -> None:
    assert clarity(hypotheses) == pytest.approx(expected)


def test_lines_of_all_lengths_stand_in_one_array() -> None:
    one = LineResult(np.full((3, 2), 0.5, np.float32), (1, 1), [Reading("aa", -1.0)], 0.5, 30)
    two = [Reading("", -2.0), Reading("a", -3.0)]
    other = LineResult(np.full((1, 2), 0.5, np.float32), (), two, 1.0, 10)

    arrays = join_lines([one, other], n_readings=2)

    assert arrays["codes"].tolist() == [[1, 1], [0, 0]]
    assert arrays["best_transcriptions"].tolist() == [["aa", ""], ["", "a"]]
    assert arrays["words"].tolist() == ["aa", ""]
    assert arrays["logprob_ctc"].tolist() == [[-1.0, -math.inf], [-2.0, -3.0]]
    assert arrays["time_steps"].tolist() == [3, 1]
    assert arrays["probs"].shape == (3, 2, 2)
    assert not arrays["probs"][1:, 1].any()
