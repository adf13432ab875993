"""CSV and TSV: `path;|c|h|a|r|s|`, as a training reads it."""

import csv
from collections.abc import Iterable
from pathlib import Path

from tf_crnn.errors import DataError
from tf_crnn.file_names import FileNames
from tf_crnn.importers.sample import Option, Sample
from tf_crnn.samples import format_row
from tf_crnn.writers.text_files import TextFiles, write_file
from tf_crnn.writers.writer import Reject, Writer, read_image_file, split_name, units_of

IMAGES_FOLDER = "images"
DOCUMENTS_CSV = "documents.csv"
COPY, REFER = "copy", "refer"


def write(
    samples: Iterable[Sample],
    folder: Path,
    *,
    reject: Reject,
    delimiter: str = ";",
    unit_delimiter: str = "|",
    images: str = COPY,
) -> None:
    """Write `train.csv`, `val.csv`, `test.csv`, and `lines.csv` for lines without a split.

    Images are copied into `images/`, or referred to where they lie. Documents stand in
    `documents.csv`.

    Raises:
        DataError: a delimiter is not one character that can stand between columns, or both are one.
    """
    _check_delimiters(delimiter, unit_delimiter)
    names = FileNames()
    with TextFiles(folder) as files:
        for sample in samples:
            if any(end in unit for unit in sample.label for end in "\n\r"):
                reject(sample, "line end in the label", "a row of a CSV holds no line end")
                continue
            path = _place(sample, folder, names, images, reject)
            if path is None:
                continue
            row = format_row(path, units_of(sample), delimiter, unit_delimiter)
            files[f"{split_name(sample)}.csv"].write(row)
            if sample.document:
                _write_document(files, path, sample.document)


def _check_delimiters(delimiter: str, unit_delimiter: str) -> None:
    for name, value in (("delimiter", delimiter), ("unit_delimiter", unit_delimiter)):
        if len(value) != 1 or value in '\\"\r\n':
            raise DataError(
                f"--{name} {value!r}: give one character other than a backslash, a quote or a line "
                "end; '\\t' is a tab."
            )
    if delimiter == unit_delimiter:
        raise DataError(
            f"--delimiter and --unit_delimiter are both {delimiter!r}: give two characters."
        )


def _place(
    sample: Sample, folder: Path, names: FileNames, images: str, reject: Reject
) -> str | None:
    """The path for the row, the image copied if it must be; None after a rejection."""
    if images == REFER and isinstance(sample.image, Path):
        path = str(sample.image.resolve())
        if "\n" not in path:
            return path
        reject(sample, "line end in the path", "a row of a CSV holds no line end: copy the images")
        return None
    image = read_image_file(sample, reject)
    if image is None:
        return None
    name = names.take(sample.name, image.suffix, in_folder=IMAGES_FOLDER)
    write_file(folder, name, image.content)
    return name


def _write_document(files: TextFiles, path: str, document: str) -> None:
    stream = files[DOCUMENTS_CSV]
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    if stream.tell() == 0:
        writer.writerow(["path", "document"])
    writer.writerow([path, document])


WRITER = Writer(
    write,
    "A CSV of `path;|c|h|a|r|s|` for each split, as a training reads it.",
    (
        Option("delimiter", ";", "Between path and label, one character; '\\t' for a tab."),
        Option("unit_delimiter", "|", "Between the units of a label."),
        Option("images", COPY, "Copied into OUT, or referred to where they lie.", (COPY, REFER)),
    ),
    keeps_units=True,
)
