"""Parquet files of images and texts, as data sets are published at Hugging Face.

Sources of the layouts: `Teklia/*-line` have the columns `image` (struct of `bytes` and `path`) and
`text` in `data/train-00000-of-00001.parquet` and the like (their dataset cards); `CATMuS/medieval`
has `im` and `text`, the split in `gen_split` (train, dev, test) and the manuscript in `shelfmark`
(its dataset card).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.arrow import load_pyarrow
from tf_crnn.errors import DataError
from tf_crnn.importers.names import SPLIT_OF_NAME, as_name, split_of
from tf_crnn.importers.parquet_columns import Columns, find_columns
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.rejections import Rejection

# Rows that are in memory at once, and bytes that are read ahead of each column.
_ROWS_AT_A_TIME = 8
_BUFFER_BYTES = 1 << 20


def read(
    source: Path,
    *,
    image_column: str = "",
    text_column: str = "",
    document_column: str = "",
    split_column: str = "",
) -> Iterator[Sample | Rejection]:
    """The rows of a parquet file, or of all such files below a folder.

    Args:
        source: the file or folder.
        image_column: column of the images; found by its name if empty.
        text_column: column of the texts; found by its name if empty.
        document_column: column that names the manuscript, book or writer; `document` if empty.
        split_column: column of the splits; `split` or `gen_split` if empty, else the name of the
            file or its folder tells.

    Raises:
        DataError: no file can be read, or a column is missing or cannot be used, or pyarrow is not
            installed.
    """
    arrow = load_pyarrow()
    wanted = Columns(image_column, text_column, document_column, split_column)
    n_read = 0
    problems: list[Rejection] = []
    for path in _find_files(source):
        try:
            file = arrow.parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        except (arrow.ArrowException, OSError) as error:
            why = f"damaged parquet file ({error})"
            problems.append(Rejection(path, 0, "", "damaged parquet file", why))
            yield problems[-1]
            continue
        with file:
            found = find_columns(file.schema_arrow, wanted, path)
            for result in _read_file(arrow, file, path, found):
                n_read += isinstance(result, Sample)
                yield result
    if not n_read and problems:
        raise DataError(
            f"{problems[0].csv_path}: {problems[0].reason}. Fetch it again, or name a "
            ".parquet file."
        )


def _find_files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    files = sorted(path for path in source.rglob("*.parquet") if path.is_file())
    if files:
        return files
    if any(source.rglob("*.arrow")):
        raise DataError(
            f"{source}: holds .arrow files, as `save_to_disk` of `datasets` writes them. Write the "
            "data set by `to_parquet` and import that."
        )
    raise DataError(f"{source}: no parquet file is there. Name a .parquet file or their folder.")


def _read_file(arrow: Any, file: Any, path: Path, columns: Columns) -> Iterator[Sample | Rejection]:
    start = 0
    for group in range(file.num_row_groups):
        yield from _read_group(arrow, file, group, _Place(path, start), columns)
        start += file.metadata.row_group(group).num_rows


def _read_group(
    arrow: Any, file: Any, group: int, before: "_Place", columns: Columns
) -> Iterator[Sample | Rejection]:
    path, row = before
    end = row + file.metadata.row_group(group).num_rows
    names = list(dict.fromkeys(name for name in columns if name))
    try:
        batches = file.iter_batches(
            _ROWS_AT_A_TIME, row_groups=[group], columns=names, use_threads=False
        )
        for batch in batches:
            for index in range(batch.num_rows):
                row += 1
                yield _read_row(_Place(path, row), batch, index, columns)
    except (arrow.ArrowException, OSError) as error:
        # Nothing behind a damaged place of a group can be read, but the next group can.
        why = f"damaged parquet file: rows {row + 1} to {end} are lost ({error})"
        yield Rejection(path, row + 1, "", "damaged parquet file", why)


class _Place(NamedTuple):
    """A row of a file, counted from 1."""

    path: Path
    row: int

    def reject(self, kind: str, reason: str, image: str = "") -> Rejection:
        return Rejection(self.path, self.row, image, kind, reason)


def _read_row(place: _Place, batch: Any, index: int, columns: Columns) -> Sample | Rejection:
    try:
        values = {
            name: batch.column(name)[index].as_py() for name in dict.fromkeys(columns) if name
        }
    except (UnicodeDecodeError, ValueError) as error:
        return place.reject("unreadable row", f"cannot be read ({error})")
    content, image_path = _split_image(values[columns.image])
    if not content and not image_path:
        return place.reject("no image", "no image: neither bytes nor path are there")
    label = _label(values[columns.text], values.get(columns.units))
    if label is None:
        return place.reject("no text", f"no text in column {columns.text!r}", image_path)
    return Sample(
        place.path,
        place.row,
        name=_name(place, image_path),
        image=content or place.path.parent / image_path,
        label=label,
        split=_split(values.get(columns.split), place.path),
        document=str(values.get(columns.document) or ""),
    )


def _split_image(value: Any) -> tuple[bytes, str]:
    """The content and the path of an image; one of them may be empty."""
    if isinstance(value, dict):
        return value.get("bytes") or b"", value.get("path") or ""
    if isinstance(value, bytes):
        return value, ""
    return b"", value or ""


def _label(text: Any, units: Any) -> str | tuple[str, ...] | None:
    if units:
        return tuple(units)
    return text if text is None else str(text)


def _name(place: _Place, image_path: str) -> str:
    return as_name(image_path) or f"{place.path.stem}-{place.row:06d}"


def _split(value: Any, path: Path) -> str:
    named = SPLIT_OF_NAME.get(str(value or "").lower(), "")
    return named or split_of(path.stem) or SPLIT_OF_NAME.get(path.parent.name.lower(), "")


IMPORTER = Importer(
    read,
    "Parquet files of images and texts, as data sets at Hugging Face have them.",
    (
        Option("image_column", "", "Column of the images [default: found by its name]."),
        Option("text_column", "", "Column of the texts [default: found by its name]."),
        Option("document_column", "", "Column of the manuscript or writer [default: 'document']."),
        Option(
            "split_column",
            "",
            "Column of the splits [default: 'split', 'gen_split', or file names].",
        ),
    ),
)
