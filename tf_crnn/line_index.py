"""Where the lines of CSVs lie, without keeping their rows in memory."""

import csv
import os
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.config import Params
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.images import line_width_px
from tf_crnn.packs.lines import read_line_size
from tf_crnn.preprocessing import UPDATED_DELIMITER, PreparedLine
from tf_crnn.samples import as_paths, parse_row, read_raw_rows, resolve_image_path

# Takes a row's bytes, its CSV, and its place there in words.
RowParser = Callable[[bytes, Path, str], PreparedLine]


class Geometry(NamedTuple):
    """What every line becomes.

    Attributes:
        input_shape: (height, greatest width) in pixels.
        channels: 1 or 3.
        downscale: pixels of width for each time step.
        straight: whether it is made straight before, see `tf_crnn.straightening`.
    """

    input_shape: tuple[int, int]
    channels: int
    downscale: int
    straight: bool = False

    @classmethod
    def of(cls, params: Params) -> "Geometry":
        """That of a run."""
        size = params.input_shape, params.input_channels, params.downscale_factor
        return cls(*size, params.straighten_lines)

    def fitting_px(self, needed_px: int, width_px: int) -> int:
        """The nearest width of whole time steps, at least `needed_px` and no wider than lines may.

        Args:
            needed_px: a width in which the label fits; it counts more than the greatest width.
            width_px: of a line at the height of `input_shape`.
        """
        size = (self.input_shape[0], width_px)
        return max(line_width_px(size, self.input_shape, self.downscale), needed_px)


class LineIndex:
    """Where each row of some CSVs begins, and how wide its line will be.

    Args:
        csv_files: one path or several.
        geometry: for rows that do not state their width.
        parse: the form of the rows.

    Raises:
        DataError: a file cannot be read, or a row is not of that form.
    """

    def __init__(self, csv_files: Any, geometry: Geometry, parse: RowParser) -> None:
        """Read every row once."""
        self.paths = as_paths(csv_files)
        self._parse = parse
        # Numbers in arrays: a list of millions of Python integers would fill the memory.
        files, offsets, widths = array("H"), array("q"), array("i")
        for number, path in enumerate(self.paths):
            for row in read_raw_rows(path):
                line = parse(row.raw, path, f"row {row.number}")
                files.append(number)
                offsets.append(row.offset)
                widths.append(line.width_px or _width_of(line.image_path, geometry))
        self._files = np.array(files, dtype=np.uint16)
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
        stream, offset = streams[self._files[line]], self._offsets[line]
        stream.seek(offset)
        raw = stream.readline().rstrip(b"\r\n")
        return self._parse(raw, self.paths[self._files[line]], f"byte {offset}")


def parse_prepared(raw: bytes, csv_path: Path, place: str) -> PreparedLine:
    """A row as `preprocess_csv` writes it: `path;codes;length;width`, or without the width."""
    try:
        fields = next(csv.reader([raw.decode("utf-8")], delimiter=UPDATED_DELIMITER))
        codes = [int(code) for code in fields[1].split()][: int(fields[2])]
        width_px = int(fields[3]) if len(fields) > 3 else 0
    except (ValueError, IndexError) as error:
        raise DataError(
            f"{csv_path}, {place}: is not path;codes;length. Make this file with preprocess_csv."
        ) from error
    return PreparedLine(Path(fields[0]), codes, width_px)


def parse_unlabelled(
    raw: bytes, csv_path: Path, place: str, *, delimiter: str, unit_delimiter: str
) -> PreparedLine:
    """A row of which only the path counts, with or without further columns; bind the delimiters."""
    row = parse_row(0, raw, delimiter, unit_delimiter)
    if row.problem:
        raise DataError(f"{csv_path}, {place}: {row.problem}. Save the file as UTF-8.")
    return PreparedLine(resolve_image_path(row.image_path, csv_path.resolve().parent), (), 0)


def _width_of(image_path: str | os.PathLike[str], geometry: Geometry) -> int:
    try:
        size = read_line_size(image_path, straight=geometry.straight)
    except LineImageError as error:
        raise DataError(f"{image_path}: {error}.") from error
    return line_width_px(size, geometry.input_shape, geometry.downscale)
