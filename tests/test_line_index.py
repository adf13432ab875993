"""Where the lines of CSVs lie."""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tf_crnn.errors import DataError
from tf_crnn.line_index import Geometry, LineIndex, parse_prepared, parse_unlabelled
from tf_crnn.preprocessing import PreparedLine

GEOMETRY = Geometry(input_shape=(32, 320), channels=1, downscale=4)
UNLABELLED = partial(parse_unlabelled, delimiter=";", unit_delimiter="|")


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def draw(path: Path, width_px: int, height_px: int = 32) -> Path:
    Image.new("L", (width_px, height_px)).save(path)
    return path


def test_rows_are_read_in_any_order_and_as_often_as_wanted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a.png;1 2;2;80\nb.png;3;1;40\nc.png;4 4 4;3;60\n")

    index = LineIndex(path, GEOMETRY, parse_prepared)

    assert len(index) == 3
    assert index.widths.tolist() == [80, 40, 60]
    assert index.read(np.array([2, 0, 2])) == [
        PreparedLine(Path("c.png"), [4, 4, 4], 60),
        PreparedLine(Path("a.png"), [1, 2], 80),
        PreparedLine(Path("c.png"), [4, 4, 4], 60),
    ]


def test_several_files_follow_each_other(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{number}.csv", f"{number}.png;{number};1;{4 * number}\n" * 2)
        for number in range(1, 300)
    ]

    index = LineIndex(paths, GEOMETRY, parse_prepared)

    names = [line.image_path.name for line in index.read(np.arange(len(index)))]
    assert names == [f"{number}.png" for number in range(1, 300) for _ in range(2)]


def test_byte_order_mark_blank_rows_and_windows_line_ends_are_passed_over(tmp_path: Path) -> None:
    content = "\ufeffa.png;1;1;40\r\n\r\n \r\néb.png;2;1;44"

    index = LineIndex(write(tmp_path / "a.csv", content), GEOMETRY, parse_prepared)

    assert [line.image_path.name for line in index.read(np.array([0, 1]))] == ["a.png", "éb.png"]


def test_padding_behind_the_codes_is_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a.png;1 2 0 0 0;2;40\n")

    [line] = LineIndex(path, GEOMETRY, parse_prepared).read(np.array([0]))

    assert line.codes == [1, 2]


def test_a_width_that_is_not_stated_is_that_of_the_image(tmp_path: Path) -> None:
    image_path = draw(tmp_path / "a.png", width_px=200, height_px=64)
    path = write(tmp_path / "a.csv", f"{image_path};1 2;2\n")

    assert LineIndex(path, GEOMETRY, parse_prepared).widths.tolist() == [100]


def test_unlabelled_rows_name_images_beside_their_csv(tmp_path: Path) -> None:
    draw(tmp_path / "a;1.png", width_px=50)
    draw(tmp_path / "b.png", width_px=100)
    path = write(tmp_path / "a.csv", "a\\;1.png\nb.png;|some|label|\n")

    index = LineIndex(path, GEOMETRY, UNLABELLED)

    assert index.widths.tolist() == [52, 100]
    assert index.read(np.array([0, 1])) == [
        PreparedLine(tmp_path / "a;1.png", (), 0),
        PreparedLine(tmp_path / "b.png", (), 0),
    ]


@pytest.mark.parametrize("row", ["b.png", "b.png;1", "b.png;1;x;40", "b.png;a;1;40", b"\xff;1;1;4"])
def test_a_row_of_another_form_is_named(tmp_path: Path, row: str | bytes) -> None:
    raw = row if isinstance(row, bytes) else row.encode()
    path = write(tmp_path / "a.csv", b"a.png;1;1;40\n" + raw)

    with pytest.raises(DataError, match=r"a\.csv, row 2: is not path;codes;length\. Make this"):
        LineIndex(path, GEOMETRY, parse_prepared)


def test_unreadable_inputs_are_named(tmp_path: Path) -> None:
    missing_image = write(tmp_path / "a.csv", "none.png;1;1\n")
    latin = write(tmp_path / "b.csv", b"\xe9.png\n")

    with pytest.raises(DataError, match=r"^none\.png: missing file\.$"):
        LineIndex(missing_image, GEOMETRY, parse_prepared)
    with pytest.raises(DataError, match=r"none\.csv: cannot be read \(No such file"):
        LineIndex(tmp_path / "none.csv", GEOMETRY, parse_prepared)
    with pytest.raises(DataError, match=r"b\.csv, row 1: not UTF-8 at byte 1 .* Save the file as"):
        LineIndex(latin, GEOMETRY, UNLABELLED)


def test_a_file_that_changed_since_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "a.png;1;1;40\nb.png;1;1;40\n")
    index = LineIndex(path, GEOMETRY, parse_prepared)
    write(path, "")

    with pytest.raises(DataError, match=r"a\.csv, byte 13: is not path;codes;length"):
        index.read(np.array([1]))


def test_a_hundred_thousand_lines_take_little_memory(tmp_path: Path) -> None:
    n_lines = 100_000
    path = write(
        tmp_path / "a.csv", "/some/folder/with/images/a01-000u-00.png;1 2;2;80\n" * n_lines
    )

    index = LineIndex(path, GEOMETRY, parse_prepared)

    parts = vars(index).values()
    n_bytes = sum(getattr(part, "nbytes", 0) or sys.getsizeof(part) for part in parts)
    assert len(index) == n_lines
    assert n_bytes <= 14 * n_lines + 1000
