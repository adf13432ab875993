"""CSV and TSV: `path;|c|h|a|r|s|` as tf-crnn reads it, and plain `path;text`."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tf_crnn.documents import read_documents
from tf_crnn.errors import DataError, LineImageError
from tf_crnn.importers.sample import SPLITS, Importer, Option, Sample
from tf_crnn.packs.files import parse_reference
from tf_crnn.packs.lines import read_line_image
from tf_crnn.png import encode_png
from tf_crnn.rejections import Rejection
from tf_crnn.samples import Row, read_rows, resolve_image_path
from tf_crnn.text import is_marked, split_units

_WITHOUT_SPLIT = "lines"
_NOT_A_DELIMITER = '\\"\r\n'


class _Delimiters(NamedTuple):
    columns: str
    units: str


def read(
    source: Path, *, delimiter: str = ";", unit_delimiter: str = "|"
) -> Iterator[Sample | Rejection]:
    """The rows of a CSV; of a folder, those of `train.csv`, `val.csv`, `test.csv`, `lines.csv`.

    Of a pack (`tf-crnn data pack`), the lines as they lie in it.

    Raises:
        DataError: a file cannot be read, or is written in UTF-16; a delimiter is none.
    """
    delimiters = _Delimiters(_one_character(delimiter), _one_character(unit_delimiter))
    for file in _find_files(source):
        yield from _read_file(file, delimiters)


def _find_files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    names = [f"{stem}.csv" for stem in (*SPLITS, _WITHOUT_SPLIT)]
    found = [source / name for name in names if (source / name).is_file()]
    if not found:
        raise DataError(f"{source}: holds none of {', '.join(names)}. Name the files.")
    return found


def _read_file(source: Path, delimiters: _Delimiters) -> Iterator[Sample | Rejection]:
    folder = source.resolve().parent
    documents = read_documents(source)
    split = source.stem if source.stem in SPLITS else ""
    for row in read_rows(source, *delimiters):
        found = _sample(source, row, folder, delimiters)
        if isinstance(found, Sample):
            document = documents.get(row.image_path, "")
            found = found._replace(split=split, document=document)
        yield found


def _one_character(delimiter: str) -> str:
    character = "\t" if delimiter == "\\t" else delimiter
    if len(character) != 1 or character in _NOT_A_DELIMITER:
        raise DataError(
            f"delimiter {delimiter!r}: give one character other than a backslash, a quote or a "
            "line end, or '\\t' for a tab."
        )
    return character


def _sample(source: Path, row: Row, folder: Path, delimiters: _Delimiters) -> Sample | Rejection:
    problem = row.problem
    if not problem and row.label is None:
        problem = f"no label: the row has no {delimiters.columns!r}"
    label = row.label or ""
    units: tuple[str, ...] = ()
    try:
        units = tuple(split_units(label, delimiters.units)) if not problem else ()
    except ValueError as error:
        problem = f"label {label!r}: {error}"
    if problem:
        return Rejection(source, row.number, row.image_path, "malformed row", problem)
    image_path = resolve_image_path(row.image_path, folder)
    try:
        # A record of a pack is no file of its own.
        image = encode_png(read_line_image(image_path)) if parse_reference(image_path) else None
    except LineImageError as error:
        return Rejection(source, row.number, row.image_path, "unreadable image", str(error))
    return Sample(
        source,
        row.number,
        name=_name(row.image_path),
        image=image or image_path,
        label=units if is_marked(label, delimiters.units) else label,
    )


def _name(image_path: str) -> str:
    if parse_reference(image_path):
        image_path = image_path.partition("/")[2] or image_path
    # No file has an empty name, as `.` or a path that ends with a slash has.
    path = Path(image_path)
    return path.with_suffix("").as_posix() if path.name else image_path


IMPORTER = Importer(
    read,
    "A CSV or TSV of `path;|c|h|a|r|s|` or `path;text`, as a training reads it, or a folder of "
    "train.csv, val.csv and test.csv; documents.csv beside them names documents.",
    (
        Option("delimiter", ";", "Between path and label, one character; '\\t' for a tab."),
        Option("unit_delimiter", "|", "Between the units of a marked label."),
    ),
)
