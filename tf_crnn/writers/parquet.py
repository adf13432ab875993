"""Parquet files as Hugging Face's `datasets` writes and loads them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tf_crnn.arrow import HUB_SPLITS, load_pyarrow
from tf_crnn.errors import DataError
from tf_crnn.file_names import FileNames
from tf_crnn.importers.sample import Option, Sample
from tf_crnn.writers.writer import (
    NO_SPLIT,
    Reject,
    Writer,
    has_longer_units,
    read_image_file,
    text_of,
)

DATA_FOLDER = "data"
# A reader holds a row group in memory, and so does this writer.
ROWS_OF_GROUP = 100
BYTES_OF_GROUP = 8 << 20
_STRING = {"dtype": "string", "_type": "Value"}
# The list in brackets is read by old and new versions of `datasets`; its own names for it are not.
_FEATURES = {"image": {"_type": "Image"}, "text": _STRING, "document": _STRING, "units": [_STRING]}


def write(samples: Iterable[Sample], folder: Path, *, reject: Reject, shard_mb: int = 500) -> None:
    """Write `data/<split>-00000-of-00001.parquet`, where `val` is called `validation`.

    Columns: `image` (struct of the file's `bytes` and `path`), `text`, `document` (null where it is
    not known), `units` (null where the characters of the text are the units).

    Raises:
        DataError: pyarrow is not installed, or `shard_mb` is not positive.
    """
    if shard_mb < 1:
        raise DataError(f"--shard_mb {shard_mb}: give at least 1.")
    (folder / DATA_FOLDER).mkdir()
    shards: dict[str, _Shards] = {}
    names = FileNames()
    for sample in samples:
        image = read_image_file(sample, reject)
        if image is None:
            continue
        split = HUB_SPLITS.get(sample.split, NO_SPLIT)
        if split not in shards:
            shards[split] = _Shards(folder / DATA_FOLDER, split, shard_mb * 1_000_000)
        shards[split].add(_as_row(sample, image.content, names.take(sample.name, image.suffix)))
    for written in shards.values():
        written.finish()


def _as_row(sample: Sample, content: bytes, path: str) -> dict[str, Any]:
    return {
        "image": {"bytes": content, "path": path},
        "text": text_of(sample),
        "document": sample.document or None,
        "units": list(sample.label) if has_longer_units(sample) else None,
    }


class _Shards:
    """The files of one split; their names say how many there are, so they are named at the end."""

    def __init__(self, folder: Path, split: str, most_bytes: int) -> None:
        self.arrow = load_pyarrow()
        self.folder, self.split, self.most_bytes = folder, split, most_bytes
        self.schema = _make_schema(self.arrow)
        self.rows: list[dict[str, Any]] = []
        self.group_bytes = self.shard_bytes = self.n_shards = 0
        self.stream: Any = None

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row; write the group when it is full."""
        self.rows.append(row)
        self.group_bytes += len(row["image"]["bytes"])
        if len(self.rows) >= ROWS_OF_GROUP or self.group_bytes >= BYTES_OF_GROUP:
            self._write_group()

    def finish(self) -> None:
        """Write what is left and name the files."""
        if self.rows:
            self._write_group()
        self._close()
        for number in range(self.n_shards):
            name = f"{self.split}-{number:05d}-of-{self.n_shards:05d}.parquet"
            self._path(number).rename(self.folder / name)

    def _write_group(self) -> None:
        if self.stream is None:
            self.stream = self.arrow.parquet.ParquetWriter(
                self._path(self.n_shards), self.schema, use_dictionary=False, write_statistics=False
            )
            self.n_shards += 1
        self.stream.write_table(self.arrow.Table.from_pylist(self.rows, schema=self.schema))
        self.shard_bytes += self.group_bytes
        self.rows, self.group_bytes = [], 0
        if self.shard_bytes >= self.most_bytes:
            self._close()

    def _close(self) -> None:
        if self.stream is not None:
            self.stream.close()
        self.stream, self.shard_bytes = None, 0

    def _path(self, number: int) -> Path:
        return self.folder / f"{self.split}-{number:05d}.parquet"


def _make_schema(arrow: Any) -> Any:
    string = arrow.string()
    columns = {
        "image": arrow.struct({"bytes": arrow.binary(), "path": string}),
        "text": string,
        "document": string,
        "units": arrow.list_(string),
    }
    features = json.dumps({"info": {"features": _FEATURES}})
    return arrow.schema(columns, metadata={"huggingface": features})


WRITER = Writer(
    write,
    "Parquet files of images and texts, as Hugging Face's `datasets` loads them.",
    (Option("shard_mb", 500, "A file ends once its images take so many megabytes."),),
    keeps_units=True,
)
