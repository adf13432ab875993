"""TFRecords of attention-ocr, one file for each split."""

import struct
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from support.importer_sources import Line, claiming_png, draw_png, plain_lines
from tf_crnn.tf_example import encode_example
from tf_crnn.tfrecord import RecordWriter

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "spaces"}
# A valid head of a record of 2^60 bytes.
ENDLESS = struct.pack("<Q", 1 << 60) + b"\xc4#N\x8e"


def write(folder: Path, lines: Sequence[Line]) -> Path:
    for split, group in groupby(sorted(lines, key=attrgetter("split")), attrgetter("split")):
        with RecordWriter(folder / f"{split or 'dataset'}.tfrecords") as writer:
            for line in group:
                writer.write(record(line.image, line.text.encode(), f"{line.name}.png"))
    return folder


def record(image: bytes, label: bytes, path: str) -> bytes:
    return encode_example({"image": image, "label": label, "comment": path.encode()})


def damaged(folder: Path) -> Path:
    write(folder, plain_lines(3))
    path = folder / "dataset.tfrecords"
    path.write_bytes(path.read_bytes().replace(b"text1", b"TEXT1"))
    return path


def without_image(folder: Path) -> None:
    """A record holds its image."""


def malicious(folder: Path) -> list[Path]:
    return [*_climbing(folder), *_growing(folder)]


def _climbing(folder: Path) -> list[Path]:
    path = folder / "climbs.tfrecord"
    with RecordWriter(path) as writer:
        writer.write(record(claiming_png(), b"huge", "huge.png"))
        for name in ("../../climbs.png", "/climbs.png", str(folder / "secret.txt"), "\0", "a\nb"):
            writer.write(record(draw_png(1), b"text", name))
    return [path]


def _growing(folder: Path) -> list[Path]:
    """Records that claim, or become, more than memory holds."""
    endless = folder / "endless.tfrecord"
    endless.write_bytes(ENDLESS + b"little")
    bomb = folder / "bomb.tfrecord.gz"
    with RecordWriter(bomb, compressed=True) as writer:
        writer.write(bytes(100_000_000))
        writer.write(encode_example({"image": bytes(8_000_000), "label": b"a"}))
    many = folder / "many.tfrecord"
    with RecordWriter(many) as writer:
        # As many values as fit into a record: empty bytes, and zeros; and a long label.
        writer.write(one_feature(b"label", 1, b"\x0a\0" * 4_000_000))
        writer.write(one_feature(b"label", 3, field(1, bytes(8_000_000))))
        writer.write(record(draw_png(1), b"a" * 8_000_000, "long.png"))
    return [endless, bomb, many]


def one_feature(name: bytes, kind: int, values: bytes) -> bytes:
    """An Example of one feature on the wire; encoding as many values would fill the memory."""
    return field(1, field(1, field(1, name) + field(2, field(kind, values))))


def field(number: int, content: bytes) -> bytes:
    length, varint = len(content), b""
    while length >= 0x80:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + varint + bytes([length]) + content
