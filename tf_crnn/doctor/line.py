"""One line read as a whole: its row, its label, its image, and whether a training takes it."""

import os
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.config import Params
from tf_crnn.doctor.setting import Setting, Source
from tf_crnn.errors import LineImageError
from tf_crnn.packs.lines import read_line_image, read_line_size
from tf_crnn.preprocessing import check_row, read_units
from tf_crnn.rejections import Rejection
from tf_crnn.samples import RawRow, Row, parse_row, resolve_image_path

# A line of text that has more is none, and would take too much memory to look at.
MOST_PIXELS = 60_000_000
DAMAGED = "image damaged inside"
TOO_LARGE = "image too large for a line"


class ReadLine(NamedTuple):
    """A line.

    Attributes:
        row: of the CSV.
        units: of its label by the rules of the configuration, as they stand in the image; None
            where they cannot be read.
        image_path: where the image should be.
        image: (H, W, C); None where it cannot be read.
        rejection: why a training leaves the line out; None if it does not.
    """

    row: Row
    units: list[str] | None
    image_path: Path
    image: NDArray[np.uint8] | None
    rejection: Rejection | None


def read_line(raw: RawRow, source: Source, setting: Setting) -> ReadLine:
    """Read a line, check it as preprocessing does, and decode its image as training does."""
    params = setting.params
    row = parse_row(raw.number, raw.raw, params.csv_delimiter, params.string_split_delimiter)
    units = read_units(row, source.path, params)
    image_path = resolve_image_path(row.image_path, source.path.parent)
    if isinstance(units, Rejection):
        return ReadLine(row, None, image_path, None, units)
    rejection = _check(row, source.path, setting)
    image, fault = _read_image(row, source.path, image_path)
    return ReadLine(row, units, image_path, image, rejection or fault)


def read_row_at(source: Source, offset: int, number: int) -> RawRow:
    """A row of a CSV, read anew from where it lies."""
    with source.path.open("rb") as stream:
        stream.seek(offset)
        return RawRow(number, offset, stream.readline().rstrip(b"\r\n"))


def label_text(row: Row, params: Params) -> str:
    """The label for people, in reading order: the text of its units, or what is in the file."""
    units = read_units(row, Path(), params)
    if isinstance(units, Rejection):
        return row.label or ""
    return "".join(params.text_rules.logical(units))


def real_path(path: Path) -> str:
    """One name for an image, by whichever path it is reached."""
    return os.path.realpath(path)


def _check(row: Row, csv_path: Path, setting: Setting) -> Rejection | None:
    if not setting.has_config:
        return None
    result = check_row(row, csv_path, setting.params)
    return result if isinstance(result, Rejection) else None


def _read_image(
    row: Row, csv_path: Path, image_path: Path
) -> tuple[NDArray[np.uint8] | None, Rejection | None]:
    reject = partial(Rejection, csv_path, row.number, row.image_path)
    try:
        size = read_line_size(image_path)
        if size.height_px * size.width_px > MOST_PIXELS:
            shape = f"{size.width_px:,} x {size.height_px:,} px"
            return None, reject(TOO_LARGE, f"{TOO_LARGE}: {shape}")
    except LineImageError as error:
        return None, reject(str(error).partition(" (")[0], str(error))
    try:
        return read_line_image(image_path), None
    except LineImageError as error:
        reason = str(error).removeprefix(f"{image_path}: ")
        return None, reject(DAMAGED, f"{DAMAGED}: {reason}")
