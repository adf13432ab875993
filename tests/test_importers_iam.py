from pathlib import Path

import pytest
from support.importer_sources import draw_png
from support.importer_sources.bentham import archive_of, write_files

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

LINES_TXT = b"""\
#--- lines.txt ---#
a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to
a01-000u-01 ok 156 19 395 932 1850 105 a|#|bed
b02-001-00 err 182 20 400 700 1500 90 zeal|"B B"
c03-004x-02 ok 170
c03-004x-03 ok 170 12 410 710 1400 80 bead
"""
ASCII = {"lines.txt": LINES_TXT, "forms.txt": b"# form writer\na01-000u 000 2 prt 7 5 52 36\n"}
IDS = ("a01-000u-00", "a01-000u-01", "b02-001-00", "c03-004x-02", "c03-004x-03")
IMAGES = {
    f"{i[:3]}/{i.rpartition('-')[0]}/{i}.png": draw_png(number) for number, i in enumerate(IDS)
}
TASK = {
    "trainset.txt": b"a01-000u-00\na01-000u-01\n", "testset.txt": b"b02-001-00\n",
    "validationset1.txt": b"c03-004x-02\n", "validationset2.txt": b"c03-004x-03\n",
}  # fmt: skip


def read(source: Path) -> list[Sample | Rejection]:
    return list(IMPORTERS["iam"].read(source))


@pytest.mark.parametrize("archived", [False, True])
def test_the_database_is_read_with_its_splits_and_writers(tmp_path, archived) -> None:
    parts = {"lines": IMAGES, "ascii": ASCII, "largeWriterIndependentTextLineRecognitionTask": TASK}
    for name, files in parts.items():
        if archived:
            archive_of(tmp_path / f"{name}{'.zip' if files is TASK else '.tgz'}", files)
        else:
            write_files(tmp_path / name, files)

    found = read(tmp_path)

    assert [(s.label, s.split, s.document) for s in found if isinstance(s, Sample)] == [
        ("A MOVE to", "train", "writer 000"),
        (("a", " ", "[-]", " ", "b", "e", "d"), "train", "writer 000"),
        ('zeal "B B"', "test", "b02-001"),
        ("bead", "val", "c03-004x"),
    ]
    malformed, missing = [r for r in found if isinstance(r, Rejection)]
    assert (malformed.row, malformed.reason) == (5, "fewer than 9 columns")
    assert (missing.image_path, missing.kind) == ("c03-004x-02", "no transcription")


def test_images_of_words_are_no_lines(tmp_path) -> None:
    write_files(tmp_path, {**ASCII, **TASK, "words/a01-000u-00-00.png": draw_png(1)})

    found = read(tmp_path)

    assert [r.kind for r in found] == ["malformed row"] + ["missing file"] * 5


def test_another_layout_is_refused(tmp_path) -> None:
    write_files(tmp_path, ASCII)

    with pytest.raises(
        DataError, match="no copy of the IAM database. It needs lines.txt, trainset"
    ):
        read(tmp_path)
