import os

import pytest

from tf_crnn.errors import DataError
from tf_crnn.stamped import new_folder


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_when_it_is_complete(tmp_path) -> None:
    with new_folder(tmp_path / "a" / "out") as folder:
        (folder / "x").write_text("1")
        before = (tmp_path / "a" / "out").exists()

    assert not before
    assert names_in(tmp_path / "a") == ["out"]
    assert names_in(tmp_path / "a" / "out") == ["x"]


def test_after_an_error_nothing_of_a_new_folder_is_left(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "out") as folder:
        (folder / "x").write_text("1")
        raise KeyboardInterrupt

    assert names_in(tmp_path) == []


def test_an_empty_folder_is_taken_and_a_filled_one_refused(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("1")

    with new_folder(tmp_path / "empty") as folder:
        (folder / "x").write_text("1")

    assert names_in(tmp_path / "empty") == ["x"]
    for name in ("empty", "file"):
        with (
            pytest.raises(DataError, match=f"{name}: is there already. Give another folder"),
            new_folder(tmp_path / name),
        ):
            pass
    assert names_in(tmp_path) == ["empty", "file"]


def test_what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path) -> None:
    for process in ("999999999", str(os.getppid())):
        (tmp_path / f".out.unfinished-{process}").mkdir()

    with new_folder(tmp_path / "out"):
        pass

    assert names_in(tmp_path) == [f".out.unfinished-{os.getppid()}", "out"]
