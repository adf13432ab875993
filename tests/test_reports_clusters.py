"""Characters as they are seen, and texts aligned without cutting one."""

import random
import unicodedata

import pytest

from tf_crnn.differences import Segment, align
from tf_crnn.reports.clusters import align_clusters, name_characters, split_clusters

ACUTE, SMALL_E = "\u0301", "\u0364"


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("", []),
        ("abc", ["a", "b", "c"]),
        (f"u{SMALL_E}ber", [f"u{SMALL_E}", "b", "e", "r"]),
        (f"e{ACUTE}{SMALL_E}x", [f"e{ACUTE}{SMALL_E}", "x"]),
        (f"{ACUTE}a", [ACUTE, "a"]),
        (f"a {ACUTE}b", ["a", " ", ACUTE, "b"]),
        ("नमस्ते", ["न", "म", "स्", "ते"]),
        ("\U0001f469\u200d", ["\U0001f469\u200d"]),
    ],
)
def test_marks_stay_with_their_base(text: str, clusters: list[str]) -> None:
    assert split_clusters(text) == clusters


@pytest.mark.parametrize(
    ("truth", "reading", "segments"),
    [
        ("abc", "abc", [("abc", "abc")]),
        ("", "", []),
        ("abc", "axc", [("a", "a"), ("b", "x"), ("c", "c")]),
        (f"bu{SMALL_E}r", "bur", [("b", "b"), (f"u{SMALL_E}", "u"), ("r", "r")]),
        (
            f"bu{SMALL_E}r",
            f"bo{SMALL_E}r",
            [("b", "b"), (f"u{SMALL_E}", f"o{SMALL_E}"), ("r", "r")],
        ),
        (f"e{ACUTE}", f"e{SMALL_E}", [(f"e{ACUTE}", f"e{SMALL_E}")]),
        ("e", f"e{ACUTE}", [("e", f"e{ACUTE}")]),
        (f"a{ACUTE}", ACUTE, [(f"a{ACUTE}", ACUTE)]),
    ],
)
def test_a_letter_that_lost_its_mark_differs_as_a_whole(
    truth: str, reading: str, segments: list[tuple[str, str]]
) -> None:
    assert align_clusters(truth, reading) == [Segment(*segment) for segment in segments]


def test_aligned_texts_are_whole_and_no_cluster_is_cut() -> None:
    generator = random.Random(3)

    for _ in range(2000):
        truth, reading = (
            "".join(generator.choices(f"ab {ACUTE}{SMALL_E}", k=generator.randrange(9)))
            for _ in range(2)
        )
        segments = align_clusters(truth, reading)

        clusters = [c for segment in segments for c in split_clusters(segment.truth)]
        assert "".join(clusters) == truth
        assert len(clusters) == len(split_clusters(truth))
        assert "".join(segment.reading for segment in segments) == reading


def test_without_marks_the_alignment_is_that_of_the_characters() -> None:
    generator = random.Random(4)

    for _ in range(500):
        truth, reading = ("".join(generator.choices("abc ", k=8)) for _ in range(2))

        assert align_clusters(truth, reading) == align(truth, reading)


def test_characters_are_named_by_code_point() -> None:
    assert name_characters(" ſ") == "U+0020 SPACE, U+017F LATIN SMALL LETTER LONG S"
    assert name_characters("\x07") == "U+0007"
    assert unicodedata.name(SMALL_E) in name_characters(f"u{SMALL_E}")
