"""Parquet files as Hugging Face's `datasets` writes them, one for each split."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from support.importer_sources import Line, claiming_png, draw_png, plain_lines

OPTIONS: dict[str, Any] = {}
KEEPS = {"names", "splits", "documents", "spaces", "units"}

_HUB_NAMES = {"train": "train", "val": "validation", "test": "test", "": "lines"}
_IMAGE = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])


def write(folder: Path, lines: Sequence[Line]) -> Path:
    rows = {
        "image": [{"bytes": line.image, "path": f"{line.name}.png"} for line in lines],
        "text": [line.text for line in lines],
        "document": [line.document or None for line in lines],
        "units": [list(line.units) or None for line in lines],
    }
    table = pyarrow.table(rows, schema=_schema())
    numbered = sorted(enumerate(lines), key=lambda pair: pair[1].split)
    for split, group in groupby(numbered, key=lambda pair: pair[1].split):
        part = table.take([number for number, _ in group])
        name = f"{_HUB_NAMES[split]}-00000-of-00001.parquet"
        pyarrow.parquet.write_table(part, folder / name, row_group_size=100)
    return folder


def damaged(folder: Path) -> Path:
    write(folder, plain_lines(3))
    whole = (folder / "lines-00000-of-00001.parquet").read_bytes()
    (folder / "train-00000-of-00001.parquet").write_bytes(whole[: len(whole) // 2])
    return folder


def without_image(folder: Path) -> Path:
    (folder / "here.png").write_bytes(draw_png(1))
    images = [{"bytes": None, "path": name} for name in ("here.png", "gone.png")]
    return _write_images(folder / "lines.parquet", images)


def malicious(folder: Path) -> list[Path]:
    images = [
        {"bytes": claiming_png(), "path": "huge.png"},
        {"bytes": draw_png(1), "path": "../../climbs.png"},
        {"bytes": draw_png(2), "path": "/climbs.png"},
        {"bytes": None, "path": "secret.txt"},
        {"bytes": None, "path": str(folder / "secret.txt")},
    ]
    return [_write_images(folder / "attacks.parquet", images)]


def _write_images(path: Path, images: list[dict[str, Any]]) -> Path:
    texts = [f"text{number}" for number in range(len(images))]
    schema = pyarrow.schema({"image": _IMAGE, "text": pyarrow.string()})
    pyarrow.parquet.write_table(pyarrow.table([images, texts], schema=schema), path)
    return path


def _schema() -> pyarrow.Schema:
    text = pyarrow.string()
    return pyarrow.schema(
        {"image": _IMAGE, "text": text, "document": text, "units": pyarrow.list_(text)}
    )
