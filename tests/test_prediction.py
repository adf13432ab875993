"""Which images a command line means, and how readings are printed."""

import io
import json
from pathlib import Path

import pytest

from tf_crnn.decoding.transcription import Reading, Transcription, UnitPlace
from tf_crnn.errors import DataError
from tf_crnn.prediction import find_images, format_json, format_text
from tf_crnn.samples import read_rows

RESULT = Transcription(
    text='ç;"n',
    units=("ç", ";", '"', "n"),
    log_prob=-0.123456,
    score=9.87654,
    readings=(Reading('ç;"n', -0.123456), Reading("c", -10.0)),
    confidence=0.876543,
)


def find(source: object, stdin: str = "", **options: str) -> list[Path]:
    return list(find_images(str(source), io.StringIO(stdin), **options))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "sub/c.tiff", "sub/d.webp", "notes.md", "z.csv.bak"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "folder.png").mkdir()
    return tmp_path


def test_a_folder_means_its_images_and_those_below_in_order(folder: Path) -> None:
    names = ["a.JPG", "b.png", "sub/c.tiff", "sub/d.webp"]

    assert find(folder) == [folder / name for name in names]


def test_a_file_means_itself_whatever_its_name(folder: Path) -> None:
    assert find(folder / "notes.md") == [folder / "notes.md"]


def test_a_csv_means_its_paths_labelled_or_not(folder: Path) -> None:
    (folder / "e;f.png").touch()
    (folder / "lines.CSV").write_text("b.png;|x|y|\n\ne\\;f.png\nsub/c.tiff;text\nnone.png\n")

    names = ["b.png", "e;f.png", "sub/c.tiff", "none.png"]
    assert find(folder / "lines.CSV") == [folder / name for name in names]


def test_a_csv_may_have_another_delimiter(folder: Path) -> None:
    (folder / "lines.tsv").write_text("b.png\t|x|\n")

    assert find(folder / "lines.tsv", csv_delimiter="\t") == [folder / "b.png"]


def test_a_dash_means_the_paths_on_stdin() -> None:
    assert find("-", "a b.png\n\n/c/ü.png\r\nlast.png") == [
        Path("a b.png"),
        Path("/c/ü.png"),
        Path("last.png"),
    ]


def test_images_are_named_one_by_one() -> None:
    endless = (f"{number}.png\n" for number in iter(int, 1))

    assert next(find_images("-", endless)) == Path("0.png")


def test_a_source_that_means_no_image_is_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "empty.csv").write_text("\n")

    with pytest.raises(DataError, match=r"empty: the folder holds no image\."):
        find(folder / "empty")
    with pytest.raises(DataError, match=r"empty\.csv: the CSV has no rows\."):
        find(folder / "empty.csv")
    with pytest.raises(DataError, match=r"none\.png: no such file or folder\."):
        find(folder / "none.png")
    with pytest.raises(DataError, match=r"none\.csv: cannot be read \(No such file"):
        find(folder / "none.csv")


@pytest.mark.parametrize("name", ["a.png", "a;b.png", "c\\d.png", '"quoted".png'])
def test_a_reading_is_printed_as_a_row_that_can_be_read(tmp_path: Path, name: str) -> None:
    row = format_text(Path(name), RESULT)

    (tmp_path / "out.csv").write_text(row + "\n", encoding="utf-8")
    [read] = read_rows(tmp_path / "out.csv")
    assert (read.image_path, read.label) == (name, RESULT.text)
    assert "\n" not in row


def test_a_reading_is_printed_with_the_wanted_delimiter() -> None:
    assert format_text(Path("a,b.png"), RESULT, delimiter=",") == 'a\\,b.png,ç;"n'


def test_a_reading_is_printed_as_one_json_object() -> None:
    line = format_json(Path("ü.png"), RESULT)

    assert "\n" not in line
    assert "ü.png" in line
    assert json.loads(line) == {
        "path": "ü.png",
        "text": 'ç;"n',
        "confidence": 0.8765,
        "words": [],
        "units": ["ç", ";", '"', "n"],
        "places": [],
        "score": 9.8765,
        "log_prob": -0.1235,
        "readings": [{"text": 'ç;"n', "log_prob": -0.1235}, {"text": "c", "log_prob": -10.0}],
    }


def test_places_are_printed_where_they_are_known() -> None:
    places = [UnitPlace(1.26, 20.0, 0.98764), UnitPlace(20, 21, 1.0), UnitPlace(21, 30, 0.5)]
    placed = RESULT._replace(units=["ab", " ", "c"], places=places, word_confidences=[0.91234, 0.4])

    fields = json.loads(format_json(Path("a.png"), placed))

    assert fields["places"][0] == {"start_px": 1.3, "end_px": 20.0, "confidence": 0.9876}
    assert [place["confidence"] for place in fields["places"]] == [0.9876, 1.0, 0.5]
    assert fields["words"] == [
        {"text": "ab", "confidence": 0.9123},
        {"text": "c", "confidence": 0.4},
    ]
