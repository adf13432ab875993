"""JSON Lines."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection


def read(path: Path, *rows: Any, **options: str) -> list[Sample | Rejection]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    return list(IMPORTERS["jsonl"].read(path, **options))


@pytest.mark.parametrize("image", ["image", "path", "file_name", "file"])
@pytest.mark.parametrize("text", ["text", "label", "transcription", "ground_truth"])
def test_the_usual_keys_are_found(image: str, text: str, tmp_path: Path) -> None:
    [sample] = read(tmp_path / "a.jsonl", {image: "sub/x; y.png", text: "Öl ", "other": 1})

    path = tmp_path / "sub/x; y.png"
    assert sample == Sample(tmp_path / "a.jsonl", 1, "sub/x; y", path, "Öl ")


def test_other_keys_are_named(tmp_path: Path) -> None:
    row = {"scan": "a.png", "diplomatic": "ſ", "text": "s", "set": "Dev", "hand": 7, "u": ["ſ"]}

    [plain] = read(
        tmp_path / "a.jsonl", row, image_key="scan", text_key="diplomatic", split_key="set",
        document_key="hand",
    )  # fmt: skip
    [marked] = read(tmp_path / "a.jsonl", row, image_key="scan", units_key="u")

    assert isinstance(plain, Sample)
    assert (plain.label, plain.split, plain.document) == ("ſ", "val", "7")
    assert isinstance(marked, Sample)
    assert (marked.label, marked.split, marked.document) == (("ſ",), "", "")


def test_a_list_under_the_key_of_the_text_is_units(tmp_path: Path) -> None:
    [sample] = read(tmp_path / "a.jsonl", {"image": {"path": "a.png"}, "label": ["ch", "a"]})

    assert isinstance(sample, Sample)
    assert sample.label == ("ch", "a")


def test_files_of_a_folder_have_the_split_of_their_folder(tmp_path: Path) -> None:
    for split in ("validation", "train", "more"):
        (tmp_path / split).mkdir()
        read(tmp_path / split / "metadata.jsonl", {"file_name": "a.png", "text": split})

    found = list(IMPORTERS["jsonl"].read(tmp_path))

    assert [(s.label, s.split) for s in found if isinstance(s, Sample)] == [
        ("more", ""), ("train", "train"), ("validation", "val"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"path": "a.png"', "is not JSON .*delimiter"),
        ("[" * 100_000, "is not JSON"),
        ('["a.png", "a"]', "is no object"),
        ({"text": "a", "id": 3}, "none of image, path, .* but text, id: name the key, --image_key"),
        ({"path": "a.png", "words": 1}, "name the key, --text_key"),
        ({"path": 7, "text": "a"}, "the image is no path"),
        ({"path": "a.png", "text": 7}, "neither a string nor a list of strings, but 7"),
        ({"path": "a.png", "text": ["a", 7]}, "neither a string nor"),
        ({"path": "a.png", "text": "a", "split": "unseen"}, "split 'unseen': known are train"),
    ],
)
def test_what_is_no_line_is_named_and_the_next_is_read(
    row: Any, reason: str, tmp_path: Path
) -> None:
    [rejection, sample] = read(tmp_path / "a.jsonl", row, {"path": "b.png", "text": "b"})

    assert isinstance(rejection, Rejection)
    assert rejection.row == 1
    assert re.search(reason, rejection.reason)
    assert isinstance(sample, Sample)


def test_a_folder_without_such_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no file .jsonl or .ndjson"):
        list(IMPORTERS["jsonl"].read(tmp_path))
