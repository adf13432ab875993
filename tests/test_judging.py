"""Which words and units of a reading are right."""

from tf_crnn.decoding.judging import judge_reading
from tf_crnn.decoding.transcription import Reading, Transcription, UnitPlace


def reading_of(*units: str) -> Transcription:
    """Units with the confidences 0.1, 0.2, ... and words with 0.15, 0.25, ..."""
    places = [UnitPlace(n, n + 1, (n + 1) / 10) for n in range(len(units))]
    text = "".join(units)
    words = [0.15 + n / 10 for n in range(len(text.split()))]
    readings = [Reading(text, -0.5)]
    return Transcription(text, units, -0.5, 1.0, readings, places, 0.7, words)


def test_units_and_words_are_judged_by_the_fewest_edits() -> None:
    certainty = judge_reading(reading_of(*"ab cd"), "abb xd")

    assert certainty.line == 0.7
    assert certainty.words == ((0.15, False), (0.25, False))
    assert certainty.units == ((0.1, True), (0.2, True), (0.3, True), (0.4, False), (0.5, True))


def test_a_word_too_many_is_wrong_and_the_others_are_not() -> None:
    certainty = judge_reading(reading_of(*"a b c"), "a c")

    assert [word.is_right for word in certainty.words] == [True, False, True]


def test_a_unit_of_several_characters_is_right_if_all_are() -> None:
    certainty = judge_reading(reading_of("ch", "st", "x"), "chsx")

    assert [unit.is_right for unit in certainty.units] == [True, False, True]


def test_units_are_compared_in_the_form_of_the_rules() -> None:
    certainty = judge_reading(reading_of("A", "-", "B"), "ab", lambda u: u.lower().strip("-"))

    assert certainty.units == ((0.1, True), (0.3, True))
    assert [word.is_right for word in certainty.words] == [True]


def test_without_places_only_the_line_is_judged() -> None:
    reading = reading_of(*"a b")._replace(places=(), word_confidences=())

    assert judge_reading(reading, "a b") == (0.7, (), ())


def test_of_an_empty_reading_only_the_line_is_judged() -> None:
    assert judge_reading(reading_of(), "abc") == (0.7, (), ())
    assert [unit.is_right for unit in judge_reading(reading_of("a"), "").units] == [False]
