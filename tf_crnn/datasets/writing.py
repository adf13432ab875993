"""The files of a data set: CSVs, alphabet, documents and `dataset.json`."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tf_crnn.alphabet import Alphabet
from tf_crnn.datasets.assignment import SPLIT_CSV, Assignment
from tf_crnn.datasets.lines import Line
from tf_crnn.datasets.output_folder import DATASET_JSON
from tf_crnn.documents import DOCUMENTS_CSV, DOCUMENTS_DELIMITER, DOCUMENTS_HEADER
from tf_crnn.importers.sample import SPLITS
from tf_crnn.samples import format_row

ALPHABET_JSON = "alphabet.json"


class SplitWritten(NamedTuple):
    """One CSV of a data set.

    Attributes:
        n_lines: rows.
        units: how often each unit occurs.
        documents: names of those known.
        fingerprint: as `provenance.describe_data` has it; empty without a row.
    """

    n_lines: int
    units: Counter[str]
    documents: frozenset[str]
    fingerprint: Mapping[str, Any]


def write_splits(
    folder: Path, lines: Iterable[Line], assignment: Assignment
) -> dict[str, SplitWritten]:
    """Write `train.csv`, `val.csv`, `test.csv` of those that have lines, and `documents.csv`."""
    with ExitStack() as stack:
        documents = stack.enter_context(_DocumentsFile(folder / DOCUMENTS_CSV))
        csvs = {
            split: stack.enter_context(_SplitFile(folder / SPLIT_CSV.format(split)))
            for split in SPLITS
        }
        for line in lines:
            csvs[assignment.split_of(line)].add(line)
            documents.add(line)
    return {split: csvs[split].written() for split in SPLITS}


def write_alphabet(
    folder: Path, written: Mapping[str, SplitWritten], given: Path | None
) -> Alphabet | None:
    """Write `alphabet.json`: the given one, or the units of the training lines by code point.

    Returns:
        The alphabet; None where there is neither: then no file is written.
    """
    units = written["train"].units
    if given is None and not units:
        return None
    alphabet = Alphabet(given) if given is not None else Alphabet.from_units(sorted(units))
    alphabet.save(folder / ALPHABET_JSON)
    return alphabet


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `dataset.json`."""
    text = json.dumps(record, ensure_ascii=False, indent=2)
    # A path in another encoding becomes JSON's own escape, as `\\udcff`.
    (folder / DATASET_JSON).write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))


class _SplitFile:
    """A CSV, its fingerprint taken while it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._csv_hash = hashlib.sha256()
        self._images_hash = hashlib.sha256()
        self._n_lines = 0
        self._units: Counter[str] = Counter()
        self._documents: set[str] = set()

    def __enter__(self) -> "_SplitFile":
        self._stream = self._path.open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        if not self._n_lines:
            self._path.unlink()

    def add(self, line: Line) -> None:
        row = format_row(line.path, line.units).encode()
        self._stream.write(row)
        self._csv_hash.update(row)
        self._images_hash.update(f"{line.path}\0{line.size_bytes}\n".encode())
        self._n_lines += 1
        self._units.update(line.units)
        if line.document:
            self._documents.add(line.document)

    def written(self) -> SplitWritten:
        # A hash of hashes, since `describe_data` takes several CSVs.
        fingerprint = {
            "n_lines": self._n_lines,
            "csv_sha256": hashlib.sha256(self._csv_hash.digest()).hexdigest(),
            "images_sha256": self._images_hash.hexdigest(),
        }
        return SplitWritten(
            self._n_lines,
            self._units,
            frozenset(self._documents),
            fingerprint if self._n_lines else {},
        )


class _DocumentsFile:
    """`documents.csv`, there with the first line whose document is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: TextIO | None = None

    def __enter__(self) -> "_DocumentsFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def add(self, line: Line) -> None:
        if not line.document:
            return
        if self._stream is None:
            self._stream = self._path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(
                self._stream, delimiter=DOCUMENTS_DELIMITER, lineterminator="\n"
            )
            self._writer.writerow(DOCUMENTS_HEADER)
        self._writer.writerow((line.path, line.document))
