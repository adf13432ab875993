"""TFRecords of attention-ocr, written here by TensorFlow as that program does."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tf_crnn.errors import DataError
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.names import as_name, split_of
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

PNG = io.BytesIO()
Image.new("L", (40, 20), "white").save(PNG, "PNG")


def write(path: Path, *records: dict[str, Any]) -> Path:
    import tensorflow as tf

    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            feature = {
                name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                for name, value in record.items()
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString())
    return path


def read(path: Path, **options: Any) -> list[Sample | Rejection]:
    return list(IMPORTERS["aocr"].read(path, **options))


def test_image_label_and_path_of_each_record_are_taken(tmp_path: Path) -> None:
    first = {"image": PNG.getvalue(), "label": b"HELLO", "comment": b"lines/my line.01.png"}
    second = {"image": PNG.getvalue(), "label": "GRÖSSE; ½".encode()}
    path = write(tmp_path / "dataset.tfrecords", first, second)

    samples = read(path)

    assert samples == [
        Sample(path, 1, "lines/my line.01", PNG.getvalue(), "HELLO"),
        Sample(path, 2, "dataset/0000002", PNG.getvalue(), "GRÖSSE; ½"),
    ]


def test_all_files_of_a_folder_are_read_with_the_split_of_their_names(tmp_path: Path) -> None:
    for name in ("train.tfrecords", "more/val_1.tfrecord", "other.tfrecord", "notes.txt"):
        write(tmp_path / name, {"image": PNG.getvalue(), "label": name.encode()})

    samples = read(tmp_path)

    assert [(sample.label, sample.split) for sample in samples] == [
        ("more/val_1.tfrecord", "val"),
        ("other.tfrecord", ""),
        ("train.tfrecords", "train"),
    ]


@pytest.mark.parametrize(
    ("encoding", "label", "text"),
    [
        ("auto", "Größe".encode(), "Größe"),
        ("auto", "Größe".encode("latin-1"), "Größe"),
        ("latin-1", "ö".encode(), "Ã¶"),
    ],
)
def test_labels_are_decoded(tmp_path: Path, encoding: str, label: bytes, text: str) -> None:
    path = write(tmp_path / "a.tfrecord", {"image": PNG.getvalue(), "label": label})

    [sample] = read(path, encoding=encoding)

    assert sample.label == text


def test_what_is_no_record_of_this_kind_is_rejected_in_its_place(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.tfrecord",
        {"image": PNG.getvalue(), "label": b"\xff", "comment": b"one.png"},
        {"image": PNG.getvalue()},
        {"images": b"123", "labels": b"4"},
        {"image": PNG.getvalue(), "label": b"x"},
    )

    results = read(path, encoding="utf-8")

    reasons = [result.reason for result in results[:3]]
    assert reasons == [
        "the label is not UTF-8 at its byte 1: encoding=latin-1?",
        "the record has no single 'label' of bytes, but image",
        "the record has no single 'image' of bytes, but images, labels: is it of CRNN_Tensorflow? "
        "Use crnn_tensorflow",
    ]
    assert [result.row for result in results] == [1, 2, 3, 4]
    assert results[0].image_path == "one.png"
    assert results[3].label == "x"


def test_a_damaged_record_is_rejected_with_its_offset_and_the_next_is_read(tmp_path: Path) -> None:
    record = {"image": PNG.getvalue(), "label": b"same"}
    path = write(tmp_path / "a.tfrecord", record, {**record, "label": b"DIFF"}, record)
    path.write_bytes(path.read_bytes().replace(b"DIFF", b"diff"))

    first, damaged, third = read(path)

    size = path.stat().st_size // 3
    assert damaged == Rejection(
        path, 2, "a/0000002", "damaged record",
        f"at byte {size}: wrong checksum of the content: the record is damaged",
    )  # fmt: skip
    assert (first.label, third.label) == ("same", "same")


def test_bytes_that_are_no_example_are_rejected(tmp_path: Path) -> None:
    from tf_crnn.tfrecord import RecordWriter

    path = tmp_path / "a.tfrecord"
    with RecordWriter(path) as writer:
        writer.write(b"\xff\xff")

    [rejection] = read(path)

    assert rejection.reason.startswith("at byte 0: is no tf.train.Example")


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.tfrecord").touch()

    with pytest.raises(DataError, match=r"empty: no file in this folder is called \*\.tfrecord"):
        read(tmp_path / "empty")
    with pytest.raises(DataError, match=r"empty\.tfrecord: holds no record"):
        read(tmp_path / "empty.tfrecord")
    with pytest.raises(DataError, match="none: no such file or folder"):
        read(tmp_path / "none")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b.c.png", "a/b.c"),
        ("/etc/passwd", "etc/passwd"),
        ("../../up.png", "up"),
        (r"C:\lines\1.png", "C:/lines/1"),
        ("..", ""),
        ("", ""),
    ],
)
def test_a_path_becomes_a_name_that_leads_nowhere_else(path: str, name: str) -> None:
    assert as_name(path) == name


@pytest.mark.parametrize(
    ("stem", "split"),
    [
        ("train_1", "train"),
        ("val_feature", "val"),
        ("validation_feature_0_99", "val"),
        ("my-TEST", "test"),
        ("training", "train"),
        ("contest", ""),
        ("lines", ""),
    ],
)
def test_a_split_is_read_from_a_files_name(stem: str, split: str) -> None:
    assert split_of(stem) == split
