"""What a worker makes of some rows: records, units and kinds of rejections."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tf_crnn.doctor.ink import measure_image
from tf_crnn.doctor.labels import Label, find_marks
from tf_crnn.doctor.line import ReadLine, label_text, read_line, real_path
from tf_crnn.doctor.record import LineRecord, as_array, hash_text, hash_units
from tf_crnn.doctor.setting import Setting
from tf_crnn.documents import document_of
from tf_crnn.samples import RawRow

_ROWS_REMEMBERED = 3


class UnitUse(NamedTuple):
    """Where a unit is used.

    Attributes:
        times: how often.
        n_lines: in how many lines.
        first: places of the first of these lines.
    """

    times: int
    n_lines: int
    first: tuple[int, ...]

    def plus(self, other: "UnitUse", offset: int = 0) -> "UnitUse":
        """Both; the places of the other lie `offset` behind."""
        first = (*self.first, *(place + offset for place in other.first))[:_ROWS_REMEMBERED]
        return UnitUse(self.times + other.times, self.n_lines + other.n_lines, first)


class Measured(NamedTuple):
    """Some rows of one CSV.

    Attributes:
        records: (N,) of `RECORD`; `rejection` counts from 1 in `kinds`.
        units: by unit; the places are within `records`.
        kinds: of the rejections.
        paths: hashes of the paths as they stand in the CSV, (N,).
    """

    records: NDArray[Any]
    units: dict[str, UnitUse]
    kinds: list[str]
    paths: NDArray[np.uint64]


def start_worker() -> None:
    """Prepare a process: as many threads as processes, and no warnings of single files."""
    cv2.setNumThreads(1)
    _ignore_warnings()


def measure_rows(rows: Sequence[RawRow], source: int, setting: Setting) -> Measured:
    """Read lines and measure them."""
    records, paths = [], []
    units: dict[str, UnitUse] = {}
    kinds: dict[str, int] = {}
    with warnings.catch_warnings():
        _ignore_warnings()
        for place, raw in enumerate(rows):
            line = read_line(raw, setting.sources[source], setting)
            kind = kinds.setdefault(line.rejection.kind, len(kinds) + 1) if line.rejection else 0
            records.append(_record(line, raw, source, setting)._replace(rejection=kind))
            paths.append(hash_text(line.row.image_path))
            for unit in dict.fromkeys(line.units or ()):
                use = UnitUse((line.units or []).count(unit), 1, (place,))
                units[unit] = units[unit].plus(use) if unit in units else use
    return Measured(as_array(records), units, list(kinds), np.array(paths, dtype=np.uint64))


def _record(line: ReadLine, raw: RawRow, source: int, setting: Setting) -> LineRecord:
    record = LineRecord(source, raw.number, raw.offset, path=hash_text(real_path(line.image_path)))
    if setting.documents is not None:
        document = document_of(line.row.image_path, setting.documents)
        record = record._replace(document=hash_text(document) if document else 0)
    if line.units is not None:
        params = setting.params
        text = label_text(line.row, params)
        label = Label(text, line.row.label or "", params.string_split_delimiter)
        record = record._replace(
            marks=find_marks(label), n_units=len(line.units), label=hash_units(line.units)
        )
    if line.image is not None:
        record = record._replace(**measure_image(line.image)._asdict())
    return record


def _ignore_warnings() -> None:
    # Pillow's of large images and odd metadata: what matters becomes a rejection.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    warnings.filterwarnings("ignore", module="PIL")
