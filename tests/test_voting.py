"""Votes of several readings."""

import pytest

from tf_crnn.decoding.voting import Vote, vote


def votes(text: str, confidence: float = 0.9, **doubtful: float) -> list[Vote]:
    return [Vote(unit, doubtful.get(unit, confidence)) for unit in text]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["abc"], "abc"),
        ([""], ""),
        (["", "", "a"], ""),
        (["abc", "abd", "abd"], "abd"),
        (["abc", "ac", "abc"], "abc"),
        (["ac", "abc", "ac"], "ac"),
        (["xabc", "abcy", "abc"], "abc"),
        (["the cat", "thc cat", "the cut"], "the cat"),
        (["aab", "ab", "aab"], "aab"),
        (["hello world", "helo world", "hello wrld", "hcllo world"], "hello world"),
        (["", "abc", "abc"], "abc"),
        (["ab", "ba"], "ab"),
    ],
)
def test_the_majority_decides_on_each_unit(texts: list[str], expected: str) -> None:
    assert "".join(vote([votes(text) for text in texts])) == expected


def test_one_sure_reading_counts_more_than_two_doubtful_ones() -> None:
    sure = votes("cat", 0.99)
    doubtful = votes("cot", 0.99, o=0.3)

    assert "".join(vote([doubtful, doubtful, sure])) == "cat"
    assert "".join(vote([doubtful, doubtful, doubtful, doubtful, sure])) == "cot"


def test_units_of_several_characters_stay_whole() -> None:
    readings = [[Vote("con", 0.9), Vote("a", 0.9)], [Vote("con", 0.8)], [Vote("con", 0.9)]]

    assert vote(readings) == ["con"]


def test_a_unit_that_a_reading_alone_has_goes_where_it_stands() -> None:
    readings = [votes("ad"), votes("abd"), votes("acd"), votes("abd"), votes("abd")]

    assert "".join(vote(readings)) == "abd"
