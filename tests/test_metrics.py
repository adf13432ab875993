"""Error rates."""

import random

import pytest

from tf_crnn.metrics import ErrorCounts, compare_line, compare_lines, edit_distance


def levenshtein(first: list[str], second: list[str]) -> int:
    """Wagner and Fischer 1974, row by row."""
    row = list(range(len(second) + 1))
    for done, a in enumerate(first, start=1):
        above, row[0] = row[0], done
        for column, b in enumerate(second, start=1):
            above, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, above + (a != b)),
            )
    return row[-1]


@pytest.mark.parametrize(
    ("reference", "hypothesis", "distance"),
    [
        ("kitten", "sitting", 3),
        ("", "abc", 3),
        ("abc", "", 3),
        ("", "", 0),
        ("abc", "abc", 0),
        ("ab", "ba", 2),
        ("a\u0301", "á", 2),
        ("𝔞b", "ab", 1),
        (["to", "be"], ["to", "bee", "be"], 1),
        (["con", "a"], ["c", "on", "a"], 2),
    ],
)
def test_edits_are_insertions_deletions_and_substitutions(
    reference: str, hypothesis: str, distance: int
) -> None:
    assert edit_distance(reference, hypothesis) == distance


def test_edit_distances_are_those_of_the_textbook() -> None:
    rng = random.Random(0)

    for _ in range(500):
        first, second = (rng.choices("abc é漢", k=rng.randrange(15)) for _ in range(2))
        assert edit_distance("".join(first), "".join(second)) == levenshtein(first, second)
        assert edit_distance(first, second) == levenshtein(first, second)


def test_a_line_is_counted_in_characters_and_words() -> None:
    counts = compare_line("the old  cat", "the cold cat")

    # "old " with two spaces to "cold ": one letter in, one space out; one word changed.
    assert counts == ErrorCounts(
        n_lines=1, n_exact=0, char_edits=2, n_chars=12, word_edits=1, n_words=3
    )


def test_white_space_alone_makes_no_word_error() -> None:
    counts = compare_line("a b", " a  b ")

    assert (counts.n_exact, counts.char_edits, counts.word_edits) == (0, 3, 0)


def test_rates_are_total_edits_over_total_length_and_no_mean_of_rates() -> None:
    pairs = [("abcdefgh i", "abcdefgh i"), ("ab", "xy"), ("", ""), ("a", "a")]

    total = compare_lines(pairs)

    assert total == ErrorCounts(4, 3, 2, 13, 1, 4)
    assert total.cer == pytest.approx(2 / 13)
    assert total.wer == pytest.approx(1 / 4)
    assert total.exact_match == pytest.approx(3 / 4)


def test_a_rate_may_exceed_one() -> None:
    assert compare_line("a", "xyz").cer == 3.0


def test_text_where_nothing_is_written_counts_as_one() -> None:
    assert (compare_line("", "abc").cer, compare_line("", "abc").wer) == (1.0, 1.0)
    assert (compare_line("", "").cer, compare_line("", "").wer) == (0.0, 0.0)


def test_without_lines_all_rates_are_zero() -> None:
    nothing = compare_lines([])

    assert (nothing.cer, nothing.wer, nothing.exact_match) == (0.0, 0.0, 0.0)


def test_counts_add_up() -> None:
    assert ErrorCounts(1, 2, 3, 4, 5, 6).plus(ErrorCounts(10, 20, 30, 40, 50, 60)) == ErrorCounts(
        11, 22, 33, 44, 55, 66
    )
