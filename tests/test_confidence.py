"""Confidences of readings, against an enumeration of all paths."""

import math
from itertools import product

import numpy as np
import pytest

from tf_crnn.decoding.alignment import UnitSpan, align
from tf_crnn.decoding.confidence import calibrate_reading, unit_log_probs, word_members
from tf_crnn.decoding.greedy import collapse
from tf_crnn.decoding.transcription import Reading, Transcription, UnitPlace
from tf_crnn.scoring.calibration import Calibration, Scale


def random_probs(time_steps: int, n_classes: int, seed: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (time_steps, n_classes))
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def share_of_paths(probs: np.ndarray, codes: list[int]) -> float:
    """How probable the paths are that read these codes, each multiplied out."""
    steps, n_classes = probs.shape
    return sum(
        math.prod(probs[range(steps), path])
        for path in product(range(n_classes), repeat=steps)
        if collapse(np.array(path)) == codes
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_unit_is_as_probable_as_its_steps_read_it_alone(seed: int) -> None:
    probs = random_probs(time_steps=9, n_classes=3, seed=seed)
    spans = [UnitSpan(1, 2, 0.9), UnitSpan(3, 5, 0.9), UnitSpan(7, 8, 0.9)]

    log_probs = unit_log_probs(probs, [1, 2, 1], spans)

    windows = [(0, 2, 1), (2, 6, 2), (6, 9, 1)]
    expected = [share_of_paths(probs[start:end], [code]) for start, end, code in windows]
    assert np.exp(log_probs) == pytest.approx(expected)


def test_a_single_unit_has_the_whole_line() -> None:
    probs = random_probs(time_steps=6, n_classes=3, seed=1)

    [log_prob] = unit_log_probs(probs, [2], align(probs, [2]))

    assert math.exp(log_prob) == pytest.approx(share_of_paths(probs, [2]))


def test_certain_units_stay_at_most_certain() -> None:
    probs = np.eye(3, dtype=np.float32)[[0, 1, 1, 0, 2, 0] * 60]
    codes = collapse(probs.argmax(axis=1))

    log_probs = unit_log_probs(probs, codes, align(probs, codes))

    assert len(log_probs) == 120
    assert max(log_probs) <= 0 and min(log_probs) == pytest.approx(0, abs=1e-9)


def test_words_are_what_stands_between_units_of_white_space() -> None:
    units = [" ", "a", "ch", "\u2003", " ", "b", " "]

    assert word_members(units) == [[1, 2], [5]]
    assert word_members([]) == word_members([" "]) == []


def reading() -> Transcription:
    places = [
        UnitPlace(0, 5, 0.9, math.log(0.8)),
        UnitPlace(5, 9, 0.7, math.log(0.5)),
        UnitPlace(9, 10, 0.99, 0.0),
        UnitPlace(10, 14, 0.6, math.log(0.3)),
    ]
    units = ["a", "b", " ", "c"]
    return Transcription("ab c", units, math.log(0.1), 2.0, [Reading("ab c", -2.3)], places)


def test_without_a_calibration_confidences_are_those_of_the_network() -> None:
    result = calibrate_reading(reading(), Calibration())

    assert result.confidence == pytest.approx(0.1)
    assert result.word_confidences == pytest.approx([0.4, 0.3])
    assert [place.confidence for place in result.places] == [0.9, 0.7, 0.99, 0.6]
    assert (
        result._replace(confidence=0.0, word_confidences=(), places=reading().places) == reading()
    )


def test_each_kind_of_confidence_has_its_own_scale() -> None:
    scales = Calibration(line=Scale(2.0), word=Scale(1.0, math.log(2)), unit=Scale(0.5))

    result = calibrate_reading(reading(), scales)

    def odds(p: float) -> float:
        return p / (1 - p)

    assert odds(result.confidence) == pytest.approx(odds(0.1) ** 0.5)
    assert [odds(c) for c in result.word_confidences] == pytest.approx(
        [2 * odds(0.4), 2 * odds(0.3)]
    )
    assert odds(result.places[1].confidence) == pytest.approx(odds(0.7) ** 2)
    assert [place.log_prob for place in result.places] == [p.log_prob for p in reading().places]


def test_a_word_of_which_a_unit_cannot_be_has_no_confidence() -> None:
    places = [place._replace(log_prob=-math.inf) for place in reading().places]

    result = calibrate_reading(reading()._replace(places=places), Calibration(word=Scale(2.0)))

    assert result.word_confidences == pytest.approx([0, 0])


def test_without_places_only_the_line_has_a_confidence() -> None:
    result = calibrate_reading(reading()._replace(places=[]), Calibration())

    assert result.confidence == pytest.approx(0.1)
    assert (list(result.word_confidences), list(result.places)) == ([], [])
