"""Confusions: counted by hand, as a table and as a picture."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.reports.confusion import (
    Confusion,
    count_confusions,
    draw_confusions,
    write_confusions_csv,
)
from tf_crnn.reports.fonts import FontBook

PAIRS = [("nee", "nce"), ("see", "cse"), ("e a", "ea"), ("n", "nn"), ("even", "cven")]


def read_back(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter=";"))


def coloured_cells(picture: Image.Image) -> int:
    """How many cells, of 34 x 34 pixels, are neither white nor grey."""
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    is_warm = pixels[:, :, 0] - pixels[:, :, 2] > 10
    return round(is_warm.sum() / 34**2)


def test_confusions_are_counted_most_frequent_first() -> None:
    counts = count_confusions([("eee", "ece"), ("ebe", "cbe"), ("ab", "a"), ("a", "ax")])

    assert counts.wrong == [
        Confusion("e", "c", 2, 5),
        Confusion("", "x", 1, 0),
        Confusion("b", "", 1, 2),
    ]
    assert counts.wrong[0].share == 2 / 5
    assert counts.right == {"e": 3, "b": 1, "a": 2}


def test_the_share_of_an_insertion_is_not_known() -> None:
    [inserted] = count_confusions([("", "x")]).wrong

    assert np.isnan(inserted.share)


def test_the_table_is_read_back_by_the_csv_module(tmp_path: Path) -> None:
    pairs = [
        (";", '"'),
        ("\n", "\r"),
        (" ", "\t"),
        ("a", ""),
        ("", "="),
        ("'", "皖"),
        ("\x00", "x"),
    ]

    write_confusions_csv(count_confusions(pairs), tmp_path / "c.csv")

    header, *rows = read_back(tmp_path / "c.csv")
    assert header == ["truth", "read", "count", "share", "truth_code_point", "read_code_point"]
    assert {(row[0], row[1]) for row in rows} == set(pairs)
    assert ["a", "", "1", "1.0000", "U+0061", ""] in rows
    assert ["", "=", "1", "", "", "U+003D"] in rows
    assert ["'", "皖", "1", "1.0000", "U+0027", "U+7696"] in rows


def test_the_table_has_every_confusion_and_nothing_that_was_right(tmp_path: Path) -> None:
    counts = count_confusions([(chr(97 + n % 26) * 3, chr(65 + n)) for n in range(50)])

    write_confusions_csv(counts, tmp_path / "c.csv")

    _, *rows = read_back(tmp_path / "c.csv")
    assert len(rows) == len(counts.wrong) > 60
    assert [int(row[2]) for row in rows] == sorted((int(row[2]) for row in rows), reverse=True)


def test_the_matrix_has_a_cell_for_each_confusion() -> None:
    one = draw_confusions(count_confusions([("a", "b")]))
    four = draw_confusions(count_confusions([("a", "b"), ("b", "a"), ("a", ""), ("", "b")]))

    assert coloured_cells(one) == 1
    assert coloured_cells(four) == 4


def test_what_was_read_right_is_grey() -> None:
    picture = draw_confusions(count_confusions([("aaab", "aaaa")])).convert("RGB")

    greys = [count for count, colour in picture.getcolors(10**6) if colour == (236, 236, 236)]
    assert greys and greys[0] > 2 * 600  # one cell for a and one for b
    assert coloured_cells(picture) == 1


def test_more_frequent_confusions_are_darker() -> None:
    pairs = [("a", "b")] * 100 + [("c", "d")] * 10 + [("e", "f")]
    picture = draw_confusions(count_confusions(pairs)).convert("RGB")

    cells = {c for n, c in picture.getcolors(10**6) if n > 500 and c[0] - c[2] > 10}

    assert len(cells) == 3
    assert (150, 45, 0) in cells and (255, 237, 222) in cells


@pytest.mark.parametrize("n_characters", [2, 10, 200])
def test_the_matrix_is_limited_to_the_most_confused(n_characters: int) -> None:
    letters = [chr(0x4E00 + n) for n in range(n_characters)]
    pairs = list(zip(letters[::2], letters[1::2], strict=True))

    picture = draw_confusions(count_confusions(pairs), max_characters=12)

    assert picture.height < 800
    assert coloured_cells(picture) == min(6, n_characters // 2)


def test_the_characters_with_most_confusions_are_those_shown() -> None:
    rare = [(chr(0x4E00 + n), "") for n in range(50)]

    with_rare = draw_confusions(count_confusions([*rare, *[("x", "y")] * 9]), max_characters=2)

    # Darkest of all, so it is there; the rare ones are not.
    assert (150, 45, 0) in {c for _, c in with_rare.convert("RGB").getcolors(10**6)}


def test_without_a_confusion_there_is_a_picture_that_says_so() -> None:
    picture = draw_confusions(count_confusions([("abc", "abc")]))

    assert coloured_cells(picture) == 0
    assert np.asarray(picture).min() < 50


def test_characters_without_a_font_and_marks_alone_are_drawn() -> None:
    pairs = [("皖", "\u0301"), ("\u0364", " "), ("\u200b", "\U0001e900")]

    picture = draw_confusions(count_confusions(pairs), fonts=FontBook([]))

    assert coloured_cells(picture) == 3


def test_equal_evaluations_give_equal_pictures() -> None:
    first = draw_confusions(count_confusions(PAIRS))
    second = draw_confusions(count_confusions(reversed(PAIRS)))

    assert first.tobytes() == second.tobytes()
