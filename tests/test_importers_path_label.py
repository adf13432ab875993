"""Text files of path and label."""

from pathlib import Path

from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


def read(path: Path, content: bytes, **options: str) -> list[Sample | Rejection]:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return list(IMPORTERS["path_label"].read(path, **options))


def test_the_first_white_space_parts_path_and_label(tmp_path: Path) -> None:
    found = read(tmp_path / "a.txt", b"./x/1.png two  words \n2.png\tb c\r\n3.png \n")

    samples = [sample for sample in found if isinstance(sample, Sample)]
    assert [(s.row, s.name, s.label) for s in samples] == [
        (1, "x/1", "two  words "), (2, "2", "b c"), (3, "3", ""),
    ]  # fmt: skip
    assert samples[0].image == tmp_path / "x/1.png"


def test_a_row_without_a_label_is_named(tmp_path: Path) -> None:
    [rejection] = read(tmp_path / "a.txt", b"\n1.png\n")

    assert isinstance(rejection, Rejection)
    assert (rejection.row, rejection.image_path) == (2, "1.png")
    assert rejection.reason == "no label: no white space stands behind the path"


def test_labels_of_names_in_a_folder_beside(tmp_path: Path) -> None:
    found = read(tmp_path / "labels.txt", b"0 (1+4)*2\n1.jpg 3\n", images="level_1", suffix=".png")

    images = [sample.image for sample in found if isinstance(sample, Sample)]
    assert images == [tmp_path / "level_1/0.png", tmp_path / "level_1/1.jpg"]


def test_the_split_is_that_of_the_file_or_its_folder(tmp_path: Path) -> None:
    [by_folder] = read(tmp_path / "Test" / "sample.txt", b"1.png a\n")
    [by_name] = read(tmp_path / "annotations_val.txt", b"1.png a\n")

    assert isinstance(by_folder, Sample)
    assert isinstance(by_name, Sample)
    assert (by_folder.split, by_name.split) == ("test", "val")


def test_latin_1_is_read_where_it_is_named(tmp_path: Path) -> None:
    content = "1.png Müller\n".encode("latin-1")

    [rejection] = read(tmp_path / "a.txt", content)
    [sample] = read(tmp_path / "a.txt", content, encoding="latin-1")

    assert isinstance(rejection, Rejection)
    assert rejection.reason == "not UTF-8 at byte 8 of the row: --encoding latin-1?"
    assert isinstance(sample, Sample)
    assert sample.label == "Müller"
