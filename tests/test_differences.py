"""Where two texts differ."""

import random
from collections import Counter

import pytest

from tf_crnn.differences import Segment, align, confusions
from tf_crnn.metrics import edit_distance


@pytest.mark.parametrize(
    ("truth", "reading", "segments"),
    [
        ("abc", "abc", [("abc", "abc")]),
        ("abc", "axc", [("a", "a"), ("b", "x"), ("c", "c")]),
        ("abc", "ac", [("a", "a"), ("b", ""), ("c", "c")]),
        ("ac", "abc", [("a", "a"), ("", "b"), ("c", "c")]),
        ("", "ab", [("", "ab")]),
        ("ab", "", [("ab", "")]),
        ("", "", []),
        ("皖A0", "晥A0", [("皖", "晥"), ("A0", "A0")]),
    ],
)
def test_texts_are_cut_where_they_begin_to_differ(
    truth: str, reading: str, segments: list[tuple[str, str]]
) -> None:
    assert align(truth, reading) == [Segment(*segment) for segment in segments]


def test_segments_join_to_the_texts_and_count_the_edits() -> None:
    generator = random.Random(0)
    for _ in range(200):
        truth, reading = (
            "".join(generator.choices("abc ", k=generator.randrange(12))) for _ in range(2)
        )

        segments = align(truth, reading)

        assert "".join(segment.truth for segment in segments) == truth
        assert "".join(segment.reading for segment in segments) == reading
        wrong = [segment for segment in segments if not segment.is_equal]
        edits = sum(max(len(segment.truth), len(segment.reading)) for segment in wrong)
        assert edits == edit_distance(truth, reading)


def test_confusions_are_counted_with_insertions_deletions_and_right_readings() -> None:
    counted = confusions([("abc", "axc"), ("abc", "ab"), ("", "x"), ("abc", "axc")])

    assert counted == Counter(
        {("a", "a"): 3, ("b", "x"): 2, ("b", "b"): 1, ("c", "c"): 2, ("c", ""): 1, ("", "x"): 1}
    )
