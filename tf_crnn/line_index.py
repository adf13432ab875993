"""Where the lines of preprocessed CSVs lie, without keeping their rows in memory."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import line_width_px, read_size
from tf_crnn.preprocessing import UPDATED_DELIMITER, PreparedLine
from tf_crnn.samples import as_paths


class Geometry(NamedTuple):
    """What every line becomes: (height, greatest width) in pixels, channels, pixels a step."""

    input_shape: tuple[int, int]
    channels: int
    downscale: int


class LineIndex:
    """Where each row of some CSVs begins, and how wide its line will be.

    Args:
        csv_files: written by `preprocess_csv` (`path;codes;length;width`, or without the width).
        geometry: for rows that do not state their width.

    Raises:
        DataError: a file cannot be read, or a row is not of that form.
    """

    def __init__(self, csv_files: Any, geometry: Geometry) -> None:
        """Read every row once."""
        self.paths = as_paths(csv_files)
        files, offsets, widths = [], [], []
        for number, path in enumerate(self.paths):
            for offset, row, line in _rows_with_offsets(path):
                fields = _parse(line, path, row)
                files.append(number)
                offsets.append(offset)
                widths.append(fields.width_px or _width_of(fields.image_path, geometry))
        self._files = np.array(files, dtype=np.uint8)
        self._offsets = np.array(offsets, dtype=np.int64)
        self.widths = np.array(widths, dtype=np.int32)

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.widths)

    def read(self, lines: NDArray[Any]) -> list[PreparedLine]:
        """The rows of some lines, by their numbers from 0."""
        streams = {number: self.paths[number].open("rb") for number in set(self._files[lines])}
        try:
            return [self._read_one(streams, line) for line in lines]
        finally:
            for stream in streams.values():
                stream.close()

    def _read_one(self, streams: dict[int, Any], line: int) -> PreparedLine:
        stream = streams[self._files[line]]
        stream.seek(self._offsets[line])
        return _parse(stream.readline(), self.paths[self._files[line]], line + 1)


def _rows_with_offsets(path: Path) -> Iterator[tuple[int, int, bytes]]:
    try:
        with path.open("rb") as stream:
            offset = 0
            for row, line in enumerate(stream, start=1):
                if line.strip():
                    yield offset, row, line
                offset += len(line)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error


def _parse(line: bytes, path: Path, row: int) -> PreparedLine:
    try:
        fields = next(csv.reader([line.decode("utf-8")], delimiter=UPDATED_DELIMITER))
        codes = [int(code) for code in fields[1].split()][: int(fields[2])]
        width_px = int(fields[3]) if len(fields) > 3 else 0
    except (ValueError, IndexError) as error:
        raise DataError(
            f"{path}, row {row}: is not path;codes;length. Make this file with preprocess_csv."
        ) from error
    return PreparedLine(Path(fields[0]), codes, width_px)


def _width_of(image_path: str | os.PathLike[str], geometry: Geometry) -> int:
    try:
        size = read_size(image_path)
    except LineImageError as error:
        raise DataError(f"{image_path}: {error}.") from error
    return line_width_px(size, geometry.input_shape, geometry.downscale)
