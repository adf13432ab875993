"""Columns within the width of a terminal."""

import pytest

from tf_crnn.tracking.text_table import Column, display_width, layout, shorten


def column(heading: str, *cells: str, right: bool = False, detail: bool = False) -> Column:
    return Column(heading, cells, right, detail)


NUMBERS = column("learning_rate", "0.001", "0.1", right=True)
IDS = column("id", "1", "10")
PATHS = column("file", "data/letters/train.csv", "b.csv", detail=True)


def test_columns_are_aligned_without_trailing_space() -> None:
    lines = layout([IDS, NUMBERS, column("text", "a", "")], None)

    assert lines == [
        "id  learning_rate  text",
        "1           0.001  a",
        "10            0.1",
    ]


def test_headings_are_broken_before_a_cell_is_shortened() -> None:
    lines = layout([IDS, NUMBERS, PATHS], 37)

    assert lines == [
        "    learning_",
        "id       rate  file",
        "1       0.001  data/letters/train.csv",
        "10        0.1  b.csv",
    ]


def test_a_heading_is_broken_only_where_it_must_be() -> None:
    three = column("csv_files_train", "1234567890", "")

    assert layout([three], 15)[:1] == ["csv_files_train"]
    assert layout([three], 14)[:2] == ["csv_files_", "train"]


def test_long_details_lose_their_middle_and_nothing_else_does() -> None:
    lines = layout([column("name", "a" * 20), column("file", "b" * 30, detail=True)], 40)

    assert lines == [f"name{' ' * 18}file", f"{'a' * 20}  {'b' * 9}…{'b' * 8}"]


def test_details_go_below_their_rows_where_the_table_is_too_wide() -> None:
    rates = column("rate", "0.1", "0.01", right=True, detail=True)
    units = column("units", "[8]", "[128,256]", detail=True)
    comment = column("comment", "", "the second", detail=True)

    lines = layout([IDS, column("started", "2026-01-01 12:00", "2026"), rates, units, comment], 40)

    assert lines == [
        "id  started",
        "1   2026-01-01 12:00",
        "    rate=0.1   units=[8]",
        "10  2026",
        "    rate=0.01  units=[128,256]",
        "    comment=the second",
    ]


@pytest.mark.parametrize("width", range(24, 120, 7))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    wide = column("csv_files_train", "文" * 40, "x" * 100, detail=True)
    comments = column("comment", "some words of somebody", "", detail=True)

    lines = layout([IDS, NUMBERS, comments, PATHS, wide], width)

    assert max(map(display_width, lines)) <= width


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert [display_width(text) for text in ("ab", "文字", "e\u0301", "", "ｆ")] == [2, 4, 1, 0, 2]

    lines = layout([column("name", "文字", "e\u0301", "ab"), column("n", "1", "2", "3")], None)

    assert lines == ["name  n", "文字  1", "e\u0301     2", "ab    3"]


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abc…fg"),
        ("abcdefg", 1, "…"),
        ("文文文文", 6, "文…文"),
        ("文文文文", 7, "文文…文"),
    ],
)
def test_texts_are_shortened_to_a_width(text: str, width: int, short: str) -> None:
    assert shorten(text, width) == short


def test_what_would_steer_the_terminal_is_not_passed_on() -> None:
    [_, line] = layout([column("comment", "a\x1b[31mb\nc\u202ed")], None)

    assert line == "a [31mb c d"
