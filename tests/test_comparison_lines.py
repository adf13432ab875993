"""Which lines of runs are the same."""

from pathlib import Path

import pytest
from support.evaluated_runs import Line, evaluated_run, read_as

from tf_crnn.comparison.lines import (
    ReadLine,
    common_lines,
    count_changed_truths,
    documents,
    read_lines,
)
from tf_crnn.errors import TrackingError


def line(path: str, truth: str = "abc", reading: str = "", row: int = 1) -> ReadLine:
    return ReadLine("val.csv", row, path, truth, reading, "")


def paths(found: list[tuple[ReadLine, ...]]) -> list[tuple[str, ...]]:
    return [tuple(read.path for read in lines) for lines in found]


def test_lines_come_in_the_order_of_their_rows(tmp_path: Path) -> None:
    lines = [
        Line("b.png", 'say "a;b"', "say a", row=10, csv="/data/val.csv"),
        Line("a.png", "", " é\u0301", row=9, csv="/data/val.csv"),
        Line("c.png", "x", "", row=1, csv="/data/test.csv", document="page 3"),
    ]

    found = read_lines(evaluated_run(tmp_path, 1, lines))

    assert found == [
        ReadLine("test.csv", 1, "c.png", "x", "", "page 3"),
        ReadLine("val.csv", 9, "a.png", "", " é\u0301", ""),
        ReadLine("val.csv", 10, "b.png", 'say "a;b"', "say a", ""),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("csv;row;path;truth\nv.csv;1;a.png;x\n", "without the columns prediction"),
        ("csv;row;path;truth;prediction\nv.csv;1;a.png\n", "a row is too short"),
        ("csv;row;path;truth;prediction\nv.csv;one;a.png;x;y\n", "invalid literal"),
        ('csv;row;path;truth;prediction\nv.csv;1;a.png;x;"y\n', "unexpected end of data"),
        ("", "without the columns csv, path, prediction, row, truth"),
    ],
)
def test_a_damaged_file_is_named_with_its_run(tmp_path: Path, content: str, reason: str) -> None:
    run = evaluated_run(tmp_path, 7, [])
    (tmp_path / "7" / "lines.csv").write_text(content)

    with pytest.raises(TrackingError, match=rf"/7: its lines.csv is damaged \({reason}"):
        read_lines(run)


def test_bytes_that_are_no_text_are_named_with_the_run(tmp_path: Path) -> None:
    run = evaluated_run(tmp_path, 7, [])
    (tmp_path / "7" / "lines.csv").write_bytes(b"csv;row\xff")

    with pytest.raises(TrackingError, match=r"/7: its lines.csv is damaged \('utf-8'"):
        read_lines(run)


def test_lines_of_copied_data_are_the_same() -> None:
    here = [line("/data/images/1.png"), line("/data/images/2.png")]
    there = [line("C:\\copy\\pictures\\2.png"), line("C:\\copy\\pictures\\1.png")]

    found = common_lines([here, there])

    assert paths(found) == [
        ("/data/images/1.png", "C:\\copy\\pictures\\1.png"),
        ("/data/images/2.png", "C:\\copy\\pictures\\2.png"),
    ]


def test_a_line_with_another_truth_is_another_line() -> None:
    first = [line("1.png", "abc"), line("2.png", "abd"), line("3.png", "abe")]
    second = [line("1.png", "abc"), line("2.png", "abX"), line("4.png", "abe")]

    assert paths(common_lines([first, second])) == [("1.png", "1.png")]
    assert count_changed_truths([first, second]) == 1


def test_folders_above_tell_lines_of_one_name_apart() -> None:
    first = [line("/a/page1/1.png"), line("/a/page2/1.png"), line("/a/page2/2.png")]
    second = [line("/b/page2/1.png"), line("/b/page2/2.png"), line("/b/page3/1.png")]

    assert paths(common_lines([first, second])) == [
        ("/a/page2/1.png", "/b/page2/1.png"),
        ("/a/page2/2.png", "/b/page2/2.png"),
    ]


def test_a_picture_that_is_listed_twice_is_two_lines() -> None:
    first = [line("/a/1.png", row=1), line("/a/1.png", row=2), line("/a/2.png", row=3)]
    second = [line("/b/1.png", row=5), line("/b/1.png", row=6), line("/b/1.png", row=7)]

    found = common_lines([first, second])

    assert [(a.row, b.row) for a, b in found] == [(1, 5), (2, 6)]


def test_folders_that_differ_between_runs_do_not_hide_what_is_common() -> None:
    first = [line("/a/page1/1.png"), line("/a/page2/1.png")]
    second = [line("/b/seite1/1.png"), line("/b/seite2/1.png")]

    assert len(common_lines([first, second])) == 2


def test_only_lines_of_all_runs_are_common() -> None:
    runs = [[line(f"{n}.png") for n in numbers] for numbers in ((1, 2, 3), (3, 2), (2, 4))]

    assert paths(common_lines(runs)) == [("2.png", "2.png", "2.png")]
    assert common_lines([*runs, []]) == []


def test_documents_are_what_a_pattern_finds() -> None:
    found = common_lines([[line(f"/d/page_{p}/{n}.png") for p in (3, 7) for n in (1, 2)]] * 2)

    assert documents(found, r"page_(\d+)") == ("3", "3", "7", "7")


def test_a_line_without_a_document_stands_alone() -> None:
    found = common_lines(
        [[line("page_3-1.png"), line("x.png"), line("page_3-2.png"), line("y.png")]]
    )

    first, alone, again, other = documents(found, r"page_(\d+)") or ()

    assert first == again == "3"
    assert len({first, alone, other}) == 3


def test_documents_of_the_runs_are_used_without_a_pattern(tmp_path: Path) -> None:
    lines = [Line(f"{n}.png", "a", "a", document=name) for n, name in enumerate("xyx")]
    with_them = read_lines(evaluated_run(tmp_path, 1, lines))
    without = read_lines(evaluated_run(tmp_path, 2, read_as("aaa", "aaa")))

    assert documents(common_lines([without, with_them])) == ("x", "y", "x")
    assert documents(common_lines([without, without])) is None


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("page_(", "is no regular expression"),
        (r"page_\d+", "has no group"),
        (r"leaf_(\d+)", "is found in no path of the lines, such as page_3.png"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_explained(pattern: str, reason: str) -> None:
    with pytest.raises(TrackingError, match=reason):
        documents([(line("page_3.png"),)], pattern)
