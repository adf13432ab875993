from pathlib import Path

import pytest
from support.importer_sources.bentham import (
    IMAGE,
    LISTS,
    TEXT,
    archive_of,
    layout,
    some_lines,
    write_files,
)

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.bentham import page_of, plain_text
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


def read(source: Path) -> list[Sample | Rejection]:
    return list(IMPORTERS["bentham"].read(source))


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tgz", ".tbz"])
def test_an_archive_is_read_in_place(tmp_path, suffix) -> None:
    files = layout(some_lines(), LISTS, TEXT, IMAGE)
    inside = {f"BenthamDatasetR0-GT/{name}": content for name, content in files.items()}
    archive = archive_of(tmp_path / f"BenthamDatasetR0-GT{suffix}", inside)

    samples = read(archive)

    assert [(s.name, s.label, s.split, s.document) for s in samples] == [
        ("001_002_003_01_01", "the first", "train", "001_002_003"),
        ("001_002_003_01_02", "Smith & Sons < 3", "train", "001_002_003"),
        ("002_080_001_02_01", "of the Panopticon", "val", "002_080_001"),
        ("116_001_001_03_04", "é", "test", "116_001_001"),
    ]
    assert [s.image for s in samples] == [line.image for line in some_lines()]
    assert list(tmp_path.iterdir()) == [archive]


def test_a_folder_and_an_archive_within_a_folder_give_the_same(tmp_path) -> None:
    files = layout(some_lines(), LISTS, TEXT, IMAGE)
    write_files(tmp_path / "extracted", files)
    (tmp_path / "downloaded").mkdir()
    archive_of(tmp_path / "downloaded" / "gt.tgz", files)

    extracted, downloaded = read(tmp_path / "extracted"), read(tmp_path / "downloaded")

    assert [(s.name, s.label, s.split, s.row) for s in extracted] == [
        (s.name, s.label, s.split, s.row) for s in downloaded
    ]
    assert [s.image.read_bytes() for s in extracted] == [s.image for s in downloaded]


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("Smith &amp; Sons\n", "Smith & Sons"),
        ("to <gap/> him", "to him"),
        ('the 3<hi rend="superscript">d</hi> of', "the 3d of"),
        ("a < b &lt;c&gt;", "a < b <c>"),
        ("two\nlines", "two lines"),
    ],
)
def test_mark_up_goes_and_text_stays(marked, text) -> None:
    assert plain_text(marked) == text


def test_what_does_not_belong_together_is_named(tmp_path) -> None:
    files = layout(some_lines(), LISTS, TEXT, IMAGE)
    del files[IMAGE.format("001_002_003_01_01")], files[TEXT.format("002_080_001_02_01")]
    files[IMAGE.format("999_001_001_01_01")] = some_lines()[0].image
    files[TEXT.format("116_001_001_03_04")] = b"\xff\xfe"
    write_files(tmp_path, files)

    found = read(tmp_path)

    rejections = {r.image_path: r.reason for r in found if isinstance(r, Rejection)}
    assert rejections.pop("001_002_003_01_01") == "missing file: no image of this line is there"
    assert "no transcription" in rejections.pop("002_080_001_02_01")
    assert rejections.pop(IMAGE.format("999_001_001_01_01")) == "no split lists this line"
    assert "utf-8" in rejections.pop("116_001_001_03_04")
    assert rejections == {}
    assert [s.name for s in found if isinstance(s, Sample)] == ["001_002_003_01_02"]
    [first] = [r for r in found if r.row == 1 and r.csv_path.name == "TrainLines.lst"]
    assert first.image_path == "001_002_003_01_01"


def test_another_layout_is_refused(tmp_path) -> None:
    write_files(tmp_path, {"a.png": b"x", "a.txt": b"x"})

    with pytest.raises(DataError, match=r"no copy of Bentham R0. It needs Partitions/TrainLines"):
        read(tmp_path)


def test_a_cut_off_archive_is_named(tmp_path) -> None:
    files = layout(some_lines(), LISTS, TEXT, IMAGE)
    (tmp_path / "sets").mkdir()
    whole = archive_of(tmp_path / "whole.tar", files).read_bytes()
    (tmp_path / "sets" / "cut.tar").write_bytes(whole[: whole.rindex(b"IEND")])

    found = read(tmp_path / "sets")

    damaged = [r for r in found if isinstance(r, Rejection) and r.kind == "damaged archive"]
    assert len(damaged) == 1 and damaged[0].csv_path == tmp_path / "sets" / "cut.tar"


def test_the_page_of_a_line() -> None:
    assert page_of("002_080_001_02_01") == "002_080_001"
    assert page_of("x") == "x"
