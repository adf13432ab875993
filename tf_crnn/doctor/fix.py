"""Cleaned CSVs in a new folder, and `changes.csv` that lists every change.

What needs a decision stays as it is: look-alikes, wrong labels, contradictions.
"""

import csv
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np

from tf_crnn.doctor.copies import members
from tf_crnn.doctor.line import read_line, read_row_at
from tf_crnn.doctor.mending import Mended, mend
from tf_crnn.doctor.record import hash_units
from tf_crnn.doctor.setting import Source
from tf_crnn.doctor.survey import Survey
from tf_crnn.documents import DOCUMENTS_CSV, DOCUMENTS_DELIMITER, DOCUMENTS_HEADER, read_documents
from tf_crnn.errors import DataError
from tf_crnn.samples import RawRow, Row, format_row, parse_row, read_raw_rows, resolve_image_path
from tf_crnn.stamped import new_folder
from tf_crnn.text import join_units, split_units

CHANGES_CSV = "changes.csv"
CHANGES_HEADER = ("csv", "row", "path", "what", "before", "after")
LEFT_OUT = "left out"
COPY = "left out, copy"
_DELIMITER = ";"


class Fixed(NamedTuple):
    """What was written.

    Attributes:
        n_kept: lines in the new CSVs.
        n_lines: lines of the old ones.
        changes: how many of each kind.
    """

    n_kept: int
    n_lines: int
    changes: Counter[str]


class _Outcome(NamedTuple):
    row: Row
    units: list[str]
    mended: list[Mended]
    reason: str


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        DataError: it does.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise DataError(f"{folder}: is not empty. Name a new folder, so that nothing is lost.")


def write_fixed(survey: Survey, folder: Path) -> Fixed:
    """Write cleaned CSVs, `changes.csv`, and `documents.csv` where documents are known.

    Rejected lines are left out, and so is every line of the training that is an exact copy, with
    the same label, of one before or of one of the validation. Paths start at the new folder.

    Raises:
        DataError: the folder holds something.
    """
    with new_folder(folder) as unfinished:
        return _Fixer(survey, unfinished).run()


class _Fixer:
    def __init__(self, survey: Survey, folder: Path) -> None:
        self._survey = survey
        self._folder = folder
        self._params = survey.setting.params
        self._copies = dict(self._find_copies())
        self._changes: Counter[str] = Counter()
        self._n_kept = 0

    def run(self) -> Fixed:
        index = 0
        with ExitStack() as stack:
            self._writer = _table(stack, self._folder / CHANGES_CSV, CHANGES_HEADER)
            self._documents = None
            if self._survey.setting.documents is None and self._survey.records["document"].any():
                self._documents = _table(stack, self._folder / DOCUMENTS_CSV, DOCUMENTS_HEADER)
            for source, name in zip(self._survey.setting.sources, self._names(), strict=True):
                documents = read_documents(source.path) if self._documents else {}
                with (self._folder / name).open("w", encoding="utf-8", newline="") as stream:
                    for raw in read_raw_rows(source.path):
                        self._write(stream, self._outcome(index, raw), index, documents)
                        index += 1
        return Fixed(self._n_kept, len(self._survey), self._changes)

    def _names(self) -> Iterator[str]:
        used = {CHANGES_CSV, DOCUMENTS_CSV}
        for source in self._survey.setting.sources:
            name, number = source.path.name, 2
            while name in used:
                name = f"{source.path.stem}_{number}{source.path.suffix}"
                number += 1
            used.add(name)
            yield name

    def _source(self, index: int) -> Source:
        return self._survey.setting.sources[int(self._survey.records[index]["source"])]

    def _outcome(self, index: int, raw: RawRow) -> _Outcome:
        """A line mended where that makes it no worse, and why it is left out, if it is."""
        params, source = self._params, self._source(index)
        delimiters = params.csv_delimiter, params.string_split_delimiter
        row = parse_row(raw.number, raw.raw, *delimiters)
        is_rejected = bool(self._survey.records[index]["rejection"])
        try:
            units = split_units(row.label or "", delimiters[1])
        except ValueError:
            units = []
        mended = mend(units) if units else []
        if mended:
            text = format_row(row.image_path, mended[-1].after, *delimiters).rstrip("\n")
            new = RawRow(raw.number, raw.offset, text.encode("utf-8"))
            if read_line(new, source, self._survey.setting).rejection is None:
                return _Outcome(row, mended[-1].after, mended, "")
        return _Outcome(row, units, [], self._survey.rejection(index) if is_rejected else "")

    def _find_copies(self) -> Iterator[tuple[int, str]]:
        """Lines that are copies with the same label, each with the line that stays."""
        same, is_val = self._survey.copies.same, self._survey.is_val
        for group in members(same, np.flatnonzero(same >= 0)):
            labels: dict[int, int] = {}
            for index in map(int, group):
                record = self._survey.records[index]
                raw = read_row_at(self._source(index), int(record["offset"]), int(record["row"]))
                outcome = self._outcome(index, raw)
                if not outcome.reason:
                    labels[index] = hash_units(outcome.units)
            if len(labels) > 1 and len(set(labels.values())) == 1:
                stays = next((index for index in labels if is_val[index]), min(labels))
                line = self._survey.named(stays)
                for index in labels:
                    if index != stays and not is_val[index]:
                        yield index, f"{COPY} of {line.csv}:{line.row}"

    def _write(
        self, stream: TextIO, outcome: _Outcome, index: int, documents: dict[str, str]
    ) -> None:
        row, params = outcome.row, self._params
        what = outcome.reason and f"{LEFT_OUT}: {outcome.reason}" or self._copies.get(index, "")
        if what:
            kind = COPY if index in self._copies and not outcome.reason else LEFT_OUT
            self._note(index, row, (what, row.label or "", ""), kind)
            return
        delimiter = params.string_split_delimiter
        for mended in outcome.mended:
            texts = (join_units(units, delimiter) for units in (mended.before, mended.after))
            self._note(index, row, (mended.what, *texts), mended.what)
        image_path = resolve_image_path(row.image_path, self._source(index).path.parent)
        path = os.path.relpath(os.path.abspath(image_path), os.path.realpath(self._folder))  # noqa: PTH100 - resolve() would follow links of the images
        stream.write(format_row(path, outcome.units, params.csv_delimiter, delimiter))
        self._n_kept += 1
        if self._documents and (document := documents.get(row.image_path)):
            self._documents.writerow([path, document])

    def _note(self, index: int, row: Row, change: tuple[str, ...], kind: str) -> None:
        self._changes[kind] += 1
        self._writer.writerow([self._source(index).name, row.number, row.image_path, *change])


def _table(stack: ExitStack, path: Path, header: tuple[str, ...]) -> Any:
    stream = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    delimiter = DOCUMENTS_DELIMITER if path.name == DOCUMENTS_CSV else _DELIMITER
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(header)
    return writer
