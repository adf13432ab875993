"""TFRecords of CRNN_Tensorflow, written here by TensorFlow and OpenCV as that program does."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tf_crnn.errors import DataError
from tf_crnn.images import read_image
from tf_crnn.importers import IMPORTERS
from tf_crnn.importers.sample import Sample
from tf_crnn.rejections import Rejection

MAP_2018 = {"0": "97", "1": "98", "2": "228"}
MAP = {"0_index": "97", "1_index": "98", "2_index": "228", "97_ord": "0", "98_ord": "1"}


def draw(folder: Path, width_px: int = 100) -> np.ndarray:
    """A blue picture with a red stroke, read as OpenCV reads it: (32, W, 3) blue, green, red."""
    rgb = np.zeros((32, width_px, 3), np.uint8)
    rgb[:, :, 2] = 200
    rgb[8:20, 10:30, 0] = 255
    cv2.imwrite(str(folder / "drawn.png"), rgb[:, :, ::-1])
    return cv2.imread(str(folder / "drawn.png"), cv2.IMREAD_COLOR)


def write(
    path: Path, pixels: bytes, labels: Any = (0, 1, 2), path_name: str = "imagepaths"
) -> Path:
    import tensorflow as tf

    features = {
        "labels": tf.train.Feature(int64_list=tf.train.Int64List(value=labels)),
        "images": tf.train.Feature(bytes_list=tf.train.BytesList(value=[pixels])),
        path_name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"/data/x/1_ab.jpg"])),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        example = tf.train.Example(features=tf.train.Features(feature=features))
        writer.write(example.SerializeToString())
    return path


def write_map(path: Path, values: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))
    return path


def read(path: Path, **options: Any) -> list[Sample | Rejection]:
    return list(IMPORTERS["crnn_tensorflow"].read(path, **options))


@pytest.mark.parametrize(
    ("values", "map_path", "path_name"),
    [
        (MAP_2018, "ord_map.json", "imagenames"),
        (MAP, "char_dict/ord_map_en.json", "imagepaths"),
        (MAP_2018, "tfrecords/index_2_ord_map.json", "imagepaths"),
    ],
)
def test_both_layouts_are_read_with_the_map_that_lies_near(
    tmp_path: Path, values: Any, map_path: str, path_name: str
) -> None:
    write_map(tmp_path / map_path, values)
    pixels = draw(tmp_path)
    path = write(tmp_path / "tfrecords/val_1.tfrecords", pixels.tobytes(), path_name=path_name)

    [sample] = read(tmp_path)

    assert (sample.source, sample.row, sample.split) == (path, 1, "val")
    assert (sample.label, sample.name) == ("abä", "data/x/1_ab")
    assert np.array_equal(read_image(sample.image), pixels[:, :, ::-1])


def test_one_file_is_read_with_maps_that_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "train.tfrecords", draw(tmp_path).tobytes(), labels=[1, 0])
    char_dict = write_map(tmp_path / "x" / "c.json", {"97_ord": "a", "98_ord": "ch", "228": "ä"})

    [sample] = read(
        path, ord_map=str(write_map(tmp_path / "x" / "o.json", MAP)), char_dict=str(char_dict)
    )

    assert (sample.label, sample.split) == (("ch", "a"), "train")


def test_other_sizes_and_orders_are_options(tmp_path: Path) -> None:
    write_map(tmp_path / "ord_map.json", MAP)
    grey = np.arange(16 * 40, dtype=np.uint16).astype(np.uint8).reshape(16, 40)
    write(tmp_path / "a.tfrecord", grey.tobytes())
    colour = draw(tmp_path, width_px=280)
    write(tmp_path / "b" / "b.tfrecord", colour.tobytes())

    [first] = read(tmp_path / "a.tfrecord", height=16, width=0, channels=1)
    [second] = read(tmp_path / "b", width=280, channel_order="rgb")

    assert np.array_equal(read_image(first.image)[:, :, 0], grey)
    assert np.array_equal(read_image(second.image), colour)


@pytest.mark.parametrize(
    ("n_bytes", "labels", "options", "reason"),
    [
        (9599, (0,), {}, "9,599 bytes of pixels, but height=32 width=100 channels=3 make 9,600"),
        (9599, (0,), {"width": 0}, "9,599 bytes of pixels, no multiple of height=32 times"),
        (0, (0,), {"width": 0}, "0 bytes of pixels, no multiple"),
        (9600, (0,), {"height": 10**9}, "height=1000000000 width=100 channels=3 make"),
        (9600, (0, 7, 8), {}, "ord_map has no index 7, 8: is it the map that"),
        (9600, (-1,), {}, "ord_map has no index -1"),
    ],
)
def test_a_record_that_cannot_be_decoded_is_rejected(
    tmp_path: Path, n_bytes: int, labels: Any, options: Any, reason: str
) -> None:
    write_map(tmp_path / "ord_map.json", MAP)
    path = write(tmp_path / "a.tfrecords", bytes(n_bytes), labels)

    [rejection] = read(path, **options)

    assert reason in rejection.reason
    assert (rejection.csv_path, rejection.row) == (path, 1)
    assert rejection.image_path == "/data/x/1_ab.jpg"


def test_records_of_attention_ocr_are_named(tmp_path: Path) -> None:
    from tf_crnn.tf_example import encode_example
    from tf_crnn.tfrecord import RecordWriter

    write_map(tmp_path / "ord_map.json", MAP)
    with RecordWriter(tmp_path / "a.tfrecord") as writer:
        writer.write(encode_example({"image": b"1", "label": b"a"}))
        writer.write(encode_example({"images": b"1", "labels": b"a"}))

    first, second = read(tmp_path)

    assert first.reason.endswith("but image, label: is it of attention-ocr? Use aocr")
    assert second.reason.startswith("the record has no 'labels' that is a list of integers")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], "must hold one JSON object"),
        ({}, r"has no \{"),
        ({"0": "x"}, "'0': 'x': must be an index and a code point"),
        ({"0": "55296"}, "must be an index and a code point"),
        ({"0": "1114112"}, "must be an index and a code point"),
        ({"zero": "97"}, "must be an index and a code point"),
        ({"0": ["97"]}, "must be an index and a code point"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused(tmp_path: Path, values: Any, problem: str) -> None:
    write_map(tmp_path / "ord_map.json", values)
    write(tmp_path / "a.tfrecords", bytes(9600))

    with pytest.raises(DataError, match=rf"ord_map\.json: .*{problem}"):
        read(tmp_path)


def test_maps_that_are_missing_many_or_damaged_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "deep" / "a.tfrecords", bytes(9600))
    with pytest.raises(DataError, match=r"no ord_map\.json beside the records"):
        read(path)

    write_map(tmp_path / "ord_map_en.json", MAP)
    write_map(tmp_path / "ord_map_cn.json", MAP)
    with pytest.raises(DataError, match=r"holds ord_map_cn\.json, ord_map_en\.json\. Name the"):
        read(path)

    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(DataError, match=r"bad\.json: is not JSON in UTF-8"):
        read(path, ord_map=str(tmp_path / "bad.json"))
    with pytest.raises(DataError, match=r"none\.json: cannot be read \(No such file"):
        read(path, ord_map=str(tmp_path / "none.json"))
    with pytest.raises(DataError, match=r"c\.json: has no 98, which .*o\.json names"):
        read(
            path,
            ord_map=str(write_map(tmp_path / "o.json", MAP)),
            char_dict=str(write_map(tmp_path / "c.json", {"97": "a"})),
        )
    with pytest.raises(DataError, match=r"c\.json: '97' must have a character, not 5"):
        read(
            path,
            ord_map=str(tmp_path / "o.json"),
            char_dict=str(write_map(tmp_path / "c.json", {"97": 5})),
        )


@pytest.mark.parametrize("options", [{"height": 0}, {"width": -1}, {"channels": 2}])
def test_impossible_sizes_are_refused(tmp_path: Path, options: Any) -> None:
    with pytest.raises(DataError, match="must be at least 1, at least 0"):
        read(tmp_path, **options)
