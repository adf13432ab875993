"""What importers of TFRecords share: the files of a source, their records and splits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.importers.names import split_of
from tf_crnn.rejections import Rejection
from tf_crnn.tf_example import decode_example
from tf_crnn.tfrecord import read_records

_NAMES = re.compile(r"\.tfrecords?(\.gz)?$|\.tfrecords?-\d+-of-\d+(\.gz)?$", re.IGNORECASE)


# Of a label, in bytes or indices: beyond any line, and few enough for all that follows.
MOST_LABEL = 10_000


class Example(NamedTuple):
    """The features of one record.

    Attributes:
        file: that holds it.
        number: counted from 1 in the file.
        name: `file/0000001`, for records that hold no name of their own.
        features: of the Example.
        split: that the file's name says, or empty.
    """

    file: Path
    number: int
    name: str
    features: Mapping[str, Sequence[Any]]
    split: str

    def reject(self, kind: str, reason: str, image_path: str = "") -> Rejection:
        """The rejection of this record."""
        return Rejection(self.file, self.number, image_path or self.name, kind, reason)

    def text(self, feature: str) -> str:
        """The first value of a feature as text; empty without one."""
        values = self.features.get(feature, ())
        is_bytes = bool(values) and isinstance(values[0], bytes)
        return values[0].decode("utf-8", errors="replace") if is_bytes else ""


def read_examples(source: Path) -> Iterator[Example | Rejection]:
    """The records of a TFRecord file, or of all such files in a folder and below it.

    Raises:
        DataError: there is no such file or no record, or google-crc32c is not installed.
    """
    n_records = 0
    for file in find_record_files(source):
        stem = _NAMES.sub("", file.name)
        for record in read_records(file):
            n_records += 1
            name = f"{stem}/{record.number:07d}"
            features: Mapping[str, Sequence[Any]] = {}
            problem = record.problem
            try:
                features = features if problem else decode_example(record.content)
            except DataError as error:
                problem = str(error)
            if problem:
                reason = f"at byte {record.offset}: {problem}"
                yield Rejection(file, record.number, name, "damaged record", reason)
            else:
                yield Example(file, record.number, name, features, split_of(stem))
    if not n_records:
        raise DataError(f"{source}: holds no record.")


def find_record_files(source: Path) -> list[Path]:
    """The file itself, or those of a folder and below it, `*.tfrecord` or `*.tfrecords`, by name.

    Raises:
        DataError: there is none.
    """
    if not source.is_dir():
        if not source.is_file():
            raise DataError(f"{source}: no such file or folder.")
        return [source]
    files = [path for path in sorted(source.rglob("*")) if _NAMES.search(path.name)]
    files = [path for path in files if path.is_file()]
    if not files:
        raise DataError(f"{source}: no file in this folder is called *.tfrecord or *.tfrecords.")
    return files
