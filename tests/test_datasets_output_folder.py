"""A data set's folder: whole or absent."""

from pathlib import Path

import pytest

from tf_crnn.datasets.output_folder import finish_folder, start_folder
from tf_crnn.errors import DataError


def test_what_a_broken_off_start_left_is_cleared(tmp_path: Path) -> None:
    (start_folder(tmp_path / "out") / "half.csv").touch()

    again = start_folder(tmp_path / "out")

    assert again.parent == tmp_path / "out"
    assert list(again.iterdir()) == []


def test_everything_is_moved_when_it_is_whole(tmp_path: Path) -> None:
    unfinished = start_folder(tmp_path / "new/out")
    (unfinished / "images").mkdir()
    for name in ("dataset.json", "train.csv", "images/a.png"):
        (unfinished / name).write_text(name)

    finish_folder(unfinished)

    found = {
        p.relative_to(tmp_path / "new/out").as_posix() for p in (tmp_path / "new/out").rglob("*")
    }
    assert found == {"dataset.json", "train.csv", "images", "images/a.png"}
    assert (tmp_path / "new/out/images/a.png").read_text() == "images/a.png"


def test_a_folder_that_holds_anything_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    (tmp_path / ".unfinished").mkdir()

    with pytest.raises(DataError, match=r"is not empty \(thesis.txt\). Name a new folder"):
        start_folder(tmp_path)

    assert (tmp_path / "thesis.txt").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").touch()

    with pytest.raises(DataError, match=r"out: cannot be written .* Name another folder"):
        start_folder(tmp_path / "out")
