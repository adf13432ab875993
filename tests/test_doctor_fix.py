"""Cleaned CSVs: what is mended, what is left out, what stays, and that every change is listed."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.doctor import WORDS, draw, keys, look, marked, save, write_lines, write_rows

from tf_crnn.config import Params
from tf_crnn.doctor.fix import check_folder, write_fixed
from tf_crnn.errors import DataError
from tf_crnn.samples import read_rows, resolve_image_path


def read_changes(folder: Path) -> list[list[str]]:
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter=";")
    assert header == ["csv", "row", "path", "what", "before", "after"]
    return rows


def soil(train: Path) -> None:
    """Faults of every kind that is mended, one row each, and copies."""
    folder = train.parent
    save(draw(WORDS[0]), folder / "copy.bmp")
    save(draw(WORDS[2]), folder / "other.bmp")
    dirty = [
        ("train_0.png", marked(WORDS[0]) + " |"),
        ("train_1.png", "| |s|e|v|e|n| | |o|l|d|"),
        ("train_2.png", marked(WORDS[2])),
        ("train_3.png", "|n|o|\u200b|\t|a|n|s|w|e|r| |c|a|m|e|"),
        ("train_4.png", marked("cafe\u0301")),
        ("none.png", "|a|"),
        ("copy.bmp", marked(WORDS[0])),
        ("other.bmp", marked("another text")),
        ("train_5.png", "plain text "),
    ]
    write_rows(train, dirty)


def test_what_was_promised_is_not_found_again(tmp_path: Path) -> None:
    train = write_lines(tmp_path / "data")
    soil(train)
    before = look(train)

    fixed = write_fixed(before.survey, tmp_path / "fixed")

    mended = {"edge_spaces", "double_spaces", "control_characters", "unseen_characters",
              "not_composed", "rejected: missing file", "duplicates_training"}  # fmt: skip
    assert mended <= keys(before) | {"duplicates_training"}
    after = look(tmp_path / "fixed" / "train.csv")
    assert keys(after) & mended == set()
    assert "contradictions" in keys(after)
    assert (fixed.n_kept, fixed.n_lines) == (7, 9) and len(after.survey) == 7


def test_every_change_is_listed_with_before_and_after(tmp_path: Path) -> None:
    train = write_lines(tmp_path / "data")
    soil(train)

    write_fixed(look(train).survey, tmp_path / "fixed")

    changes = read_changes(tmp_path / "fixed")
    assert {row[0] for row in changes} == {str(train)}
    assert [(row[1], row[3]) for row in changes] == [
        ("1", "spaces"),
        ("2", "spaces"),
        ("4", "control characters"),
        ("5", "composed letters (NFC)"),
        ("6", "left out: missing file"),
        ("7", f"left out, copy of {train}:1"),
        ("9", "spaces"),
    ]
    assert changes[1][4:] == ["| |s|e|v|e|n| | |o|l|d|", "|s|e|v|e|n| |o|l|d|"]
    assert changes[3][4:] == [marked("cafe\u0301"), marked("café")]


def test_the_new_csvs_find_their_images_and_the_old_ones_are_as_they_were(tmp_path: Path) -> None:
    train = write_lines(tmp_path / "a;b" / "data", WORDS[:3])
    old = train.read_bytes()

    write_fixed(look(train).survey, tmp_path / "deep" / "fixed")

    new = tmp_path / "deep" / "fixed" / "train.csv"
    rows = list(read_rows(new))
    found = [resolve_image_path(row.image_path, new.parent) for row in rows]
    assert [path.resolve() for path in found] == [
        tmp_path / "a;b" / "data" / f"train_{number}.png" for number in range(3)
    ]
    assert [row.label for row in rows] == [marked(text) for text in WORDS[:3]]
    assert train.read_bytes() == old
    assert read_changes(tmp_path / "deep" / "fixed") == []


def test_a_copy_of_a_validation_line_is_left_out_of_the_training(tmp_path: Path) -> None:
    train = write_lines(tmp_path / "train", WORDS[:3])
    val = write_lines(tmp_path / "val", [WORDS[1], "something else"], "train")

    write_fixed(look(train, val).survey, tmp_path / "fixed")

    folder = tmp_path / "fixed"
    assert [row[3] for row in read_changes(folder)] == [f"left out, copy of {val}:1"]
    assert len(list(read_rows(folder / "train.csv"))) == 2
    assert len(list(read_rows(folder / "train_2.csv"))) == 2
    assert "leaked_lines" not in keys(look(folder / "train.csv", folder / "train_2.csv"))


def test_lines_are_rescued_where_mending_makes_them_usable_and_none_is_made_worse(
    tmp_path: Path, tiny_params: Callable[..., Params]
) -> None:
    params = tiny_params(tmp_path)
    alphabet = {unit: n for n, unit in enumerate(["a", "b", "é", "o", "\u0308"], 1)}
    Path(str(params.lookup_alphabet_file)).write_text(json.dumps(alphabet))
    params.save(tmp_path / "config.json")
    save(draw("abeo"), tmp_path / "1.png")
    save(draw("aobe"), tmp_path / "2.png")
    train = write_rows(tmp_path / "t.csv", [("1.png", "|a|e|\u0301|"), ("2.png", "|o|\u0308|")])
    survey = look(train, config=str(tmp_path / "config.json")).survey

    write_fixed(survey, tmp_path / "fixed")

    labels = [row.label for row in read_rows(tmp_path / "fixed" / "t.csv")]
    assert labels == ["|a|é|", "|o|\u0308|"]


def test_documents_go_with_their_lines(tmp_path: Path) -> None:
    train = write_lines(tmp_path / "data", WORDS[:2])
    (tmp_path / "data" / "documents.csv").write_text("path;document\ntrain_1.png;p7\n")

    write_fixed(look(train).survey, tmp_path / "fixed")

    text = (tmp_path / "fixed" / "documents.csv").read_text().splitlines()
    assert text == ["path;document", "../data/train_1.png;p7"]


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    train = write_lines(tmp_path, WORDS[:2])

    with pytest.raises(DataError, match="is not empty. Name a new folder"):
        check_folder(tmp_path)
    with pytest.raises(DataError, match="is there already"):
        write_fixed(look(train).survey, tmp_path)
