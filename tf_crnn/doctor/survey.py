"""What was read of a data set, as the checks ask for it."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tf_crnn.doctor.copies import Copies, find_copies
from tf_crnn.doctor.labels import Label
from tf_crnn.doctor.line import label_text, read_line, read_row_at
from tf_crnn.doctor.measure import UnitUse
from tf_crnn.doctor.reading import Lines
from tf_crnn.doctor.setting import TRAIN, VAL, Setting, Source
from tf_crnn.documents import document_of, read_documents
from tf_crnn.samples import Row, parse_row, resolve_image_path


class NamedLine(NamedTuple):
    """A line for people.

    Attributes:
        csv: as the user named it.
        row: in it.
        path: as the CSV has it.
        label: its text.
        image_path: where the image should be.
    """

    csv: str
    row: int
    path: str
    label: str
    image_path: str


class Survey:
    """A data set that was read.

    Attributes:
        setting: what was read.
        records: (N,) of `record.RECORD`.
        kinds: of the rejections; `records["rejection"]` counts from 1 in them.
    """

    def __init__(self, setting: Setting, lines: Lines) -> None:
        """Of what `read_lines` gave."""
        self.setting = setting
        self.records = lines.records
        self.kinds = lines.kinds
        self._units = lines.units

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.records)

    @cached_property
    def is_val(self) -> NDArray[np.bool_]:
        """(N,) which lines are of the validation."""
        of_source = [source.split == VAL for source in self.setting.sources]
        return np.asarray(np.array(of_source, dtype=bool)[self.records["source"]])

    @cached_property
    def usable(self) -> NDArray[np.int64]:
        """Lines that a training takes."""
        return np.flatnonzero(self.records["rejection"] == 0)

    @cached_property
    def seen(self) -> NDArray[np.int64]:
        """Lines whose image could be read."""
        return np.flatnonzero(self.records["height_px"])

    @cached_property
    def copies(self) -> Copies:
        """Which lines show the same."""
        return find_copies(self.records, lambda index: self.named(index).image_path)

    @cached_property
    def height_px(self) -> int:
        """Height that lines are compared at: the training's, otherwise the median."""
        if self.setting.has_config:
            return self.setting.params.input_shape[0]
        heights = self.records["height_px"][self.seen]
        return int(np.median(heights)) if len(heights) else 1

    @cached_property
    def unit_width_px(self) -> NDArray[np.float64]:
        """(N,) pixels of width for each unit, at `height_px`; nan where image or label is none."""
        records = self.records
        width = records["width_px"] * (self.height_px / np.maximum(records["height_px"], 1))
        known = (records["height_px"] > 0) & (records["n_units"] > 0)
        return np.where(known, width / np.maximum(records["n_units"], 1), np.nan)

    def units(self, split: str) -> dict[str, UnitUse]:
        """The units of the labels of a split."""
        return self._units.get(split, {})

    @cached_property
    def all_units(self) -> dict[str, UnitUse]:
        """The units of all labels."""
        merged = dict(self.units(TRAIN))
        for unit, use in self.units(VAL).items():
            merged[unit] = merged[unit].plus(use) if unit in merged else use
        return merged

    @cached_property
    def characters(self) -> dict[str, UnitUse]:
        """The characters of all labels, those of longer units too, most frequent first."""
        found: dict[str, UnitUse] = {}
        for unit, use in self.all_units.items():
            for character in unit:
                found[character] = found[character].plus(use) if character in found else use
        return dict(sorted(found.items(), key=lambda item: (-item[1].times, item[0])))

    def named(self, index: int) -> NamedLine:
        """A line for people; its row is read anew."""
        source, row = self._row(index)
        image_path = resolve_image_path(row.image_path, source.path.parent)
        text = label_text(row, self.setting.params)
        return NamedLine(source.name, row.number, row.image_path, text, str(image_path))

    def label(self, index: int) -> Label:
        """The label of a line; its row is read anew."""
        _, row = self._row(index)
        params = self.setting.params
        return Label(label_text(row, params), row.label or "", params.string_split_delimiter)

    def row(self, index: int) -> Row:
        """The row of a line, read anew."""
        return self._row(index)[1]

    def rejection(self, index: int) -> str:
        """Why a line is rejected; it is checked anew."""
        record = self.records[index]
        source = self.setting.sources[record["source"]]
        raw = read_row_at(source, int(record["offset"]), int(record["row"]))
        rejection = read_line(raw, source, self.setting).rejection
        return rejection.reason if rejection else ""

    def document(self, index: int) -> str:
        """Name of the document of a line; empty where none is known."""
        source, row = self._row(index)
        if self.setting.documents is not None:
            return document_of(row.image_path, self.setting.documents)
        return read_documents(source.path).get(row.image_path, "")

    def _row(self, index: int) -> tuple[Source, Row]:
        record = self.records[index]
        source = self.setting.sources[record["source"]]
        raw = read_row_at(source, int(record["offset"]), int(record["row"]))
        params = self.setting.params
        row = parse_row(raw.number, raw.raw, params.csv_delimiter, params.string_split_delimiter)
        return source, row
