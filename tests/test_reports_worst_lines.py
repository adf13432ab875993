"""The table of the worst lines and their pictures."""

import csv
from pathlib import Path

from PIL import Image
from support.evaluations import evaluation_of

from tf_crnn.images import read_image
from tf_crnn.reports.contact_sheet import ReadLine, draw_line
from tf_crnn.reports.worst_lines import write_worst_lines

TEXTS = [("right", "right"), ("one; two", "onetwo"), ("abc", "xyz!"), ("a", "b")]


def read_back(folder: Path) -> list[dict[str, str]]:
    with (folder / "worst_lines.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def test_lines_with_errors_are_listed_worst_first(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, TEXTS)

    write_worst_lines(tmp_path, result.lines)

    rows = read_back(tmp_path)
    assert list(rows[0]) == [
        *("rank", "csv", "row", "path", "truth", "prediction", "edits", "cer", "picture")
    ]
    assert [row["truth"] for row in rows] == ["abc", "one; two", "a"]
    assert [row["prediction"] for row in rows] == ["xyz!", "onetwo", "b"]
    assert [row["edits"] for row in rows] == ["4", "2", "1"]
    assert [row["cer"] for row in rows] == ["1.3333", "0.2500", "1.0000"]
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert [row["row"] for row in rows] == ["3", "2", "4"]
    assert {row["csv"] for row in rows} == {str(tmp_path / "val.csv")}


def test_each_line_has_its_picture(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, TEXTS)

    write_worst_lines(tmp_path, result.lines)

    for row in read_back(tmp_path):
        expected = draw_line(ReadLine(read_image(row["path"]), row["truth"], row["prediction"]))
        with Image.open(tmp_path / row["picture"]) as picture:
            assert picture.convert("RGB").tobytes() == expected.tobytes()
    assert [row["picture"] for row in read_back(tmp_path)] == [
        f"worst_line_0{number}.png" for number in (1, 2, 3)
    ]


def test_there_are_no_more_than_asked_for(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, [(f"abc{n}", "x") for n in range(25)])

    write_worst_lines(tmp_path, result.lines)

    assert len(read_back(tmp_path)) == len(list(tmp_path.glob("worst_line_*.png"))) == 20


def test_a_line_whose_image_is_gone_has_no_picture(tmp_path: Path) -> None:
    result = evaluation_of(tmp_path, [("abc", "x"), ("d", "y")])
    result.lines[0].line.image_path.unlink()

    write_worst_lines(tmp_path, result.lines)

    assert [row["picture"] for row in read_back(tmp_path)] == ["", "worst_line_02.png"]


def test_pictures_of_an_earlier_report_are_removed(tmp_path: Path) -> None:
    write_worst_lines(tmp_path, evaluation_of(tmp_path, TEXTS).lines)

    write_worst_lines(tmp_path, evaluation_of(tmp_path, [("a", "a")]).lines)

    assert read_back(tmp_path) == []
    assert list(tmp_path.glob("worst_line_*.png")) == []
