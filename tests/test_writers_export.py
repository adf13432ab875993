"""The engine of exports; each format is in a file of its own."""

import csv
import logging

import numpy as np
import pytest
from PIL import Image

from tf_crnn.errors import DataError
from tf_crnn.images import read_image
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection
from tf_crnn.writers import WRITERS
from tf_crnn.writers.export import export_dataset
from tf_crnn.writers.writer import text_of

ROWS = {
    "train": [("a b ä;.png", "|a|;| |"), ("sub/x.png", "|con|d|"), ("x.png", "plain | text")],
    "val": [("v.jpg", '|"|\\\\|é|')],
    "other": [("o.png", "|o|")],
}


@pytest.fixture
def csvs(tmp_path):
    folder = tmp_path / "set"
    for split, rows in ROWS.items():
        lines = []
        for number, (name, label) in enumerate(rows):
            path = folder / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.full((8, 10 + number), 40 * len(lines) + len(split), np.uint8)
            Image.fromarray(pixels).save(path)
            lines.append(f"images/{name.replace(';', chr(92) + ';')};{label}\n")
        (folder / f"{split}.csv").write_text("".join(lines), encoding="utf-8")
    return [folder / f"{split}.csv" for split in ROWS]


def export(format_name, csvs, output, **options):
    return export_dataset(format_name, csvs, output=output, options=options, reading={})


def read(source, format_name="csv", **options):
    return list(IMPORTERS[format_name].read(source, **options))


def test_counts_of_an_export_are_by_split(csvs, tmp_path) -> None:
    done = export("csv", csvs, tmp_path / "out")

    assert dict(done.splits) == {"train": 3, "val": 1, "lines": 1}
    assert done.reasons.n_rejected == 0
    assert not (tmp_path / "out" / "rejected.csv").exists()


def test_lines_that_cannot_be_written_are_named_and_the_others_are_written(csvs, tmp_path) -> None:
    with csvs[0].open("a", encoding="utf-8") as stream:
        stream.write("gone.png;|a|\nimages/x.png;|a||b|\nbroken.png;|a|\n")
    (csvs[0].parent / "broken.png").write_bytes(b"no image")

    done = export("gt_pairs", csvs, tmp_path / "out")

    with (tmp_path / "out" / "rejected.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter=";")
    assert header == ["csv", "row", "path", "reason"]
    assert [(row[0], row[1]) for row in rows] == [(str(csvs[0]), n) for n in "456"]
    assert [row[3] for row in rows] == [
        "missing file",
        "label '|a||b|': empty unit at position 2",
        "unreadable image (no known image format)",
    ]
    assert done.n_written == 5
    assert done.reasons.n_rejected == 3


@pytest.mark.parametrize("format_name", sorted(WRITERS))
def test_nothing_is_left_where_no_line_is_usable(format_name, tmp_path) -> None:
    (tmp_path / "train.csv").write_text("gone.png;|a|\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"(?s)train.csv: no line can be written.*1 x missing file"):
        export(format_name, [tmp_path / "train.csv"], tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["train.csv"]


def test_an_empty_csv_and_an_absent_one_are_refused(tmp_path) -> None:
    (tmp_path / "empty.csv").write_text("")

    with pytest.raises(DataError, match=r"empty.csv: no line is in there"):
        export("csv", [tmp_path / "empty.csv"], tmp_path / "out")
    with pytest.raises(DataError, match=r"absent.csv: cannot be read"):
        export("csv", [tmp_path / "absent.csv"], tmp_path / "out")


def test_a_folder_in_use_is_refused_before_anything_is_read(csvs, tmp_path) -> None:
    with pytest.raises(DataError, match="set: is there already"):
        export("csv", csvs, csvs[0].parent)


def test_units_that_a_format_cannot_keep_are_counted(csvs, tmp_path, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        done = export("gt_pairs", csvs, tmp_path / "pairs")
        kept = export("csv", csvs, tmp_path / "csv")

    assert (done.n_units_lost, kept.n_units_lost) == (1, 0)
    [record] = caplog.records
    assert "1 of 5 lines have units of several characters" in record.getMessage()
    assert f"{csvs[0]}, row 2" in record.getMessage()


def test_names_come_from_the_csvs_folder_and_tell_nothing_of_the_disk(csvs, tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere" / "y.png"
    elsewhere.parent.mkdir()
    Image.new("L", (9, 9)).save(elsewhere)
    with csvs[2].open("a", encoding="utf-8") as stream:
        stream.write(f"{elsewhere};|a|\n../elsewhere/y.png;|b|\n")

    export("csv", csvs[2:], tmp_path / "out")

    names = [sample.name for sample in read(tmp_path / "out" / "lines.csv")]
    assert names == ["images/o", "images/y", "images/elsewhere-y"]


@pytest.mark.parametrize("delimiters", [(";", "|"), ("\t", "|"), (",", "/")])
def test_csv_written_is_read_as_the_same_samples(csvs, tmp_path, delimiters) -> None:
    delimiter, unit_delimiter = delimiters

    export("csv", csvs, tmp_path / "out", delimiter=delimiter, unit_delimiter=unit_delimiter)

    for csv_path in csvs:
        name = csv_path.name.replace("other", "lines")
        given = read(csv_path)
        got = read(tmp_path / "out" / name, delimiter=delimiter, unit_delimiter=unit_delimiter)
        assert [tuple(sample.label) for sample in got] == [tuple(s.label) for s in given]
        assert not any(isinstance(sample, Rejection) for sample in got)
        for old, new in zip(given, got, strict=True):
            assert new.image.is_relative_to(tmp_path / "out")
            assert new.image.read_bytes() == old.image.read_bytes()


def test_images_referred_to_stay_where_they_lie(csvs, tmp_path) -> None:
    export("csv", csvs, tmp_path / "out", images="refer")

    samples = read(tmp_path / "out" / "train.csv")
    assert [sample.image for sample in samples] == [sample.image for sample in read(csvs[0])]
    assert sorted(path.suffix for path in (tmp_path / "out").rglob("*")) == [".csv"] * 3


@pytest.mark.parametrize("wrong", [{"delimiter": ""}, {"delimiter": ";;"}, {"unit_delimiter": '"'}])
def test_delimiters_that_cannot_be_read_back_are_refused(csvs, tmp_path, wrong) -> None:
    with pytest.raises(DataError, match=f"--{next(iter(wrong))} .*: give one character"):
        export("csv", csvs, tmp_path / "out", **wrong)
    with pytest.raises(DataError, match="are both ';'"):
        export("csv", csvs, tmp_path / "out", unit_delimiter=";")


def test_suffixes_follow_the_content_of_the_image(csvs, tmp_path) -> None:
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(csvs[2].parent / "images" / "o.png", "JPEG")

    export("jsonl", csvs[2:], tmp_path / "out")

    assert read_image(tmp_path / "out" / "lines" / "images" / "o.jpg").shape == (8, 9, 1)


@pytest.mark.parametrize(("label", "text"), [("a|b", "a|b"), (("con", "d"), "cond")])
def test_text_of_a_label(label, text, tmp_path) -> None:
    assert text_of(Sample(tmp_path, 1, "x", b"", label)) == text
