"""The layout of Synth90k."""

from pathlib import Path

import pytest

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lexicon.txt").write_text("aardvark\nbone\ncode\n", encoding="utf-8")
    (tmp_path / "annotation_train.txt").write_text("./1/2/3_Code_2.jpg 2\n./1/2/4_a_b_0.jpg 0\n")
    (tmp_path / "annotation_test.txt").write_text("./1/2/5_BONE_1.jpg 1\n")
    return tmp_path


def test_words_of_the_lexicon_count_from_zero(folder: Path) -> None:
    found = list(IMPORTERS["synth90k"].read(folder))

    assert [(s.name, s.label, s.split) for s in found if isinstance(s, Sample)] == [
        ("1/2/3_Code_2", "code", "train"),
        ("1/2/4_a_b_0", "aardvark", "train"),
        ("1/2/5_BONE_1", "bone", "test"),
    ]
    assert found[0].image == folder / "1/2/3_Code_2.jpg"  # type: ignore[union-attr]


def test_words_of_the_names_have_their_capitals(folder: Path) -> None:
    (folder / "lexicon.txt").unlink()

    found = list(IMPORTERS["synth90k"].read(folder, words="file_names"))

    assert [s.label for s in found if isinstance(s, Sample)] == ["Code", "a_b", "BONE"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("./a.jpg 3", "index 3: lexicon.txt has 3 words, counted from 0"),
        ("./a.jpg -1", "is not `./path index`"),
        ("./a.jpg", "is not `./path index`"),
    ],
)
def test_rows_that_cannot_be_read_are_named(row: str, reason: str, folder: Path) -> None:
    (folder / "annotation_val.txt").write_text(f"{row}\n./b.jpg 0\n")

    [rejection, sample] = IMPORTERS["synth90k"].read(folder / "annotation_val.txt")

    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert isinstance(sample, Sample)


def test_what_is_missing_is_named(folder: Path) -> None:
    (folder / "lexicon.txt").unlink()

    with pytest.raises(DataError, match=r"lexicon.txt: cannot be read .* --words file_names"):
        list(IMPORTERS["synth90k"].read(folder))
    with pytest.raises(DataError, match=r"holds none of annotation_train.txt"):
        (folder / "sub").mkdir()
        list(IMPORTERS["synth90k"].read(folder / "sub"))
