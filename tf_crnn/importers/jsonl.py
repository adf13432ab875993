"""JSON Lines: an object for each line, with the path of an image and its text."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tf_crnn.errors import DataError
from tf_crnn.importers.names import SPLIT_OF_NAME, as_name, split_of, split_of_folders
from tf_crnn.importers.sample import Importer, Option, Sample
from tf_crnn.importers.text_rows import TextRow, read_text_rows
from tf_crnn.rejections import Rejection
from tf_crnn.samples import resolve_image_path

_IMAGE_KEYS = ("image", "path", "file_name", "file", "image_path", "filename", "img")
_TEXT_KEYS = ("text", "label", "transcription", "ground_truth", "transcript", "sentence")
_SUFFIXES = (".jsonl", ".ndjson")
_SHOWN = 80


class _Keys(NamedTuple):
    image: tuple[str, ...]
    text: tuple[str, ...]
    units: str
    split: str
    document: str


class _RowError(Exception):
    """Why an object is no line."""


def read(
    source: Path,
    *,
    image_key: str = "",
    text_key: str = "",
    units_key: str = "units",
    split_key: str = "split",
    document_key: str = "document",
) -> Iterator[Sample | Rejection]:
    """The objects of a file, or of all `.jsonl` files of a folder and below it.

    Raises:
        DataError: there is no such file, or it cannot be read.
    """
    keys = _Keys(
        (image_key,) if image_key else _IMAGE_KEYS,
        (text_key,) if text_key else _TEXT_KEYS,
        units_key,
        split_key,
        document_key,
    )
    for file in _find_files(source):
        # Of folders that were not named to us, only those within the source say something.
        split = split_of_folders(file.relative_to(source.parent)) or split_of(file.stem)
        for row in read_text_rows(file):
            yield row if isinstance(row, Rejection) else _read_row(row, file, keys, split)


def _find_files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    found = sorted(path for path in source.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not found:
        raise DataError(f"{source}: holds no file {' or '.join(_SUFFIXES)}. Name the file itself.")
    return found


def _read_row(row: TextRow, file: Path, keys: _Keys, split: str) -> Sample | Rejection:
    shown = row.text[:_SHOWN]
    try:
        values = json.loads(row.text)
        if not isinstance(values, dict):
            raise _RowError("is no object {...}")
        shown = _path(values, keys)
        return Sample(
            file,
            row.number,
            name=as_name(shown) or shown,
            image=resolve_image_path(shown, file.resolve().parent),
            label=_label(values, keys),
            split=_split(values, keys) or split,
            document=_as_text(values.get(keys.document)),
        )
    except _RowError as error:
        return Rejection(file, row.number, shown, "malformed row", str(error))
    except (ValueError, RecursionError) as error:
        return Rejection(file, row.number, shown, "not JSON", f"is not JSON ({error})")


def _path(values: Mapping[str, Any], keys: _Keys) -> str:
    value = _first(values, keys.image, "image_key")
    if isinstance(value, Mapping):
        value = value.get("path")
    if not isinstance(value, str) or not value:
        raise _RowError("the image is no path: only images that are files can be read")
    return value


def _label(values: Mapping[str, Any], keys: _Keys) -> str | tuple[str, ...]:
    units = values.get(keys.units)
    value = _first(values, keys.text, "text_key") if units is None else units
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(unit, str) for unit in value):
        return tuple(value)
    raise _RowError(f"the label is neither a string nor a list of strings, but {value!r:.80}")


def _split(values: Mapping[str, Any], keys: _Keys) -> str:
    value = _as_text(values.get(keys.split))
    if value and value.lower() not in SPLIT_OF_NAME:
        raise _RowError(f"split {value!r:.80}: known are {', '.join(SPLIT_OF_NAME)}")
    return SPLIT_OF_NAME.get(value.lower(), "")


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _first(values: Mapping[str, Any], keys: tuple[str, ...], option: str) -> Any:
    for key in keys:
        if values.get(key) is not None:
            return values[key]
    there = ", ".join(map(str, values)) or "nothing"
    raise _RowError(f"none of {', '.join(keys)}, but {there:.200}: name the key, --{option}")


IMPORTER = Importer(
    read,
    "JSON Lines of {image path, text}, and a list of units, split and document where known; or a "
    "folder of such files.",
    (
        Option("image_key", "", f"Key of the path [default: {', '.join(_IMAGE_KEYS)}]"),
        Option("text_key", "", f"Key of the text [default: {', '.join(_TEXT_KEYS)}]"),
        Option("units_key", "units", "Key of the list of units, which goes before the text."),
        Option("split_key", "split", "Key of the split: train, val, test or the like."),
        Option("document_key", "document", "Key of the page, writer or book."),
    ),
)
