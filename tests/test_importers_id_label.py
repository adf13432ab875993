"""Images with their label in the name."""

from pathlib import Path

import pytest

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


def read(folder: Path, *names: str) -> list[Sample | Rejection]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return list(IMPORTERS["id_label"].read(folder))


def test_dots_and_underscores_belong_to_the_label(tmp_path: Path) -> None:
    found = read(tmp_path, "1_(1+4)*2.png", "2_a.b_c.JPG", "3_.png", "4_ü; d.tiff", "notes_x.txt")

    assert [s.label for s in found if isinstance(s, Sample)] == ["(1+4)*2", "a.b_c", "", "ü; d"]


def test_folders_below_give_splits(tmp_path: Path) -> None:
    found = read(tmp_path / "imgs", "train/a/1_x.png", "val/1_y.png", "2_z.png")

    assert [(s.name, s.split) for s in found if isinstance(s, Sample)] == [
        ("2_z", ""), ("train/a/1_x", "train"), ("val/1_y", "val"),
    ]  # fmt: skip


def test_a_name_without_a_label_is_named(tmp_path: Path) -> None:
    [rejection] = read(tmp_path, "17.png")

    assert isinstance(rejection, Rejection)
    assert rejection.image_path == "17.png"
    assert rejection.reason.startswith("no label: the name is not id_label")


def test_what_is_no_folder_or_has_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()

    with pytest.raises(DataError, match=r"holds no image"):
        read(tmp_path)
    with pytest.raises(DataError, match=r"a.txt: is no folder"):
        list(IMPORTERS["id_label"].read(tmp_path / "a.txt"))
