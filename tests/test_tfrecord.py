"""TFRecord files: TensorFlow's own reader and writer are the independent answer."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import google_crc32c
import pytest

from tf_crnn import tfrecord
from tf_crnn.errors import DataError
from tf_crnn.tfrecord import RecordWriter, read_record_at, read_records

CONTENTS = [b"one", b"", b"three" * 100]


def write_records(path: Path, contents: list[bytes], *, compressed: bool = False) -> list[int]:
    with RecordWriter(path, compressed=compressed) as writer:
        return [writer.write(content) for content in contents]


def mask(content: bytes) -> bytes:
    """The checksum as TensorFlow's documentation gives it."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", ((crc >> 15) | (crc << 17)) + 0xA282EAD8 & 0xFFFFFFFF)


def claim(length: int) -> bytes:
    """The first bytes of a record of some length, with a right checksum."""
    packed = struct.pack("<Q", length)
    return packed + mask(packed)


@pytest.mark.parametrize("compressed", [False, True])
def test_tensorflow_reads_what_is_written(tmp_path: Path, compressed: bool) -> None:
    import tensorflow as tf

    path = tmp_path / "lines.tfrecord"

    write_records(path, CONTENTS, compressed=compressed)

    dataset = tf.data.TFRecordDataset(str(path), "GZIP" if compressed else "")
    assert list(dataset.as_numpy_iterator()) == CONTENTS


@pytest.mark.parametrize("compression", ["", "GZIP"])
def test_what_tensorflow_writes_is_read(tmp_path: Path, compression: str) -> None:
    import tensorflow as tf

    path = str(tmp_path / "lines.tfrecord")
    with tf.io.TFRecordWriter(path, compression) as writer:
        for content in CONTENTS:
            writer.write(content)

    records = list(read_records(path))

    assert [record.content for record in records] == CONTENTS
    assert [record.number for record in records] == [1, 2, 3]
    assert [record.offset for record in records] == [0, 19, 35]
    assert not any(record.problem for record in records)


def test_equal_records_make_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_records(tmp_path / name, CONTENTS, compressed=True)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_record_is_read_at_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "lines.tfrecord"
    offsets = write_records(path, CONTENTS)
    descriptor = os.open(path, os.O_RDONLY)

    read = [read_record_at(descriptor, offset) for offset in reversed(offsets)]

    os.close(descriptor)
    assert read == CONTENTS[::-1]


@pytest.mark.parametrize(
    ("offset", "damage", "reason"),
    [
        (0, lambda content: content[:5], "ends within the length of the record"),
        (1, lambda content: content, "wrong checksum of the length"),
        (10_000, lambda content: content, "ends within the length"),
        (0, lambda content: content[:-1], "truncated: the record claims 3 bytes"),
        (0, lambda content: content[:13] + b"X" + content[14:], "wrong checksum of the content"),
        (0, lambda _: claim(1 << 60), "too large: 1,152,921,504,606,846,976 bytes"),
    ],
)
def test_what_is_no_whole_record_at_an_offset_is_refused(
    tmp_path: Path, offset: int, damage: Callable[[bytes], bytes], reason: str
) -> None:
    path = tmp_path / "lines.tfrecord"
    write_records(path, [b"one"])
    path.write_bytes(damage(path.read_bytes()))
    descriptor = os.open(path, os.O_RDONLY)

    with pytest.raises(DataError, match=reason):
        read_record_at(descriptor, offset)

    os.close(descriptor)


def test_behind_a_damaged_content_the_next_record_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.tfrecord"
    write_records(path, [b"first", b"second", b"third"])
    path.write_bytes(path.read_bytes().replace(b"second", b"sEcond"))

    records = list(read_records(path))

    assert [record.content for record in records] == [b"first", b"", b"third"]
    assert [record.problem for record in records] == [
        "", "wrong checksum of the content: the record is damaged", "",
    ]  # fmt: skip


def test_behind_a_damaged_length_nothing_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.tfrecord"
    offsets = write_records(path, [b"first", b"second", b"third"])
    content = bytearray(path.read_bytes())
    content[offsets[1]] ^= 1
    path.write_bytes(bytes(content))

    first, second = read_records(path)

    assert first.content == b"first"
    assert (second.number, second.offset) == (2, offsets[1])
    assert second.problem == "wrong checksum of the length: damaged here, or not a TFRecord file"


def test_a_record_too_large_to_be_read_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "lines.tfrecord"
    write_records(path, [b"x" * 101, b"y" * 100])

    first, second = read_records(path, most_bytes=100)

    assert first.problem == "too large: 101 bytes, and no more than 100 are read"
    assert second.content == b"y" * 100


def test_a_record_that_claims_more_than_the_file_has_is_truncated(tmp_path: Path) -> None:
    path = tmp_path / "lines.tfrecord"
    path.write_bytes(claim(1 << 60) + b"little")

    [record] = read_records(path)

    assert record.problem == (
        "truncated: the record claims 1,152,921,504,606,846,976 bytes, the file has 6 left"
    )


def test_a_compressed_file_that_is_cut_off_gives_its_first_records(tmp_path: Path) -> None:
    path = tmp_path / "lines.tfrecord"
    write_records(path, [os.urandom(5000), os.urandom(5000)], compressed=True)
    path.write_bytes(path.read_bytes()[:-4000])

    first, second = read_records(path)

    assert len(first.content) == 5000
    assert second.problem.startswith("the compressed file is damaged here")


def test_another_file_is_no_tfrecord(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("lines/0001.png;|a|b|\n" * 3)

    [record] = read_records(path)

    assert record.problem == "wrong checksum of the length: damaged here, or not a TFRecord file"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.tfrecord: cannot be read \(No such file"):
        next(read_records(tmp_path / "none.tfrecord"))


def test_without_google_crc32c_the_package_to_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfrecord, "google_crc32c", None)

    with pytest.raises(DataError, match=r'pip install "tf_crnn\[data\]"'):
        RecordWriter(tmp_path / "lines.tfrecord")
