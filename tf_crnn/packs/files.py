"""The files of a pack, and how a line of it is named where others have a path.

    pack.json  lines.csv  lines-00000.tfrecord  lines-00001.tfrecord ...  rejected.csv

`lines.csv` is a CSV like any other. Its paths are references, as
`lines-00000.tfrecord@17/images/a.png`: the file, where the record begins, the image it was made of.
"""

import os
import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

PACK_JSON = "pack.json"
PACK_CSV = "lines.csv"
SHARD = "lines-{:05d}.tfrecord"
_REFERENCE = re.compile(r"(.*?\.tfrecord)@(\d{1,18})(?:/|\Z)", re.DOTALL)


class Reference(NamedTuple):
    """Where a record lies.

    Attributes:
        shard: path of the file.
        offset: of its first byte.
    """

    shard: str
    offset: int


def is_pack(path: str | os.PathLike[str]) -> bool:
    """Whether a path is the folder of a pack."""
    return (Path(path) / PACK_JSON).is_file()


def csv_of(path: str | os.PathLike[str]) -> Path:
    """The CSV that a path stands for: of a pack, its `lines.csv`; else the path itself."""
    return Path(path) / PACK_CSV if is_pack(path) else Path(path)


def pack_of(path: str | os.PathLike[str]) -> Path | None:
    """The pack that a path means, its folder or its `lines.csv`; None if it means none."""
    folder = Path(path)
    if folder.name == PACK_CSV and not folder.is_dir():
        folder = folder.parent
    return folder if is_pack(folder) else None


def format_reference(shard: str, offset: int, image_path: str) -> str:
    """A reference to a record, which ends as the path of the image that it was made of."""
    parts = [part for part in re.split(r"[/\\]+", image_path) if part not in ("", ".", "..")]
    return PurePosixPath(f"{shard}@{offset}", *parts).as_posix()


def parse_reference(path: str | os.PathLike[str]) -> Reference | None:
    """The record that a path refers to; None for the path of an ordinary file."""
    text = os.fspath(path)
    if ".tfrecord@" not in text:
        return None
    match = _REFERENCE.match(text)
    return Reference(match[1], int(match[2])) if match else None
