"""TFRecords of CRNN_Tensorflow with their `ord_map.json`; images are 60 x 20 pixels."""

import io
import json
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from support.importer_sources import Line, draw_png, plain_lines
from support.importer_sources.aocr import ENDLESS, field, one_feature
from tf_crnn.tf_example import encode_example
from tf_crnn.tfrecord import RecordWriter

OPTIONS: dict[str, Any] = {"height": 20, "width": 60}
KEEPS = {"names", "splits", "spaces"}


def write(folder: Path, lines: Sequence[Line]) -> Path:
    characters = sorted({character for line in lines for character in line.text})
    indices = {character: index for index, character in enumerate(characters)}
    ord_map = {f"{index}_index": str(ord(c)) for c, index in indices.items()}
    ord_map |= {f"{ord(c)}_ord": str(index) for c, index in indices.items()}
    (folder / "ord_map.json").write_text(json.dumps(ord_map))
    for split, group in groupby(sorted(lines, key=attrgetter("split")), attrgetter("split")):
        with RecordWriter(folder / f"{split or 'lines'}_1.tfrecords") as writer:
            for line in group:
                codes = [indices[character] for character in line.text]
                writer.write(record(_raw(line.image), codes, f"{line.name}.jpg"))
    return folder


def record(pixels: bytes, codes: Sequence[int], path: str) -> bytes:
    return encode_example({"labels": codes, "images": pixels, "imagepaths": path.encode()})


def damaged(folder: Path) -> Path:
    path = write(folder, plain_lines(3)) / "lines_1.tfrecords"
    path.write_bytes(path.read_bytes()[:-10])
    return path


def without_image(folder: Path) -> None:
    """A record holds its image."""


def malicious(folder: Path) -> list[Path]:
    (folder / "ord_map.json").write_text('{"0": "97"}')
    path = folder / "attacks.tfrecords"
    raw = _raw(draw_png(1))
    with RecordWriter(path) as writer:
        for name in ("../../climbs.png", "/climbs.png", str(folder / "secret.txt"), "\0"):
            writer.write(record(raw, [0], name))
        for pixels in (b"", raw[:-1], bytes(8_000_000)):
            writer.write(record(pixels, [0], "short.png"))
        labels = one_feature(b"labels", 3, field(1, bytes(8_000_000)))
        writer.write(labels + encode_example({"images": raw}))
        writer.write(record(raw, [2**62, -(2**62)], "far.png"))
    endless = folder / "endless.tfrecords"
    endless.write_bytes(ENDLESS + b"little")
    return [path, endless]


def _raw(png: bytes) -> bytes:
    rgb = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return rgb[:, :, ::-1].tobytes()
