"""Joint scoring by hand, and places by where a decoder looked."""

import numpy as np
import pytest

from tf_crnn.decoding.joint import JointScoring
from tf_crnn.decoding.places import looked_at_places
from tf_crnn.decoding.search import Hypothesis, LineOutput

LINE = LineOutput(None, np.zeros((3, 2), np.float32))


def test_scores_are_mixed_by_the_weight_and_sorted_anew() -> None:
    by_ctc = [Hypothesis((1,), -1.0, -0.5), Hypothesis((2, 1), -2.0, -1.5)]
    scoring = JointScoring(lambda _line, codes: np.array([-5.0, -1.0][: len(codes)]), 0.25)

    rescored = scoring(LINE, by_ctc)

    assert rescored == [
        Hypothesis((2, 1), -2.0, 0.75 * -1.5 + 0.25 * -1.0),
        Hypothesis((1,), -1.0, 0.75 * -0.5 + 0.25 * -5.0),
    ]


def test_the_decoder_is_asked_for_the_readings_of_the_line() -> None:
    asked: list[object] = []

    def log_probs(line: LineOutput, codes: object) -> np.ndarray:
        asked.append((line, codes))
        return np.array([-1.0])

    JointScoring(log_probs, 1.0)(LINE, [Hypothesis((3, 4), -2.0, -2.0)])

    assert asked == [(LINE, [(3, 4)])]


def test_neighbours_meet_half_way_between_the_middles_of_their_looks() -> None:
    weights = np.array([[0.5, 0.5, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0.5, 0.5]])

    places = looked_at_places(weights, [0.5, 1.0, 0.25], 60)

    # Middles at 1, 2.5 and 5 of 6 time steps, ten pixels each.
    expected = [(2.5, 17.5), (17.5, 37.5), (37.5, 60.0)]
    assert [(place.start_px, place.end_px) for place in places] == expected
    assert [place.confidence for place in places] == [0.5, 1.0, 0.25]
    assert places[0].log_prob == pytest.approx(np.log(0.5))


def test_a_look_back_turns_no_place_inside_out() -> None:
    places = looked_at_places(np.eye(4)[[0, 3, 1]], [1.0] * 3, 40)

    assert all(place.start_px <= place.end_px for place in places)
    assert places[1].end_px > places[2].end_px or places[1].start_px > places[0].start_px


def test_one_unit_has_the_whole_line_and_no_unit_none_of_it() -> None:
    [place] = looked_at_places(np.full((1, 4), 0.25), [0.5], 40)

    assert (place.start_px, place.end_px) == (0.0, 40.0)
    assert looked_at_places(np.zeros((0, 4)), [], 40) == []
