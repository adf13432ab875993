"""Where units of a reading stand: columns of the line image, also of scripts from right to left."""

import numpy as np
import pytest

from tf_crnn.decoding.places import in_reading_order, unit_places
from tf_crnn.decoding.transcription import UnitPlace
from tf_crnn.text_rules import TextRules

BLANK = 0


def probabilities(*path: int, n_classes: int = 4, peak: float = 0.9) -> np.ndarray:
    """(T, K) with one clear class at each step."""
    probs = np.full((len(path), n_classes), (1 - peak) / (n_classes - 1))
    probs[np.arange(len(path)), path] = peak
    return probs


def test_neighbours_meet_half_way_and_the_ends_are_as_wide_outwards() -> None:
    probs = probabilities(0, 0, 1, 1, 0, 0, 2, 0, 0, 3, 0, 0)

    places = unit_places(probs, [1, 2, 3], width_px=120)

    assert [place[:3] for place in places] == [(10, 50, 0.9), (50, 80, 0.9), (80, 110, 0.9)]


def test_places_stay_within_the_image() -> None:
    places = unit_places(probabilities(1, 0, 0, 0, 0, 2), [1, 2], width_px=60)

    assert places[0].start_px == 0 and places[-1].end_px == 60


def test_a_single_unit_has_the_whole_line_and_no_unit_no_place() -> None:
    [place] = unit_places(probabilities(0, 1, 0), [1], 30)
    assert place[:3] == (0, 30, 0.9)
    assert unit_places(probabilities(0, 0), [], 30) == []


def test_repeated_units_stand_beside_each_other() -> None:
    places = unit_places(probabilities(1, 0, 1, 0), [1, 1], 40)

    assert [place.end_px - place.start_px for place in places] == [15, 20]
    assert places[0].end_px == places[1].start_px == 15


def test_a_reading_with_too_few_steps_is_spread_without_confidence() -> None:
    places = unit_places(probabilities(0, 1, 1), [1, 1, 2], width_px=30)

    assert [place[:3] for place in places] == [(0, 10, 0), (10, 20, 0), (20, 30, 0)]
    assert {place.log_prob for place in places} == {-np.inf}


def places_of(units: str) -> list[UnitPlace]:
    return [UnitPlace(index, index + 1, 1.0) for index in range(len(units))]


@pytest.mark.parametrize(
    ("shown", "read", "columns"),
    [
        ("abc", "abc", [0, 1, 2]),
        ("גבא", "אבג", [2, 1, 0]),
        ("abc גבא", "אבג abc", [6, 5, 4, 3, 0, 1, 2]),
        ("(ב) א", "א (ב)", [4, 3, 2, 1, 0]),
        ("(ב)(א)", "(א)(ב)", [5, 4, 3, 2, 1, 0]),
    ],
)
def test_places_follow_the_units_into_reading_order(
    shown: str, read: str, columns: list[int]
) -> None:
    rules = TextRules(bidi_reordering="rtl")

    places = in_reading_order(places_of(shown), list(shown), rules.logical)

    assert "".join(rules.logical(list(shown))) == read
    assert [place.start_px for place in places] == columns
