"""`tf.train.Example`: TensorFlow's own class is the independent answer."""

import gzip

import pytest

from tf_crnn.errors import DataError
from tf_crnn.tf_example import decode_example, encode_example

FEATURES = {
    "image": b"\x00\xff" * 500,
    "names": [b"a", "ü".encode()],
    "sizes": [-1, 0, 2**40],
    "scores": [0.5, -2.0],
}


def test_tensorflow_reads_an_example_that_was_encoded() -> None:
    import tensorflow as tf

    example = tf.train.Example.FromString(encode_example(FEATURES))

    feature = example.features.feature
    assert sorted(feature) == sorted(FEATURES)
    assert list(feature["image"].bytes_list.value) == [FEATURES["image"]]
    assert list(feature["names"].bytes_list.value) == FEATURES["names"]
    assert list(feature["sizes"].int64_list.value) == FEATURES["sizes"]
    assert list(feature["scores"].float_list.value) == FEATURES["scores"]


def test_an_example_of_tensorflow_is_decoded_beside_its_own_class() -> None:
    import tensorflow as tf

    kinds = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[FEATURES["image"]])),
        "names": tf.train.Feature(bytes_list=tf.train.BytesList(value=FEATURES["names"])),
        "sizes": tf.train.Feature(int64_list=tf.train.Int64List(value=FEATURES["sizes"])),
        "scores": tf.train.Feature(float_list=tf.train.FloatList(value=FEATURES["scores"])),
        "nothing": tf.train.Feature(),
    }
    content = tf.train.Example(features=tf.train.Features(feature=kinds)).SerializeToString()

    decoded = {name: list(values) for name, values in decode_example(content).items()}

    assert decoded == {**FEATURES, "image": [FEATURES["image"]], "nothing": []}


@pytest.mark.parametrize("content", [b"\xff", gzip.compress(b"")])
def test_other_bytes_are_no_example(content: bytes) -> None:
    with pytest.raises(DataError, match=r"is no tf\.train\.Example"):
        decode_example(content)
