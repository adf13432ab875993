"""CSV and TSV: `path;|c|h|a|r|s|` as tf-crnn reads it, and plain `path;text`."""

from collections.abc import Iterator
from pathlib import Path

from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.rejections import Rejection
from tf_crnn.samples import Row, read_rows, resolve_image_path
from tf_crnn.text import is_marked, split_units


def read(
    source: Path, *, delimiter: str = ";", unit_delimiter: str = "|"
) -> Iterator[Sample | Rejection]:
    """The rows of a CSV.

    Raises:
        DataError: the file cannot be read, or is written in UTF-16.
    """
    folder = source.resolve().parent
    for row in read_rows(source, delimiter, unit_delimiter):
        yield _sample(source, row, folder, delimiter, unit_delimiter)


def _sample(
    source: Path, row: Row, folder: Path, delimiter: str, unit_delimiter: str
) -> Sample | Rejection:
    problem = row.problem
    if not problem and row.label is None:
        problem = f"no label: the row has no {delimiter!r}"
    label = row.label or ""
    units: tuple[str, ...] = ()
    try:
        units = tuple(split_units(label, unit_delimiter)) if not problem else ()
    except ValueError as error:
        problem = f"label {label!r}: {error}"
    if problem:
        return Rejection(source, row.number, row.image_path, "malformed row", problem)
    return Sample(
        source,
        row.number,
        name=Path(row.image_path).with_suffix("").as_posix(),
        image=resolve_image_path(row.image_path, folder),
        label=units if is_marked(label, unit_delimiter) else label,
    )


IMPORTER = Importer(
    read,
    "A CSV of `path;|c|h|a|r|s|` or `path;text`, as a training reads it.",
    (
        Option("delimiter", ";", "Between path and label, one character; '\\t' for a tab."),
        Option("unit_delimiter", "|", "Between the units of a marked label."),
    ),
)
