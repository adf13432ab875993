"""CSVs and TSVs."""

from pathlib import Path

import pytest

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


def read(path: Path, content: str, **options: str) -> list[Sample | Rejection]:
    path.write_text(content, encoding="utf-8")
    return list(IMPORTERS["csv"].read(path, **options))


def test_marked_labels_are_units_and_others_are_text(tmp_path: Path) -> None:
    found = read(tmp_path / "lines.csv", "a.png;|ch|a|\nsub/b.c.png;cha\n")

    [marked, plain] = found
    assert (marked.label, plain.label) == (("ch", "a"), "cha")  # type: ignore[union-attr]
    assert (marked.name, plain.name) == ("a", "sub/b.c")  # type: ignore[union-attr]
    assert plain == Sample(tmp_path / "lines.csv", 2, "sub/b.c", tmp_path / "sub/b.c.png", "cha")


@pytest.mark.parametrize(
    ("delimiter", "written"), [("\\t", "\t"), ("\t", "\t"), (",", ","), ("|", "|")]
)
def test_any_character_parts_the_columns(delimiter: str, written: str, tmp_path: Path) -> None:
    unit = "/" if written == "|" else "|"

    [sample] = read(
        tmp_path / "lines.tsv", f"a;b.png{written}{unit}x{unit}y{unit}\n",
        delimiter=delimiter, unit_delimiter=unit,
    )  # fmt: skip

    assert isinstance(sample, Sample)
    assert (sample.name, sample.label) == ("a;b", ("x", "y"))


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\\", "\n"])
def test_what_cannot_part_columns_is_refused(delimiter: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give one character other than a backslash"):
        read(tmp_path / "lines.csv", "a.png;a\n", delimiter=delimiter)


def test_the_file_s_name_gives_the_split_and_documents_csv_the_document(tmp_path: Path) -> None:
    (tmp_path / "documents.csv").write_text("path;document\na.png;page 1\n", encoding="utf-8")

    [a, b] = read(tmp_path / "val.csv", "a.png;a\nb.png;b\n")

    assert isinstance(a, Sample)
    assert isinstance(b, Sample)
    assert (a.split, a.document) == ("val", "page 1")
    assert (b.split, b.document) == ("val", "")


def test_a_folder_stands_for_its_csvs(tmp_path: Path) -> None:
    for split in ("train", "test", "lines"):
        (tmp_path / f"{split}.csv").write_text(f"{split}.png;a\n", encoding="utf-8")

    found = list(IMPORTERS["csv"].read(tmp_path))

    assert [(s.name, s.split) for s in found if isinstance(s, Sample)] == [
        ("train", "train"), ("test", "test"), ("lines", ""),
    ]  # fmt: skip


def test_a_folder_without_such_csvs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds none of train.csv, val.csv, test.csv, lines.csv"):
        list(IMPORTERS["csv"].read(tmp_path))


def test_rows_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    found = read(tmp_path / "lines.csv", "no label\n\na.png;|a||b|\nb.png;b\n")

    rejections = [(r.row, r.reason) for r in found if isinstance(r, Rejection)]
    assert rejections == [
        (1, "no label: the row has no ';'"),
        (3, "label '|a||b|': empty unit at position 2"),
    ]
